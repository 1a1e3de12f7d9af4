"""What the laws need to know of the rows of nn.functional; the form is that of row_examples.py."""

import numpy as np

LABELS = np.array([2, 0, 1, 1])
WEIGHTS = np.array([0.5, 2.0, 1.25])
IMAGE_LABELS = np.array([[1, 0], [2, -100]])
PAIRS = [((), ()), ((3,), (3,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), ()), ((0,), (0,))]


def _both(*all_parameters):
    """Examples of a row of two inputs, with each of these parameters."""
    return [(list(shapes), parameters) for shapes in PAIRS for parameters in all_parameters]


def _one(*all_parameters):
    shapes = [(), (3,), (2, 3), (0, 2)]
    return [([shape], parameters) for shape in shapes for parameters in all_parameters]


REDUCTIONS = [{"reduction": reduction} for reduction in ("mean", "sum", "none")]
INDEXED = [
    *(([(4, 3), LABELS], parameters) for parameters in REDUCTIONS),
    *(([(4, 3), LABELS], {"weight": WEIGHTS, "ignore_index": 0} | parameters) for parameters in REDUCTIONS),
    ([(3,), np.array(1)], {"weight": WEIGHTS}),
    ([(2, 3, 2), IMAGE_LABELS], {"weight": WEIGHTS}),
    ([(2, 3, 2), IMAGE_LABELS], {"reduction": "none"}),
]

EXAMPLES = {
    "step": _one({}, {"threshold": 0.3}),
    "threshold": _one({"threshold": 0.1, "value": 20.0}),
    "leaky_relu": _one({}, {"negative_slope": -0.3}),
    "hardtanh": _one({}, {"min_val": -0.4, "max_val": 2.0}),
    "elu": _one({}, {"alpha": 0.7}),
    "celu": _one({}, {"alpha": 0.7}),
    "softplus": _one({}, {"beta": 2.5, "threshold": 1.7}),
    "softshrink": _one({}, {"lambd": 0.9}),
    "hardshrink": _one({}, {"lambd": 0.9}),
    "softmin": [([()], {"dim": 0}), ([(4,)], {"dim": 0}), ([(2, 3)], {"dim": 1}), ([(2, 0)], {"dim": 0})],
    "smooth_l1": _both({}, {"beta": 0.4}),
    "huber": _both({}, {"delta": 0.4}),
    "hinge": _both({}, {"margin": 0.4}),
    "poisson_nll": [*_both({}), ([(3,), (3,)], {"log_input": False, "eps": 3.5})],
    "gaussian_nll": [([(3,), (3,), (3,)], {}), ([(2, 3), (2, 3), (2, 1)], {}), ([(), (), ()], {"eps": 1e-3})],
    "binary_cross_entropy_with_logits": [*_both({}, {"pos_weight": 2.5}), ([(2, 3), (2, 3)], {"pos_weight": WEIGHTS})],
    "cross_entropy": [
        *INDEXED,
        ([(4, 3), LABELS], {"label_smoothing": 0.2, "weight": WEIGHTS, "ignore_index": 1}),
        ([(4, 3), LABELS], {"label_smoothing": 0.2}),
        ([(3,), np.array(1)], {"label_smoothing": 0.2}),
        ([(2, 3, 2), IMAGE_LABELS], {"label_smoothing": 0.2, "weight": WEIGHTS}),
    ],
    "nll_loss": INDEXED,
    "soft_cross_entropy": [
        *(([(2, 3), (2, 3)], parameters) for parameters in REDUCTIONS),
        ([(2, 3, 2), (2, 3, 2)], {"weight": WEIGHTS, "reduction": "none"}),
        ([(3,), (3,)], {"weight": WEIGHTS}),
    ],
    "standardize": [([(4,)], {"dim": 0}), ([(3, 4)], {"dim": (1,), "eps": 0.1}), ([(3, 2, 2)], {"dim": (0, 2)})],
    "standardize_affine": [
        ([(4,), (4,), (4,)], {"dim": 0}), ([(3, 4), (4,), (4,)], {"dim": (1,), "eps": 0.1}),
        ([(3, 4), (4,), (4,)], {"dim": (0,)}), ([(3, 2, 2), (2, 1), (2, 1)], {"dim": (0, 2)}),
    ],
    "rms_norm": [([(4,)], {"dim": 0, "eps": 1e-6}), ([(3, 4)], {"dim": (1,), "eps": 0.1})],
}  # fmt: skip
KINKS = {
    "step": [([[0.0]], {}, [[0.0]]), ([[0.3]], {"threshold": 0.3}, [[0.0]])],
    "threshold": [([[0.5]], {"threshold": 0.5, "value": 2.0}, [[0.0]])],
    "leaky_relu": [([[0.0]], {}, [[0.01]]), ([[0.0]], {"negative_slope": 0.3}, [[0.3]])],
    "prelu": [([[0.0], [0.25]], {}, [[0.25], [0.0]])],
    "rrelu": [([[0.0], [0.25]], {}, [[0.25], [0.0]])],
    "hardtanh": [([[-1.0, 1.0]], {}, [[0.0, 0.0]])],
    "elu": [([[0.0]], {"alpha": 0.7}, [[0.7]])],
    "celu": [([[0.0]], {"alpha": 0.7}, [[1.0]])],
    "softsign": [([[0.0]], {}, [[1.0]])],
    "softshrink": [([[0.5, -0.5]], {}, [[0.0, 0.0]])],
    "hardshrink": [([[0.5, -0.5]], {}, [[0.0, 0.0]])],
    "absolute_error": [([[2.0], [2.0]], {}, [[0.0], [0.0]])],
    "smooth_l1": [([[2.0, 1.0], [1.0, 2.0]], {}, [[1.0, -1.0], [-1.0, 1.0]])],
    "huber": [([[2.5, 1.0], [1.0, 2.5]], {"delta": 1.5}, [[1.5, -1.5], [-1.5, 1.5]])],
    "hinge": [([[1.0, -1.0], [1.0, -1.0]], {}, [[0.0, 0.0], [0.0, 0.0]])],
    "gaussian_nll": [([[1.0], [2.0], [0.25]], {"eps": 0.5}, [[-2.0], [2.0], [-1.0]])],
    "kl_div": [([[-1.0], [0.0]], {}, [[0.0], [0.0]])],
    "categorical_cross_entropy": [([[0.0, 0.0], [1.0, 0.0]], {}, [[-1e12, 0.0], [100.0, 100.0]])],
    "binary_cross_entropy": [([[0.0, 1.0], [1.0, 0.0]], {}, [[-1e12, 1e12], [100.0, -100.0]])],
}

# Rows whose name PyTorch gives to a function with other arguments; test_activations.py and test_losses.py compare those.
OTHERS = {
    "dropout": "takes what is kept, not a probability",
    "rrelu": "takes the slopes",
    "prelu": "broadcasts its weight",
    "glu": "takes the two halves",
    "rms_norm": "takes axes",
    "binary_cross_entropy": "does not reduce",
    "binary_cross_entropy_with_logits": "does not reduce",
    "kl_div": "does not reduce",
    "cross_entropy": "takes arrays as weights",
    "nll_loss": "takes arrays as weights",
}

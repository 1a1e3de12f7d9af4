"""What the laws need to know of a row beyond the row: shapes and parameters to try it with.

Elementwise rows without required parameters need no entry: shapes come from `ELEMENTWISE`, numbers from their domains.
An entry is a list of examples (inputs, parameters); an input is a shape, to be filled with numbers, or an array, which is
taken as it is and not differentiated.
"""

import array_row_examples as arrays
import nn_row_examples as nn
import numpy as np

ELEMENTWISE = {
    1: [((),), ((3,),), ((2, 3),), ((2, 1, 2),), ((0,),), ((2, 0),)],
    2: [((), ()), ((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((3,), ()), ((), (2, 2)), ((0,), (1,)), ((2, 0), ())],
    3: [((), (), ()), ((3,), (3,), (3,)), ((2, 3), (3,), ()), ((2, 1), (1, 3), (3,)), ((0,), (1,), ())],
}

REDUCTION = [
    ([()], {}),
    ([(4,)], {}),
    ([(2, 3)], {}),
    ([(2, 3)], {"dim": 0}),
    ([(2, 3)], {"dim": -1, "keepdim": True}),
    ([(2, 3)], {"keepdim": True}),
    ([(2, 1, 3)], {"dim": (0, -1)}),
    ([(2, 1, 3)], {"dim": (1, 2), "keepdim": True}),
    ([(2, 1, 3)], {"dim": [0, -1]}),
    ([(0, 2)], {"dim": 1}),
]
EMPTY = [([(0,)], {}), ([(2, 0)], {"dim": 1})]
ALONG = [([()], {"dim": 0}), ([(4,)], {"dim": 0}), ([(2, 3)], {"dim": 1}), ([(3, 2)], {"dim": 0}), ([(2, 0)], {"dim": 0})]
RUNNING = [*ALONG, ([(5,)], {"dim": -1, "reverse": True}), ([(2, 3)], {}), ([(0,)], {"dim": 0})]
CHOICE = [
    ([(4,)], {"indices": np.array([2, 0]), "dim": 0}),
    ([(2, 3)], {"indices": np.array([[1, 2, 0], [0, 2, 1]]), "dim": -1}),
    ([(3, 2)], {"indices": np.array([[2, 0]]), "dim": 0, "keepdim": False}),
    ([()], {"indices": np.array(0), "dim": 0}),
]


def _spread(reductions):
    """Examples of a variance: more than one entry in each result."""
    return [e for e in reductions if e[0] != [()]] + [
        ([(4,)], {"correction": 0}),
        ([(3, 2)], {"dim": 0, "unbiased": False}),
        ([(3, 2)], {"dim": 0, "unbiased": True, "correction": 2}),
        ([(3, 2)], {"correction": 2}),
        ([(3,)], {"dim": False}),
    ]


EXAMPLES = {
    # elementwise, with parameters or a condition
    "where": [
        ([np.array(True), (2,), ()], {}),
        ([np.array([True, False, True]), (2, 3), (3,)], {}),
        ([np.zeros((2, 0), bool), (), (1,)], {}),
    ],
    "clamp": [([(4,)], {"min": -0.45}), ([(2, 3)], {"max": 0.7}), ([(4,)], {"min": -0.45, "max": 0.7}), ([()], {"min": -5})],
    "to": [([(3,)], {"dtype": np.float64}), ([(2, 0)], {"dtype": float}), ([()], {"dtype": np.float64})],
    "spherical_bessel": [([(4,)], {"order": 0}), ([(2, 2)], {"order": 2}), ([()], {"order": 1})],
    # reductions
    "sum": REDUCTION + EMPTY,
    "sum_to": [([(2, 3)], {"shape": (1, 3)}), ([(2, 3)], {"shape": ()}), ([(3,)], {"shape": (3,)})],
    "mean": REDUCTION,
    "prod": REDUCTION + EMPTY,
    "var": _spread(REDUCTION),
    "std": _spread(REDUCTION),
    "norm": [*REDUCTION, *(([(2, 3)], {"p": p, "dim": 1}) for p in (0, 1, 1.5, 3, np.inf, -np.inf)), ([(4,)], {"p": "fro"})],
    "amax": REDUCTION,
    "amin": REDUCTION,
    "logsumexp": REDUCTION,
    "cumsum": RUNNING,
    "cumprod": RUNNING,
    "softmax": [*ALONG, ([(0, 2)], {"dim": 0})],
    "log_softmax": [*ALONG, ([(0, 2)], {"dim": 0})],
    # order
    "sorted_values": CHOICE,
    "topk_values": CHOICE,
    "max_values": CHOICE,
    "min_values": CHOICE,
    "median_values": CHOICE,
    "put_back": [([(2,)], {"indices": np.array([3, 1]), "dim": 0, "size": 4}), ([()], {"indices": np.array(0), "dim": 0, "size": 1})],
    "any": REDUCTION + EMPTY,
    "all": REDUCTION + EMPTY,
    "count_nonzero": REDUCTION + EMPTY,
    "argmax": [([()], {}), ([(2, 3)], {}), ([(2, 3)], {"dim": -1, "keepdim": True})],
    "argmin": [([()], {}), ([(2, 3)], {}), ([(2, 3)], {"dim": 0})],
    "argsort": [([()], {}), ([(2, 3)], {"dim": 0, "descending": True}), ([(0, 2)], {"dim": 0})],
    # shapes
    "shift": [([(4,)], {"by": 1, "dim": 0, "fill": 1.0}), ([(2, 3)], {"by": -2, "dim": 1}), ([(3,)], {"by": 5, "dim": 0})],
    "broadcast_to": [([(3,)], {"shape": (2, 3)}), ([()], {"shape": (2, 2)}), ([(2, 1)], {"shape": (2, 3)})],
    "reshape": [([(2, 3)], {"shape": (3, 2)}), ([()], {"shape": (1,)}), ([(0, 2)], {"shape": (2, 0)})],
    "view": [([(3,)], {"shape": (1, 3)}), ([()], {"shape": (1,)}), ([(4,)], {"shape": (2, 2)})],
    "transpose": [([(2, 3)], {"dim0": 0, "dim1": 1}), ([(2, 3, 1)], {"dim0": -1, "dim1": 0})],
    "permute": [([(2, 3, 1)], {"dims": (2, 0, 1)}), ([(2, 3)], {"dims": (-1, 0)})],
    "flip": [([(2, 3)], {"dims": (0, 1)}), ([(4,)], {"dims": (0,)})],
    "roll": [([(4,)], {"shifts": 1}), ([(2, 3)], {"shifts": (1, -1), "dims": (0, 1)})],
}  # fmt: skip

# Kinks that rows describe in words: operands on the kink, parameters, and the gradient of the sum that the row promises.
KINKS = {
    "clamp": [([[-1.0, 1.0, 0.0]], {"min": -1.0, "max": 1.0}, [[1.0, 1.0, 1.0]])],
    "frac": [([[1.0, -2.0]], {}, [[1.0, 1.0]])],
    "fmod": [([[6.0, -6.0], [3.0, 3.0]], {}, [[1.0, 1.0], [-2.0, 2.0]])],
    "remainder": [([[6.0, -6.0, 0.0], [3.0, 3.0, 3.0]], {}, [[1.0, 1.0, 1.0], [-2.0, 2.0, 0.0]])],
    "xlogy": [
        ([[0.0, 0.0, 0.0], [0.0, -1.0, np.e]], {}, [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]),
        ([[2.0], [0.0]], {}, [[-np.inf], [np.inf]]),
    ],
    "atan2": [([[0.0], [0.0]], {}, [[0.0], [0.0]])],
    "hypot": [([[0.0], [0.0]], {}, [[0.0], [0.0]])],
    "std": [([[2.0, 2.0, 2.0]], {}, [[0.0, 0.0, 0.0]])],
    "logsumexp": [
        ([[np.inf, 1.0, np.inf]], {}, [[0.5, 0.0, 0.5]]),
        ([[-np.inf, 1.0, 1.0]], {}, [[0.0, 0.5, 0.5]]),
        ([[-np.inf, -np.inf]], {}, [[0.5, 0.5]]),
    ],
    "logaddexp": [([[np.inf, np.inf, 0.0], [np.inf, 0.0, np.inf]], {}, [[0.5, 1.0, 0.0], [0.5, 0.0, 1.0]])],
    "norm": [
        ([[0.0, 0.0]], {}, [[0.0, 0.0]]),
        ([[0.0, 0.0]], {"p": 3}, [[0.0, 0.0]]),
        ([[0.0, 4.0]], {"p": 1}, [[0.0, 1.0]]),
        ([[0.0, 4.0]], {"p": 0.5}, [[0.0, 1.0]]),
        ([[3.0, -3.0, 1.0]], {"p": np.inf}, [[0.5, -0.5, 0.0]]),
    ],
    "amax": [([[3.0, 1.0, 3.0]], {}, [[0.5, 0.0, 0.5]])],
    "amin": [([[1.0, 3.0, 1.0, 1.0]], {}, [[1 / 3, 0.0, 1 / 3, 1 / 3]])],
} | {
    name: [([[5.0, 5.0, 5.0]], {"indices": np.array([1]), "dim": 0}, [[0.0, 1.0, 0.0]])]
    for name in ("sorted_values", "topk_values", "max_values", "min_values", "median_values")
}  # fmt: skip

EXAMPLES |= arrays.EXAMPLES | nn.EXAMPLES
KINKS |= nn.KINKS

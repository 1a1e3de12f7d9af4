"""Activations made of straight pieces: a step, and rectifiers in the wide sense."""

import numpy as np

from autograd.errors import ArgumentError
from autograd.operation import Kink, pointwise
from autograd.ops.piecewise import choose


def _step(x, *, threshold=0.0):
    return np.where(np.isnan(x), x, np.where(x < threshold, np.zeros_like(x), np.ones_like(x)))


step = pointwise(
    "step", _step, lambda g, y, x, threshold=0.0: g * 0.0,
    symbol="step", text="0 if x < threshold else 1", latex=r"\begin{cases} 0 & x < b \\ 1 & x \ge b \end{cases}",
    slopes=("0",), derivatives=("0",), kinks=(Kink("x = threshold", "0; the function jumps, nothing can be learned through it"),),
    family="activation", source="McCulloch and Pitts, Bulletin of Mathematical Biophysics 5, 1943",
)  # fmt: skip


threshold = pointwise(
    "threshold", lambda x, *, threshold, value: np.where(x <= threshold, value, x),
    lambda g, y, x, threshold, value: choose(x <= threshold, 0.0, g),
    text="x if x > threshold else value", latex=r"\begin{cases} x & x > \theta \\ v & x \le \theta \end{cases}",
    slopes=("1 if x > threshold else 0",), derivatives=(r"[x > \theta]",), kinks=(Kink("x = threshold", 0.0),),
    composite=lambda x, threshold, value: choose(x <= threshold, value, x), family="activation",
)  # fmt: skip


def _leaky(x, negative_slope=0.01):
    return choose(x > 0, x, negative_slope * x)


leaky_relu = pointwise(
    "leaky_relu", lambda x, *, negative_slope=0.01: np.where(x > 0, x, negative_slope * x),
    lambda g, y, x, negative_slope=0.01: choose(x > 0, g, g * negative_slope),
    symbol="leaky relu", text="x if x > 0 else negative_slope * x", latex=r"\begin{cases} x & x > 0 \\ \alpha x & x \le 0 \end{cases}",
    slopes=("1 if x > 0 else negative_slope",), derivatives=(r"[x > 0] + \alpha\,[x \le 0]",),
    kinks=(Kink("x = 0", "negative_slope"),), composite=_leaky, family="activation",
    source="Maas, Hannun, Ng, Rectifier nonlinearities improve neural network acoustic models, ICML 2013",
)  # fmt: skip


def _by_slope(x, slope):
    return np.where(x > 0, x, slope * x)


def _rule_by_slope(g, y, x, slope):
    return choose(x > 0, g, g * slope)


def _rule_of_slope(g, y, x, slope):
    return choose(x > 0, 0.0, g * x)


prelu = pointwise(
    "prelu", lambda x, weight: _by_slope(x, weight), _rule_by_slope, _rule_of_slope,
    text="x if x > 0 else weight * x", latex=r"\begin{cases} x & x > 0 \\ w x & x \le 0 \end{cases}",
    slopes=("1 if x > 0 else weight", "0 if x > 0 else x"), derivatives=(r"[x > 0] + w\,[x \le 0]", r"x\,[x \le 0]"),
    kinks=(Kink("x = 0", "weight"),), composite=lambda x, weight: choose(x > 0, x, weight * x), family="activation",
    source="He, Zhang, Ren, Sun, Delving deep into rectifiers, ICCV 2015",
)  # fmt: skip

rrelu = pointwise(
    "rrelu", _by_slope, _rule_by_slope, _rule_of_slope,
    text="x if x > 0 else slope * x", latex=r"\begin{cases} x & x > 0 \\ a x & x \le 0 \end{cases},\quad a \sim U(l, u)",
    slopes=("1 if x > 0 else slope", "0 if x > 0 else x"), derivatives=(r"[x > 0] + a\,[x \le 0]", r"x\,[x \le 0]"),
    kinks=(Kink("x = 0", "slope"),), composite=lambda x, slope: choose(x > 0, x, slope * x), family="activation",
    source="Xu, Wang, Chen, Li, Empirical evaluation of rectified activations in convolutional network, 2015",
)  # fmt: skip


def _between(x, min_val=-1.0, max_val=1.0):
    return choose(x <= min_val, min_val, choose(x >= max_val, max_val, x))


def _hardtanh(x, *, min_val=-1.0, max_val=1.0):
    if min_val > max_val:
        raise ArgumentError(f"hardtanh: min_val is not above max_val, {min_val} and {max_val} were given")
    return np.clip(x, min_val, max_val)


hardtanh = pointwise(
    "hardtanh", _hardtanh,
    lambda g, y, x, min_val=-1.0, max_val=1.0: choose(x <= min_val, 0.0, choose(x >= max_val, 0.0, g)),
    text="min(max(x, min_val), max_val)", latex=r"\min(\max(x, l), u)",
    slopes=("1 if min_val < x < max_val else 0",), derivatives=("[l < x < u]",),
    kinks=(Kink("x = min_val", 0.0), Kink("x = max_val", 0.0)), composite=_between, family="activation",
    source="Collobert, Large scale machine learning, 2004",
)  # fmt: skip

relu6 = pointwise(
    "relu6", lambda x: np.clip(x, 0.0, 6.0), lambda g, y, x: choose(x <= 0, 0.0, choose(x >= 6, 0.0, g)),
    text="min(max(x, 0), 6)", latex=r"\min(\max(x, 0), 6)", slopes=("1 if 0 < x < 6 else 0",), derivatives=("[0 < x < 6]",),
    scalar=lambda x: min(max(x, 0.0), 6.0), kinks=(Kink(0.0, 0.0), Kink(6.0, 0.0)),
    composite=lambda x: hardtanh(x, min_val=0.0, max_val=6.0), family="activation",
    source="Krizhevsky, Convolutional deep belief networks on CIFAR-10, 2010",
)  # fmt: skip

hardsigmoid = pointwise(
    "hardsigmoid", lambda x: np.clip(x + 3.0, 0.0, 6.0) / 6.0, lambda g, y, x: choose(x <= -3, 0.0, choose(x >= 3, 0.0, g / 6.0)),
    text="min(max(x + 3, 0), 6) / 6", latex=r"\tfrac16 \min(\max(x + 3, 0), 6)",
    slopes=("1/6 if -3 < x < 3 else 0",), derivatives=(r"\tfrac16 [-3 < x < 3]",),
    scalar=lambda x: min(max(x + 3.0, 0.0), 6.0) / 6.0, kinks=(Kink(-3.0, 0.0), Kink(3.0, 0.0)),
    composite=lambda x: relu6(x + 3.0) / 6.0, family="activation",
    source="Courbariaux, Bengio, David, BinaryConnect, NeurIPS 2015",
)  # fmt: skip

"""Random programs with in-place steps have the gradients of their pure form."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from test_inplace import torch

from autograd import Value, no_grad
from autograd.errors import InplaceError

SIZE = 6
INDICES = [slice(0, 3), slice(2, None), slice(None, None, 2), slice(1, 5), 2, -1, [0, 2], [1, 1]]


@st.composite
def programs(draw):
    """Steps on a growing list of vectors; number 0 is the leaf."""
    steps = []
    for _ in range(draw(st.integers(1, 10))):
        kind = draw(st.sampled_from(["new", "view", "change", "change", "set", "set", "twin", "quiet"]))
        number = st.integers(0, 20)
        name = draw(st.sampled_from(["add", "mul", "sub"]))
        steps.append((kind, draw(number), draw(number), name, draw(st.integers(0, len(INDICES) - 1))))
    return steps


OUT_OF_PLACE = {"add": lambda a, b: a + b, "mul": lambda a, b: a * b, "sub": lambda a, b: a - b}


class Pure:
    """The same programs without a change in place: every value is some positions of a base that is replaced."""

    def __init__(self, base, places):
        self.base, self.places = base, places

    def read(self):
        return self.base[0][torch.as_tensor(self.places)]

    def write(self, places, new):
        flat, places = torch.as_tensor(np.ravel(places)), np.asarray(places)
        self.base[0] = self.base[0].index_put((flat,), new.expand(places.shape).reshape(-1))


def run_ours(steps, leaf):
    values = [leaf, leaf * 1.0]
    for kind, i, j, name, k in steps:
        a, b = values[1 + i % (len(values) - 1)], values[j % len(values)]
        index = INDICES[k]
        if kind == "new":
            values.append(OUT_OF_PLACE[name](a, b.sum()))
        elif kind == "view" and a.ndim and a.numel() == SIZE and not isinstance(index, list):
            values.append(a[index])
        elif kind == "change":
            getattr(a, f"{name}_")(b.sum() if j % 2 else b if b.shape == a.shape else 2.0)
        elif kind == "set" and a.ndim and a.numel() == SIZE:
            a[index] = b.sum() if j % 3 else a[index] * 2
        elif kind == "twin":
            values.append(a.detach() * 1.0)
        elif kind == "quiet":
            with no_grad():
                values.append(a * 2.0)
    return values


def run_pure(steps, leaf):
    values = [Pure([leaf], np.arange(SIZE)), Pure([leaf * 1.0], np.arange(SIZE))]
    whole = lambda tensor: Pure([tensor.reshape(-1)], np.arange(tensor.numel()).reshape(tuple(tensor.shape)))
    for kind, i, j, name, k in steps:
        a, b = values[1 + i % (len(values) - 1)], values[j % len(values)]
        index, sized = INDICES[k], np.ndim(a.places) and np.size(a.places) == SIZE
        if kind == "new":
            values.append(whole(OUT_OF_PLACE[name](a.read(), b.read().sum())))
        elif kind == "view" and sized and not isinstance(index, list):
            values.append(Pure(a.base, a.places[index]))
        elif kind == "change":
            same = np.shape(b.places) == np.shape(a.places)
            other = b.read().sum() if j % 2 else b.read() if same else torch.tensor(2.0, dtype=torch.float64)
            a.write(a.places, OUT_OF_PLACE[name](a.read(), other))
        elif kind == "set" and sized:
            a.write(a.places[index], b.read().sum() if j % 3 else a.read()[index] * 2)
        elif kind == "twin":
            values.append(whole(a.read().detach() * 1.0))
        elif kind == "quiet":
            values.append(whole(a.read().detach() * 2.0))
    return [value.read() for value in values]


@given(programs())
def test_any_program_has_the_gradients_of_its_pure_form(steps):
    """Right gradients or a refusal, never wrong ones."""
    numbers = np.array([0.5, -1.0, 1.5, 2.0, -0.25, 0.75])
    leaf, other = Value(numbers), torch.tensor(numbers, requires_grad=True)
    ours, pure = run_ours(steps, leaf), run_pure(steps, other)
    for mine, yours in zip(ours, pure, strict=True):
        np.testing.assert_allclose(np.asarray(mine.data), yours.detach().numpy(), rtol=1e-12)
        assert mine.requires_grad == yours.requires_grad
    weights = np.random.default_rng(1).uniform(-1, 1, len(ours))
    total = sum((value * value).sum() * float(c) for value, c in zip(ours, weights, strict=True))
    expected = sum((value * value).sum() * float(c) for value, c in zip(pure, weights, strict=True))
    expected.backward()
    try:
        total.backward()
    except InplaceError:
        return
    np.testing.assert_allclose(leaf.grad.data, other.grad.numpy(), rtol=1e-9, atol=1e-9)

"""Containers of modules and parameters: any sequence of changes leaves what it leaves in PyTorch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value

torch = pytest.importorskip("torch")

KINDS = ("Tanh", "ReLU", "Sigmoid", "Softsign", "SiLU")


def module(library, number):
    """One of a few modules that are told apart by their kind."""
    return getattr(library, KINDS[number % len(KINDS)])()


def numbers(library, number):
    """A vector of so many entries, as the library's own kind of tensor."""
    array = np.full(number % 3 + 1, float(number))
    return Value(array) if library is nn else torch.tensor(array)


def pairs(library, make, number):
    """A few named things, some under names that may be there already."""
    return {f"k{(number + step) % 5}": make(library, number + step) for step in range(number % 3)}


def remove(things, key):
    del things[key]


def set_item(things, key, thing):
    things[key] = thing


ROW_STEPS = {
    "append": lambda c, L, n: c.append(module(L, n)),
    "extend": lambda c, L, n: c.extend([module(L, n), module(L, n + 1)]),
    "insert": lambda c, L, n: c.insert(n % (len(c) + 1), module(L, n)),
    "replace": lambda c, L, n: set_item(c, n - 3, module(L, n)),
    "delete": lambda c, L, n: remove(c, n - 3),
    "delete some": lambda c, L, n: remove(c, slice(n % 4, None, 2)),
    "pop": lambda c, L, n: c.pop(n - 3),
    "slice": lambda c, L, n: c[n - 3 : n],
    "join": lambda c, L, n: c + type(c)(*([module(L, n)] if isinstance(c, L.Sequential) else [[module(L, n)]])),
    "join in place": lambda c, L, n: c.__iadd__(type(c)(*([module(L, n)] if isinstance(c, L.Sequential) else [[]]))),
    "item": lambda c, L, n: c[n - 3],
}
DICTIONARY_STEPS = {
    "set": lambda c, L, n: set_item(c, f"k{n % 5}", module(L, n)),
    "update": lambda c, L, n: c.update(pairs(L, module, n)),
    "update by pairs": lambda c, L, n: c.update(list(pairs(L, module, n).items())),
    "pop": lambda c, L, n: c.pop(f"k{n % 5}"),
    "delete": lambda c, L, n: remove(c, f"k{n % 5}"),
    "clear": lambda c, L, n: c.clear() if n % 4 == 0 else None,
    "item": lambda c, L, n: c[f"k{n % 5}"],
    "wrong": lambda c, L, n: set_item(c, "k0", 3),
}
PARAMETER_LIST_STEPS = {
    "append": lambda c, L, n: c.append(numbers(L, n)),
    "extend": lambda c, L, n: c.extend([numbers(L, n), L.Parameter(numbers(L, n + 1))]),
    "join in place": lambda c, L, n: c.__iadd__([numbers(L, n)]),
    "replace": lambda c, L, n: set_item(c, n - 3, numbers(L, n)),
    "item": lambda c, L, n: c[n - 3],
    "slice": lambda c, L, n: c[n - 3 : n],
}
PARAMETER_DICTIONARY_STEPS = {
    "set": lambda c, L, n: set_item(c, f"k{n % 5}", numbers(L, n)),
    "update": lambda c, L, n: c.update(pairs(L, numbers, n)),
    "pop": lambda c, L, n: c.pop(f"k{n % 5}"),
    "delete": lambda c, L, n: remove(c, f"k{n % 5}"),
    "clear": lambda c, L, n: c.clear() if n % 4 == 0 else None,
    "get": lambda c, L, n: c.get(f"k{n % 5}"),
    "setdefault": lambda c, L, n: c.setdefault(f"k{n % 5}", numbers(L, n)),
    "item": lambda c, L, n: c[f"k{n % 5}"],
}
CONTAINERS = {
    "Sequential": ROW_STEPS, "ModuleList": ROW_STEPS, "ModuleDict": DICTIONARY_STEPS,
    "ParameterList": PARAMETER_LIST_STEPS, "ParameterDict": PARAMETER_DICTIONARY_STEPS,
}  # fmt: skip


def described(thing):
    """What is to be the same in both libraries: names, kinds and numbers, in order."""
    if hasattr(thing, "named_modules"):
        members = [(name, type(one).__name__) for name, one in thing.named_modules()]
        parameters = [(name, one.detach().numpy().tolist()) for name, one in thing.named_parameters()]
        return members, parameters, [str(key) for key in thing] if hasattr(thing, "keys") else None
    return thing.detach().numpy().tolist() if hasattr(thing, "detach") else str(type(thing).__name__)


def attempt(step, container, library, number):
    """What a step gives, or the error that it raises."""
    try:
        return described(step(container, library, number)), None
    except Exception as error:
        return None, error


@pytest.mark.parametrize("name", CONTAINERS)
@given(data=st.data())
def test_any_changes_leave_what_they_leave_in_pytorch(name, data):
    steps = CONTAINERS[name]
    ours, theirs = getattr(nn, name)(), getattr(torch.nn, name)()
    for word, number in data.draw(st.lists(st.tuples(st.sampled_from(list(steps)), st.integers(0, 6)), max_size=12)):
        (mine, error), (yours, their_error) = (
            attempt(steps[word], container, library, number) for container, library in ((ours, nn), (theirs, torch.nn))
        )
        assert (error is None) == (their_error is None), f"{word} {number}: {error!r} here, {their_error!r} in PyTorch"
        if error is not None:
            kind = KeyError if isinstance(their_error, AttributeError) else type(their_error)  # as dictionaries have it
            assert isinstance(error, kind), f"{word} {number}: {error!r}, in PyTorch {their_error!r}"
        assert mine == yours, f"{word} {number} gave another result"
        assert described(ours) == described(theirs), f"{word} {number} left something else"
        assert len(ours) == len(theirs)
        assert list(ours.state_dict()) == list(theirs.state_dict())


def test_members_are_found_by_identity():
    a, b = nn.Tanh(), nn.Tanh()
    for row in (nn.Sequential(a), nn.ModuleList([a])):
        assert a in row
        assert b not in row
    assert "a" in nn.ModuleDict({"a": a})
    assert [*nn.ModuleDict({"a": a}).values()] == [a]
    assert [*nn.ModuleDict({"a": a}).keys()] == ["a"]
    held = nn.ParameterDict({"w": np.ones(2)})
    assert [*held.items()] == [("w", held["w"])]
    assert [*held.values()] == [held["w"]]
    assert "w" in held
    assert "(0): Parameter of shape (2,), float64" in repr(nn.ParameterList([held["w"]]))

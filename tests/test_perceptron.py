"""S3.4: the perceptron learns AND and OR, cannot learn XOR and knows it; ADALINE beside it."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd import Value
from autograd.errors import ShapeError
from nn.perceptron import Adaline, Perceptron

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
GATES = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "nand": [1, 1, 1, 0], "first": [0, 0, 1, 1], "never": [0, 0, 0, 0]}
XOR = [0, 1, 1, 0]


@pytest.mark.parametrize("gate", GATES)
def test_S3_4_a_perceptron_learns_what_a_line_separates(gate):
    perceptron = Perceptron(2)
    learned = perceptron.fit(CORNERS, GATES[gate])
    assert learned.converged
    assert "learned in" in str(learned)
    np.testing.assert_array_equal(perceptron(CORNERS), np.where(GATES[gate], 1, -1))
    assert len(perceptron.history) == 1 + learned.corrections
    assert perceptron.fit(CORNERS, GATES[gate]).corrections == 0


@pytest.mark.parametrize("truth", [XOR, [1, 0, 0, 1]])
def test_S3_4_a_perceptron_cannot_learn_xor_and_says_so(truth):
    learned = Perceptron(2).fit(CORNERS, truth)
    assert not learned.converged
    again, first = learned.cycle
    assert again > first
    assert "for ever" in str(learned)
    assert "still mistakes" in str(Perceptron(2).fit(CORNERS, truth, epochs=2))


def test_S3_4_weights_change_by_one_and_only_on_a_mistake():
    perceptron = Perceptron(2)
    perceptron.fit(CORNERS, GATES["and"])
    for before, after in zip(perceptron.history, perceptron.history[1:], strict=False):
        example = CORNERS[after.example]
        target = 1 if GATES["and"][after.example] else -1
        answer = 1 if example @ before.weights + before.bias > 0 else -1
        assert answer != target
        np.testing.assert_array_equal(after.weights - before.weights, target * example)
        assert after.bias - before.bias == target


def test_a_perceptron_with_wider_associations_learns_xor():
    wires = [[1, -1], [-1, 1]]  # one A-element sees "the first alone", one "the second alone"
    perceptron = Perceptron(2, associations=wires)
    np.testing.assert_array_equal(perceptron.associate(CORNERS), [[0, 0], [0, 1], [1, 0], [0, 0]])
    assert perceptron.fit(CORNERS, XOR).converged


@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_separable_examples_are_learned_in_finite_steps(seed, inputs, examples):
    random = np.random.default_rng(seed)
    x = random.integers(0, 2, (examples, inputs))
    margin = x @ random.normal(size=inputs) - 0.3
    assume(np.abs(margin).min() > 0.05)
    perceptron = Perceptron(inputs)
    assert perceptron.fit(Value(x.astype(float)), margin > 0, epochs=5000).converged
    np.testing.assert_array_equal(perceptron(x) > 0, margin > 0)


@pytest.mark.parametrize("gate", ["and", "or"])
def test_adaline_comes_to_the_least_squares(gate):
    neuron = Adaline(2, lr=0.02)
    learned = neuron.fit(CORNERS, GATES[gate], epochs=2000, tolerance=1e-12)
    assert learned.converged
    signs = np.where(GATES[gate], 1.0, -1.0)
    best = np.linalg.lstsq(np.column_stack([CORNERS, np.ones(4)]), signs, rcond=None)[0]
    np.testing.assert_allclose([*neuron.weights, neuron.bias], best, atol=0.05)
    assert neuron.errors[-1] < neuron.errors[0]


def test_adaline_fails_on_xor_with_its_weights_near_zero():
    neuron = Adaline(2, lr=0.02)
    learned = neuron.fit(CORNERS, XOR, epochs=500)
    assert not learned.converged
    np.testing.assert_allclose(neuron.weights, 0, atol=0.05)
    assert neuron.errors[-1] == pytest.approx(1.0, abs=0.1)
    assert len(neuron.history) == 1 + 4 * learned.epochs


def test_targets_in_any_of_the_usual_forms():
    for targets in ([0, 0, 0, 1], [-1, -1, -1, 1], np.array([False, False, False, True]), Value([0.0, 0.0, 0.0, 1.0])):
        assert Perceptron(2).fit(CORNERS, targets).converged


def test_what_is_refused():
    with pytest.raises(ShapeError, match="2 inputs"):
        Perceptron(2)(np.zeros((3, 3)))
    with pytest.raises(ShapeError, match="A-element"):
        Perceptron(2, associations=np.ones((2, 3)))
    with pytest.raises(ValueError, match="targets are"):
        Perceptron(2).fit(CORNERS, [0, 1, 2, 3])
    with pytest.raises(ShapeError, match="4 examples and 3 targets"):
        Adaline(2).fit(CORNERS, [0, 1, 1])

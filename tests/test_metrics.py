"""Metrics: against scikit-learn, over batches as over the whole, and the shapes they refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value
from autograd.errors import ShapeError
from nn import metrics


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(2, 6), st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_batches_together_are_the_whole(seed, items, classes, batch):
    judge = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(seed)
    scores, target = random.normal(size=(items, classes)).astype(np.float32), random.integers(0, classes, items)
    predicted = scores.argmax(1)
    hits, counts = metrics.Accuracy(), metrics.ConfusionMatrix(classes)
    for start in range(0, items, batch):
        part = slice(start, start + batch)
        hits.update(Value(scores[part]), Value(target[part]))
        counts.update(Value(scores[part]), Value(target[part]))
    assert hits.compute() == pytest.approx(judge.accuracy_score(target, predicted))
    assert metrics.accuracy(scores, target) == hits.compute()
    expected = judge.confusion_matrix(target, predicted, labels=range(classes))
    np.testing.assert_array_equal(counts.compute(), expected)
    np.testing.assert_array_equal(metrics.confusion_matrix(predicted, target, classes), expected)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_errors_of_numbers(pairs):
    prediction, target = np.array(pairs).T
    assert metrics.mae(prediction, target) == pytest.approx(np.mean(np.abs(prediction - target)))
    assert metrics.mse(Value(prediction), Value(target)) == pytest.approx(np.mean((prediction - target) ** 2))


def test_ways_to_write_classes():
    scores, labels = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]), np.array([1, 0, 0])
    one_hot = np.eye(2)[labels]
    for target in (labels, labels[:, None], one_hot, labels.astype(float), Value(labels)):
        assert metrics.accuracy(scores, target) == pytest.approx(2 / 3)
    assert metrics.accuracy(np.array([0.6, 0.4, 0.5]), labels) == pytest.approx(2 / 3)
    assert metrics.accuracy(np.array([[0.6], [0.4], [0.5]]), labels[:, None]) == pytest.approx(2 / 3)
    assert metrics.accuracy(np.array([2.0, -1.0, 0.4]), labels, threshold=0.0) == pytest.approx(2 / 3)
    assert metrics.accuracy(np.array([1, 0, 1]), labels) == pytest.approx(2 / 3)
    assert metrics.accuracy(np.array([True, False, True]), labels) == pytest.approx(2 / 3)
    assert metrics.accuracy(np.eye(4)[[3, 1, 0]], np.array([3.0, 1.0, 2.0])) == pytest.approx(2 / 3)


def test_without_batches_and_after_reset():
    metric = metrics.Accuracy()
    assert np.isnan(metric.compute())
    metric.update(np.zeros((0, 3)), np.zeros(0, dtype=int))
    assert np.isnan(metric.compute())
    metric.update(np.eye(3), np.arange(3))
    assert metric.compute() == 1.0
    metric.reset()
    assert np.isnan(metric.compute())


def test_a_confusion_matrix_grows_with_the_classes_it_meets():
    counts = metrics.ConfusionMatrix()
    counts.update(np.array([0, 1]), np.array([0, 0]))
    assert counts.compute().tolist() == [[1, 1], [0, 0]]
    counts.update(np.array([3]), np.array([1]))
    assert counts.compute().tolist() == [[1, 1, 0, 0], [0, 0, 0, 1], [0] * 4, [0] * 4]
    with pytest.raises(ShapeError, match="raise `classes`"):
        metrics.confusion_matrix(np.array([5]), np.array([0]), classes=3)
    with pytest.raises(ShapeError, match="negative"):
        metrics.confusion_matrix(np.array([-1]), np.array([0]))


def test_what_would_be_broadcast_is_refused():
    with pytest.raises(ShapeError, match="broadcast"):
        metrics.mse(np.zeros((4, 1)), np.zeros(4))
    with pytest.raises(ShapeError, match="3 predictions and 2 targets"):
        metrics.accuracy(np.eye(3), np.arange(2))
    with pytest.raises(ShapeError, match="read off shapes"):
        metrics.accuracy(np.zeros((2, 3, 4)), np.zeros(2))


def test_metrics_by_name_class_function_and_object():
    assert isinstance(metrics.as_metric("accuracy"), metrics.Accuracy)
    assert isinstance(metrics.as_metric(metrics.mae), metrics.MeanAbsoluteError)
    assert isinstance(metrics.as_metric(metrics.MeanSquaredError), metrics.MeanSquaredError)
    own = metrics.Accuracy(threshold=0.0)
    assert metrics.as_metric(own) is own

    def largest_error(prediction, target):
        return np.abs(np.asarray(prediction) - np.asarray(target)).max()

    metric = metrics.as_metric(largest_error)
    metric.update(np.zeros(3), np.array([1.0, -2.0, 0.0]))
    metric.update(np.zeros(1), np.array([6.0]))
    assert (metric.name, metric.compute()) == ("largest_error", 3.0)
    with pytest.raises(ValueError, match="there is no metric 'precission'"):
        metrics.as_metric("precission")

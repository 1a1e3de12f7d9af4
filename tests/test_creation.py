"""New tensors and random numbers: PyTorch's dtypes, the same numbers from the same seed, the right distributions."""

import numpy as np
import pytest

import autograd as ag
from autograd import Generator, Tensor, Value
from autograd.errors import DtypeError, ShapeError


@pytest.fixture(autouse=True)
def state():
    """The common stream and the default dtype are as they were after each test."""
    kept, dtype = ag.get_rng_state(), ag.get_default_dtype()
    yield
    ag.set_rng_state(kept)
    ag.set_default_dtype(dtype)


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.0, "float32"),
        ([1.0, 2], "float32"),
        (1, "int64"),
        ([1, 2], "int64"),
        (True, "bool"),
        ([[True]], "bool"),
        ([], "float32"),
        (np.float64(1), "float64"),
        (np.array([1.0]), "float64"),
        ([np.float32(1)], "float32"),
        ([np.array([1.0])], "float64"),
        (Value(2.0), "float64"),
        ([Value(2.0), Value(3.0)], "float64"),
        (np.array([1], np.uint8), "uint8"),
        (range(3), "int64"),
    ],
    ids=repr,
)
def test_dtype_of_tensor(data, dtype):
    assert ag.tensor(data).dtype == dtype
    assert not ag.tensor(data).requires_grad


def test_tensor_copies_and_from_numpy_shares():
    array = np.zeros(3)
    copied, shared, other = ag.tensor(array), ag.from_numpy(array), ag.as_tensor(array)
    array += 1
    assert copied.tolist() == [0, 0, 0]
    assert shared.tolist() == other.tolist() == [1, 1, 1]
    shared.mul_(5)
    assert array.tolist() == [5, 5, 5]
    assert ag.as_tensor(shared) is shared
    assert ag.as_tensor(shared, dtype=ag.float32).dtype == np.float32
    assert ag.as_tensor([1.0]).dtype == np.float32


def test_tensor_options():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    assert x.requires_grad
    assert x.is_leaf
    assert ag.tensor([1.0], dtype=ag.float64).dtype == np.float64
    assert ag.tensor([1.7], dtype=ag.long).tolist() == [1]
    assert ag.tensor(3).item() == 3
    assert type(ag.tensor(3).item()) is int
    assert ag.tensor([1.0], device="cpu").device.type == "cpu"
    assert ag.tensor([1.0], device=ag.device("cpu")).device == ag.device("cpu")
    with pytest.raises(DtypeError, match="floating-point"):
        ag.tensor([1, 2], requires_grad=True)
    with pytest.raises(DtypeError, match="CPU"):
        ag.tensor([1.0], device="cuda")
    with pytest.raises(DtypeError, match="CPU"):
        ag.device("cuda:0")
    with pytest.raises(ShapeError, match="uneven"):
        ag.tensor([[1, 2], [3]])
    with pytest.raises(DtypeError, match="complex"):
        ag.tensor([1j])
    with pytest.raises(DtypeError, match="not supported"):
        ag.zeros(2, dtype=np.float16)
    with pytest.raises(DtypeError, match="kind of number"):
        ag.zeros(2, dtype="word")
    assert not ag.cuda.is_available()


def test_the_default_dtype():
    ag.set_default_dtype(ag.float64)
    assert ag.tensor(1.5).dtype == ag.zeros(2).dtype == ag.rand(2).dtype == ag.Tensor([1]).dtype == np.float64
    assert type(ag.tensor(1.5).data) is float
    ag.set_default_dtype(ag.float32)
    assert ag.tensor(1.5).dtype == np.float32
    with pytest.raises(DtypeError):
        ag.set_default_dtype(ag.int64)


def test_the_name_tensor():
    assert isinstance(Value(2.0), Tensor)
    assert isinstance(ag.rand(2), Tensor)
    assert not isinstance(2.0, Tensor)
    assert isinstance(ag.tensor([1, 2]), ag.LongTensor)
    assert not isinstance(ag.tensor([1, 2]), ag.FloatTensor)
    assert Tensor([1, 2]).dtype == np.float32
    assert Tensor(2, 3).shape == (2, 3)
    assert Tensor().shape == (0,)
    assert ag.BoolTensor([1, 0]).tolist() == [True, False]
    assert ag.ByteTensor([3]).dtype == np.uint8
    assert ag.DoubleTensor([1]).dtype == np.float64
    assert ag.IntTensor([1]).dtype == np.int32
    assert ag.is_tensor(Value(1.0))


def test_counted():
    assert ag.arange(3).tolist() == [0, 1, 2]
    assert ag.arange(0, 1, 0.25).tolist() == [0, 0.25, 0.5, 0.75]
    assert ag.arange(ag.tensor(3)).dtype == np.int64
    assert ag.linspace(0, 1, 3, requires_grad=True).requires_grad
    np.testing.assert_allclose(ag.logspace(0, 2, 3, base=2.0).data, [1, 2, 4])
    assert ag.eye(2, 3).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert ag.full((2,), 3).dtype == np.int64
    assert ag.full((), 2.5).item() == 2.5
    with pytest.raises(ShapeError, match="steps"):
        ag.arange(3, 1)


# -- random ---------------------------------------------------------------------------------------------------------


DRAWS = [
    lambda g: ag.rand(3, generator=g),
    lambda g: ag.randn(2, 2, generator=g),
    lambda g: ag.randint(0, 9, (4,), generator=g),
    lambda g: ag.randperm(6, generator=g),
    lambda g: ag.normal(0.0, 2.0, (3,), generator=g),
    lambda g: ag.normal(ag.zeros(2), ag.ones(2), generator=g),
    lambda g: ag.uniform(-1.0, 1.0, (3,), generator=g),
    lambda g: ag.bernoulli(ag.full((5,), 0.5), generator=g),
    lambda g: ag.multinomial(ag.ones(5), 3, generator=g),
    lambda g: ag.multinomial(ag.ones(2, 5), 9, replacement=True, generator=g),
    lambda g: ag.poisson(ag.full((4,), 3.0), generator=g),
    lambda g: ag.rand_like(ag.zeros(2), generator=g),
    lambda g: ag.randn_like(ag.zeros(2, dtype=ag.float64), generator=g),
    lambda g: ag.randint_like(ag.zeros(2), 5, generator=g),
    lambda g: ag.empty(3, dtype=ag.long).random_(5, generator=g),
    lambda g: ag.empty(3).uniform_(2, 3, generator=g),
    lambda g: ag.empty(3).normal_(1, 2, generator=g),
    lambda g: ag.empty(3).bernoulli_(0.5, generator=g),
    lambda g: ag.empty(3).exponential_(generator=g),
]


@pytest.mark.parametrize("number", range(len(DRAWS)))
def test_the_same_seed_gives_the_same_numbers(number):
    draw = DRAWS[number]
    first, second = draw(Generator().manual_seed(5)), draw(Generator().manual_seed(5))
    np.testing.assert_array_equal(first.data, second.data)
    ag.manual_seed(5)
    np.testing.assert_array_equal(draw(None).data, first.data)
    generator = Generator().manual_seed(5)
    draw(generator)
    state = generator.get_state()
    once = draw(generator)
    np.testing.assert_array_equal(once.data, draw(Generator().set_state(state)).data)
    assert not np.array_equal(
        np.concatenate([draw(generator).data.reshape(-1) for _ in range(9)]), np.resize(once.data, 9)
    )


def test_seeds():
    generator = Generator()
    assert generator.initial_seed() == generator.initial_seed()
    assert generator.seed() != generator.seed()
    assert ag.manual_seed(-1).initial_seed() == 2**64 - 1
    assert ag.initial_seed() == 2**64 - 1
    assert isinstance(ag.seed(), int)
    state = ag.get_rng_state()
    assert state.dtype == np.uint8
    a = ag.rand(3)
    ag.set_rng_state(state)
    np.testing.assert_array_equal(ag.rand(3).data, a.data)
    with pytest.raises(ShapeError, match="45 bytes"):
        ag.set_rng_state(ag.zeros(3, dtype=ag.uint8))
    with pytest.raises(DtypeError):
        Generator(device="cuda")


def test_dtypes_and_shapes():
    assert ag.rand(2, 3).shape == (2, 3)
    assert ag.rand((2, 3)).dtype == np.float32
    assert ag.randn(2, dtype=ag.float64).dtype == np.float64
    assert ag.randn(()).shape == ()
    assert ag.rand(2, requires_grad=True).is_leaf
    assert ag.randint(3, (2,)).dtype == np.int64
    assert ag.randint(1, 3, (2,), dtype=ag.float32).dtype == np.float32
    assert ag.normal(ag.zeros(3, 1), 1.0).shape == (3, 1)
    assert ag.rand_like(ag.zeros(2, dtype=ag.float64)).dtype == np.float64
    with pytest.raises(DtypeError, match="randint"):
        ag.rand(2, dtype=ag.long)
    with pytest.raises(TypeError, match="size"):
        ag.randint(3)


def test_distributions():
    """Means and spreads are within six standard errors of what they should be."""
    ag.manual_seed(0)
    n = 20_000
    for numbers, mean, deviation in (
        (ag.rand(n), 0.5, 12**-0.5),
        (ag.randn(n), 0, 1),
        (ag.randint(2, 8, (n,)), 4.5, (35 / 12) ** 0.5),
        (ag.normal(3.0, 2.0, (n,)), 3, 2),
        (ag.uniform(-1.0, 3.0, (n,)), 1, 4 / 12**0.5),
        (ag.poisson(ag.full((n,), 4.0)), 4, 2),
        (ag.bernoulli(ag.full((n,), 0.3)), 0.3, 0.21**0.5),
        (ag.empty(n).exponential_(2.0), 0.5, 0.5),
        (ag.empty(n).random_(4), 1.5, 1.25**0.5),
        (ag.zeros(n, dtype=ag.bool).random_(), 0.5, 0.5),
        (ag.multinomial(ag.tensor([0.0, 1, 3]), n, replacement=True), 1.75, 0.1875**0.5),
    ):
        found = np.asarray(numbers.data, np.float64)
        assert abs(found.mean() - mean) < 6 * deviation / n**0.5
        assert abs(found.std() - deviation) < 0.05 * deviation + 0.01
    assert sorted(ag.randperm(50).tolist()) == list(range(50))
    chosen = [tuple(ag.multinomial(ag.tensor([1.0, 2.0, 0.0, 1.0]), 3).tolist()) for _ in range(200)]
    assert all(sorted(row) == [0, 1, 3] for row in chosen)
    assert 0.4 < np.mean([row[0] == 1 for row in chosen]) < 0.6


def test_bounds():
    ag.manual_seed(1)
    numbers = ag.rand(100_000).data
    assert numbers.min() >= 0
    assert numbers.max() < 1
    whole = ag.empty(1000, dtype=ag.uint8).random_().data
    assert whole.max() > 200
    assert set(ag.empty(1000, dtype=ag.long).random_(3, 5).tolist()) == {3, 4}

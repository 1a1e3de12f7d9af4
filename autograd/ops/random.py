"""Random numbers, in PyTorch's names, from NumPy's PCG64. The same seed gives the same numbers."""

from operator import index

import numpy as np

from ..arrays import dtype_of, plain
from ..errors import ArgumentError, DtypeError, ShapeError
from ..mode import here
from ..value import Value
from .creation import leaf
from .creation import like as _like
from .dtypes import check_device, dtype_named
from .inplace import assign
from .shapes import new_shape

_WORDS = (("state", 16), ("inc", 16))  # of PCG64, with their lengths in bytes


class Generator:
    """A stream of random numbers of its own, for the argument `generator=`."""

    def __init__(self, device="cpu"):
        check_device(device)
        self._seed, self._stream = None, None

    @property
    def stream(self):
        """NumPy's generator; made from the system's entropy if no seed was given."""
        if self._stream is None:
            self.seed()
        return self._stream

    def manual_seed(self, seed):
        """Begin anew from `seed`, an integer. Returns the generator."""
        self._seed = int(seed) % 2**64
        self._stream = np.random.Generator(np.random.PCG64(self._seed))
        return self

    def seed(self):
        """Begin anew from the system's entropy. Returns the seed that this amounts to."""
        self.manual_seed(np.random.SeedSequence().entropy)
        return self._seed

    def initial_seed(self):
        """The seed that the stream began from."""
        return self._seed if self._stream is not None else self.seed()

    def get_state(self):
        """Where the stream stands, as bytes in a Value."""
        state = self.stream.bit_generator.state
        numbers = [state["state"][word].to_bytes(size, "little") for word, size in _WORDS]
        numbers += [
            state["uinteger"].to_bytes(4, "little"),
            bytes([state["has_uint32"]]),
            self._seed.to_bytes(8, "little"),
        ]
        return leaf(np.frombuffer(b"".join(numbers), np.uint8).copy())

    def set_state(self, state):
        """Go on from where `get_state` was called. Returns the generator."""
        data = np.asarray(state, np.uint8).tobytes()
        if len(data) != 45:
            raise ShapeError(f"set_state takes the 45 bytes that get_state gave, not {len(data)}")
        numbers = [int.from_bytes(data[a:b], "little") for a, b in ((0, 16), (16, 32), (32, 36), (36, 37), (37, 45))]
        self.manual_seed(numbers[4])
        self._stream.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": numbers[0], "inc": numbers[1]},
            "uinteger": numbers[2],
            "has_uint32": numbers[3],
        }
        return self


default_generator = Generator()


def manual_seed(seed):
    """Begin the common stream of random numbers anew from `seed`. Returns its generator."""
    return default_generator.manual_seed(seed)


def seed():
    """Begin the common stream anew from the system's entropy. Returns the seed that this amounts to."""
    return default_generator.seed()


def initial_seed():
    """The seed that the common stream began from."""
    return default_generator.initial_seed()


def get_rng_state():
    """Where the common stream stands, as bytes in a Value."""
    return default_generator.get_state()


def set_rng_state(state):
    """Let the common stream go on from where `get_rng_state` was called."""
    default_generator.set_state(state)


def stream_of(generator=None):
    """NumPy's generator behind a `generator=` argument."""
    return (default_generator if generator is None else generator).stream


# -- new tensors ----------------------------------------------------------------------------------------------------


def _floating(dtype):
    dtype = dtype_named(dtype)
    if dtype.kind != "f":
        raise DtypeError(f"random fractions are float32 or float64, not {dtype}; randint gives integers")
    return dtype


def _drawn(draw, generator, requires_grad=False):
    """A leaf with the numbers of `draw()`. A program that is being recorded draws them anew for each run."""
    drawn = getattr(here.tape, "drawn", None)
    if drawn is None or generator is not None or requires_grad:
        return leaf(draw(), requires_grad)
    return drawn(draw)


def rand(*size, generator=None, dtype=None, requires_grad=False, device=None):
    """Numbers from [0, 1), all equally likely."""
    check_device(device)
    size, dtype = new_shape(size), _floating(dtype)
    return _drawn(lambda: _uniform(stream_of(generator), 0.0, 1.0, size, dtype), generator, requires_grad)


def randn(*size, generator=None, dtype=None, requires_grad=False, device=None):
    """Numbers from the normal distribution with mean 0 and standard deviation 1."""
    check_device(device)
    size, dtype = new_shape(size), _floating(dtype)
    draw = lambda: np.asarray(stream_of(generator).standard_normal(size, dtype), dtype)
    return _drawn(draw, generator, requires_grad)


def randint(low, high=None, size=None, *, generator=None, dtype=None, requires_grad=False, device=None):
    """Integers from low to high - 1, all equally likely: randint(high, size) or randint(low, high, size)."""
    check_device(device)
    if size is None and not hasattr(high, "__index__"):
        low, high, size = 0, low, high
    if size is None or high is None:
        raise TypeError("randint takes (high, size) or (low, high, size), with the size as a tuple")
    low, high = index(low), index(high)
    if low >= high:
        raise ArgumentError(f"randint: there is no integer from {low} to below {high}")
    numbers = stream_of(generator).integers(low, high, new_shape((size,)))
    return leaf(np.asarray(numbers, dtype_named(dtype, int)), requires_grad)


def randperm(n, *, generator=None, dtype=None, requires_grad=False, device=None):
    """The integers below n in random order."""
    check_device(device)
    return leaf(stream_of(generator).permutation(*new_shape((n,))).astype(dtype_named(dtype, int)), requires_grad)


def rand_like(input, *, generator=None, dtype=None, requires_grad=False, device=None):
    """`rand` in the shape and dtype of `input`."""
    shape, dtype = _like(input, dtype)
    return rand(shape, generator=generator, dtype=dtype, requires_grad=requires_grad, device=device)


def randn_like(input, *, generator=None, dtype=None, requires_grad=False, device=None):
    """`randn` in the shape and dtype of `input`."""
    shape, dtype = _like(input, dtype)
    return randn(shape, generator=generator, dtype=dtype, requires_grad=requires_grad, device=device)


def randint_like(input, low, high=None, *, generator=None, dtype=None, requires_grad=False, device=None):
    """`randint` in the shape and dtype of `input`."""
    shape, dtype = _like(input, dtype)
    low, high = (0, low) if high is None else (low, high)
    return randint(low, high, shape, generator=generator, dtype=dtype, requires_grad=requires_grad, device=device)


def normal(mean=0.0, std=1.0, size=None, *, generator=None, dtype=None, requires_grad=False, device=None):
    """Numbers from normal distributions; `mean` and `std` may be arrays. No gradient flows to them: write mean + std·randn."""
    check_device(device)
    floats = [dtype_of(p) for p in (mean, std) if np.ndim(p) and dtype_of(p).kind == "f"]
    dtype = _floating(dtype or (np.result_type(*floats) if floats else None))
    mean, std = np.asarray(mean), np.asarray(std)
    if not np.all(std >= 0):
        raise ArgumentError(f"normal: a standard deviation is not negative, one of these is {std.min()}")
    shape = np.broadcast_shapes(mean.shape, std.shape) if size is None else new_shape((size,))
    draw = lambda: np.asarray(mean + std * stream_of(generator).standard_normal(shape, dtype), dtype)
    return _drawn(draw, generator, requires_grad)


def uniform(low=0.0, high=1.0, size=(), *, generator=None, dtype=None, requires_grad=False, device=None):
    """Numbers from [low, high), all equally likely."""
    check_device(device)
    size, dtype = new_shape((size,)), _floating(dtype)
    return _drawn(lambda: _uniform(stream_of(generator), low, high, size, dtype), generator, requires_grad)


def _uniform(stream, low, high, shape, dtype):
    numbers = np.asarray(stream.random(shape, dtype), dtype)
    return numbers if (low, high) == (0.0, 1.0) else low + (high - low) * numbers


def _chances(p, what):
    p = np.asarray(p)
    if not np.all((p >= 0) & (p <= 1)):
        raise ArgumentError(f"{what}: a probability is between 0 and 1")
    return p


def bernoulli(input, p=None, *, generator=None):
    """1 with the probability that each entry of `input` says (or `p`), else 0, in its shape and dtype."""
    shape, dtype = _like(input, None)
    chances = _chances(input if p is None else p, "bernoulli")
    return _drawn(lambda: (stream_of(generator).random(shape) < chances).astype(dtype), generator)


def multinomial(input, num_samples, replacement=False, *, generator=None):
    """`num_samples` indices for each row of weights, each as likely as its weight says."""
    weights = np.asarray(input, np.float64)
    if weights.ndim not in (1, 2) or np.any(weights < 0) or not np.all(np.isfinite(weights)):
        raise ArgumentError("multinomial takes weights, not negative and finite, in one row or a matrix of rows")
    if num_samples < 1:
        raise ArgumentError(f"multinomial: {num_samples} samples; it has to be at least 1")
    enough = weights.any(-1) if replacement else np.count_nonzero(weights, -1) >= num_samples
    if not np.all(enough):
        raise ArgumentError(f"multinomial: a row has too few weights above 0 for {num_samples} samples")
    stream = stream_of(generator)
    if not replacement:  # who rings first: waiting times with these rates
        with np.errstate(divide="ignore"):
            waiting = stream.standard_exponential(weights.shape) / weights
        return leaf(np.argsort(waiting, -1, stable=True)[..., :num_samples])
    steps = np.cumsum(weights, -1)
    drawn = stream.random((*weights.shape[:-1], num_samples)) * steps[..., -1:]
    rows = zip(np.atleast_2d(steps), np.atleast_2d(drawn))
    last = weights.shape[-1] - 1  # a number rounded up to the sum of all weights would stand beyond
    found = np.stack([np.searchsorted(s, d, "right") for s, d in rows]).reshape(drawn.shape)
    return leaf(np.minimum(found, last))


def poisson(input, *, generator=None):
    """Counts with the means that `input` says, in its dtype."""
    return leaf(np.asarray(stream_of(generator).poisson(np.asarray(input)), dtype_of(input)))


# -- written into a Value -------------------------------------------------------------------------------------------


def random_(self, from_=None, to=None, *, generator=None):
    """Overwrite with integers: random_(n) from 0 to n - 1, random_(low, high) from low to high - 1."""
    if to is None:
        room = {"f": 2 ** (np.finfo(self.dtype).nmant + 1) + 1} if self.dtype.kind == "f" else {"b": 2}
        full = room.get(self.dtype.kind) or int(np.iinfo(self.dtype).max) + 1
        from_, to = 0, full if from_ is None else from_
    from_, to = index(from_), index(to)
    if from_ >= to:
        raise ArgumentError(f"random_: there is no integer from {from_} to below {to}")
    return assign(self, stream_of(generator).integers(from_, to, self.shape))


def uniform_(self, from_=0.0, to=1.0, *, generator=None):
    """Overwrite with numbers from [from, to), all equally likely."""
    if not from_ <= to:
        raise ArgumentError(f"uniform_: from {from_} to {to} there is no number")
    return assign(self, _uniform(stream_of(generator), from_, to, self.shape, _floating(self.dtype)))


def normal_(self, mean=0.0, std=1.0, *, generator=None):
    """Overwrite with numbers from a normal distribution."""
    if not std >= 0:
        raise ArgumentError(f"normal_: a standard deviation is not negative, this is {std}")
    return assign(self, mean + std * stream_of(generator).standard_normal(self.shape, _floating(self.dtype)))


def bernoulli_(self, p=0.5, *, generator=None):
    """Overwrite with 1 (with probability `p`) and 0."""
    return assign(self, plain(stream_of(generator).random(self.shape) < _chances(p, "bernoulli_")))


def exponential_(self, lambd=1.0, *, generator=None):
    """Overwrite with waiting times of rate `lambd`."""
    return assign(self, stream_of(generator).standard_exponential(self.shape, _floating(self.dtype)) / lambd)


for _function in (random_, uniform_, normal_, bernoulli_, exponential_):
    setattr(Value, _function.__name__, _function)

"""Names and numbers of the instructions, readable without the compiler that runs them."""

from ..kernels import KERNELS
from ..kernels.pointwise import Pointwise

# Elementwise instructions by name of the row (`elements` says what they compute), in the order of their codes.
_ELEMENTWISE = """
    add sub mul div neg positive square reciprocal pow multiply_add minus_product toward add_square less_by_root
    abs sign exp exp2 expm1 log log2 log10 log1p sqrt rsqrt cbrt xlogy
    sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh atan2 hypot deg2rad rad2deg
    sigmoid erf erfc relu maximum minimum where heaviside
    eq ne lt le gt ge isnan isinf isfinite logical_and logical_or logical_xor logical_not
    floor ceil trunc round frac fmod remainder floor_divide
"""
_PLAIN = tuple(_ELEMENTWISE.split())

# Activations by their kernels' bodies, forward and backward; settings (a slope, a bound) are further operands.
ACTIVATIONS = {name: kernel for name, kernel in KERNELS.items() if isinstance(kernel, Pointwise)}
BODIES = {f"{name}_forward": (k.bodies[0], 1 + len(k.defaults)) for name, k in ACTIVATIONS.items()}
BODIES = {name: body for name, body in BODIES.items() if name.removesuffix("_forward") not in _PLAIN}
BODIES |= {f"{name}_back": (k.bodies[1], 2 + len(k.defaults)) for name, k in ACTIVATIONS.items()}
ELEMENTWISE = (*_PLAIN, *BODIES)
CODES = {name: code for code, name in enumerate(ELEMENTWISE)}
TOTAL = CODES["total"] = 10000  # in scalar programs only

# Instructions for arrays besides the elementwise ones.
SUM, MAX, MIN, PROD, COPY, PRODUCT, LARGE_PRODUCT, MISSED, MISSED_SLOPE, ONE_HOT, KEPT = range(1000, 1011)
MOVE, RUNNING, LARGEST, GATHER, TO_REAL, TO_WHOLE, BLOCKS, WIDENED, NARROWED, TASKS, TURNED = range(1011, 1022)
INSTRUCTIONS = {
    COPY: "copy", PRODUCT: "product", LARGE_PRODUCT: "large_product", MISSED: "missed", MISSED_SLOPE: "missed_slope",
    ONE_HOT: "one_hot", KEPT: "kept", MOVE: "move", RUNNING: "running", LARGEST: "largest", GATHER: "gather",
    TO_REAL: "to_real", TO_WHOLE: "to_whole", WIDENED: "widened", NARROWED: "narrowed", SUM: "sum", MAX: "amax",
    MIN: "amin", PROD: "prod", TURNED: "turned",
}  # fmt: skip
INSTRUCTIONS |= dict(enumerate(ELEMENTWISE))
REDUCTIONS = {"sum": SUM, "amax": MAX, "amin": MIN, "prod": PROD}
CLASSES = {"missed": MISSED, "missed_slope": MISSED_SLOPE, "one_hot": ONE_HOT, "kept": KEPT}  # take class indices

VIEWS = frozenset({"reshape", "view", "transpose", "permute", "broadcast_to"})  # the same numbers, seen otherwise
JOINED = frozenset({"cat", "stack"})
# Each number of the result is one of the inputs' or a constant, whatever the numbers are.
MOVED = frozenset(
    {
        "getitem", "diagonal", "flip", "roll", "shift", "diag_embed", "tril", "triu", "tile", "pad", "overwrite",
        "put_back", "sorted_values", "topk_values", "max_values", "min_values", "median_values",
    }
)  # fmt: skip
RUNNINGS = {"cumsum": 0, "cumprod": 1}
PLACES = {"argmax": 0, "argmin": 1}
BY_INDEX = {"gather": 0, "scatter_add": 1, "scatter": 2}

PLAIN = frozenset({*ELEMENTWISE, "total", "matmul", "linear", "relaid"})  # called without parameters
WITH_PARAMETERS = (
    VIEWS | JOINED | MOVED | REDUCTIONS.keys() | CLASSES.keys() | RUNNINGS.keys() | PLACES.keys() | BY_INDEX.keys()
    | {"to", "place"}
)  # fmt: skip

# What is loaded at each step: the items of a batch, which may be read where they are; the same, but always copied;
# the next piece of an array.
READ_THERE, COPIED, ONCE_A_STEP = range(3)
BEHIND = 64  # bytes behind the end of an array that may be read
WORDS = 32  # of an instruction
LINK, UNIT = WORDS - 1, WORDS - 2  # words with the address of its function, and with how many words its numbers have
FETCHED = 16  # the word of a product at which it says what to bring near meanwhile
CACHE_LINE = 64  # bytes
MOST_TASKS = 8  # that are shared among threads at once
BLOCK = 2048  # numbers of long rows that several elementwise instructions take in turn, while they are in the cache

# Words that threads share, each in a line of the cache of its own: the next task, and how many are done.
NEXT, DONE, TEAM = 0, 16, 32
NOTHING, STOP = 1 << 60, -(1 << 60)  # in place of a task: none yet, none any more

# What the loop of training steps is told, in one array of words: see the machine's `train`. Addresses and numbers.
JOB = """
    program lines real whole places place_count unit readers reader_count ahead ahead_count loads load_count
    loss loss_words team helped rows batch settings setting_count losses steps taken
"""
JOB = {name: place for place, name in enumerate(JOB.split())}

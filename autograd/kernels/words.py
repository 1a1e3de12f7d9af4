"""The words in which a loop says what it takes and what it answers: "in in new float", "in2 indices int -> float".

in, out          vectors of the loop's format, read or written: contiguous arrays of any shape, entry after entry
in2, out2        the same as matrices
new, new2        as out, or None: then one is made, like the first argument, or, as new:1, like the second, or, as
                 new2:0,1, with as many rows and columns as these two have rows. The call answers with the array, or
                 with a tuple where there are several
indices          a vector of int64, read
float, int       numbers
-> float         it answers with a number
-> done          it answers whether it was done: False where the arrays do not fit

Vectors have one length where a loop takes nothing else. A call whose arguments do not fit raises TypeError; but one
that asks for nothing but an answer (of new arrays, or a number) gets NotImplemented: the answer of a kernel that leaves
the work to NumPy.
"""

NUMBERS = ("float", "int")


def split(words):
    """The words of the arguments, and that of the answer."""
    arguments, _, answer = words.partition(" -> ")
    return arguments.split(), answer


def even(known):
    """Whether all arrays are vectors of one length."""
    return all(word in NUMBERS or (axes(word) == 1 and word != "indices") for word in known)


def is_new(word):
    """Whether an argument is an array for results, which may be None."""
    return word.startswith("new")


def is_written(word):
    """Whether the loop writes into an argument."""
    return word.startswith(("out", "new"))


def like(word):
    """Which argument a new array is made like, or which arguments have as many rows as it has rows and columns."""
    return [int(number) for number in (word.partition(":")[2] or "0").split(",")]


def axes(word):
    """How many axes an array has for the loop."""
    return 2 if word.partition(":")[0].endswith("2") else 1

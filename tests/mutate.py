"""Mutation testing: small mistakes are planted in rules and kernels one at a time, and the tests have to find each.

    python tests/mutate.py                        all rules, and the functions that they call
    python tests/mutate.py softmax gelu           those of some rows
    python tests/mutate.py --kernels              kernels: scalar functions for float64 and float32, and loops
    python tests/mutate.py --sample 200 --seed 1  a random part
    python tests/mutate.py --log FILE             with outcomes kept: a run that was stopped goes on, `--shard 1/2` and
                                                  `--shard 2/2` do half each, and after all of both kinds it says what
                                                  in harmless_mistakes.py is not needed

A mistake that no law finds is a survivor: it is printed with its place. Either a law is missing, or the mistake
changes nothing that matters: then it belongs to harmless_mistakes.py, with the reason. The exit status is 1 if there
are survivors.
"""

import argparse
import ast
import copy
import itertools
import os
import random
import sys
import types
from functools import cache
from pathlib import Path

os.environ["NUMBA_DISABLE_JIT"] = "1"  # kernels run as the Python that they are written in

import cases
import laws
import numpy as np
import test_activations
from harmless_mistakes import HARMLESS
from mutation_log import Log, key_of, reasons
from planting import mutants

import nn.functional  # its rows are part of the table
from autograd import TABLE
from autograd.kernels import without_kernels
from autograd.operation import EachInput

ROOT = Path(nn.functional.__file__).parents[2]
sys.path.insert(0, str(ROOT))

import mutate_kernels  # noqa: E402 - benchmarks, which it needs, are not installed

from benchmarks import accuracy  # noqa: E402
from benchmarks.references import REFERENCES  # noqa: E402

# -- functions and their places ---------------------------------------------------------------------------------------


@cache
def _functions_of(file):
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, (ast.Lambda, ast.FunctionDef))]


def syntax_of(function):
    """The syntax tree of a function, found in its file by line and by what it compiles to."""
    code = function.__code__
    for node in _functions_of(code.co_filename):
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        if first == code.co_firstlineno:
            twin = compiled(node, function).__code__
            if (twin.co_code, twin.co_names, twin.co_varnames) == (code.co_code, code.co_names, code.co_varnames):
                return node
    return None


def compiled(tree, like):
    """A syntax tree as a function in the surroundings (globals, closure) of another one."""
    free = like.__code__.co_freevars
    arguments = ast.arguments([], [ast.arg(name) for name in free], None, [], [], None, [])
    if isinstance(tree, ast.Lambda):
        inner = [ast.Return(tree)]
    else:
        tree = copy.deepcopy(tree)
        tree.decorator_list = []
        inner = [tree, ast.Return(ast.Name(tree.name, ast.Load()))]
    outer = ast.FunctionDef("outer", arguments, inner, [], None, None, type_params=[])
    made = {}
    modules = [name for name, thing in like.__globals__.items() if isinstance(thing, types.ModuleType)]
    imports = [ast.Import([ast.alias("sys", name)]) for name in modules if name.isidentifier()]
    never = ast.If(ast.Constant(False), imports, [])  # not run: calls of what is imported compile to other instructions
    module = ast.fix_missing_locations(ast.Module([never, outer] if imports else [outer], []))
    exec(compile(module, like.__code__.co_filename, "exec"), like.__globals__, made)
    return made["outer"](*(cell.cell_contents for cell in like.__closure__ or ()))


class Place:
    """A function with a syntax tree, the rows whose gradients it is part of, and a way to put another in its place."""

    def __init__(self, name, function, rows, install):
        self.name, self.function, self.rows, self.install = name, function, rows, install
        self.tree = syntax_of(function)


def _rules_of(op):
    if isinstance(op.rules, EachInput):
        return [op.rules.rule]
    return [rule for rule in op.rules if isinstance(rule, types.FunctionType)]


def _replace_rule(op, function):
    """A way to put another function in the place of one of a row's rules."""

    def install(other):
        before = op.rules
        if isinstance(before, EachInput):
            op.rules = EachInput(other)
        else:
            op.rules = tuple(other if rule is function else rule for rule in before)
        return lambda: setattr(op, "rules", before)

    return install


def _replace_everywhere(function):
    """A way to put another function in the place of one, in all modules that know it."""

    def install(other):
        modules = [vars(m) for name, m in list(sys.modules.items()) if name.partition(".")[0] in ("autograd", "nn")]
        found = [(names, key) for names in modules for key, value in names.items() if value is function]
        for names, key in found:
            names[key] = other
        return lambda: [names.__setitem__(key, function) for names, key in found]

    return install


def _helpers_of(function, seen, *folders):
    """Functions in some folders that a function calls by name, directly or not; rows are not among them."""
    for name in function.__code__.co_names:
        called = function.__globals__.get(name)
        if not isinstance(called, types.FunctionType) or called in seen:
            continue
        if called.__code__.co_filename.startswith(tuple(str(ROOT / folder) for folder in folders)):
            seen.add(called)
            yield called
            yield from _helpers_of(called, seen, *folders)


def places(rows):
    """Every rule of the rows, and every function that rules call."""
    helpers = {}
    for op in rows:
        for function in dict.fromkeys(_rules_of(op)):
            yield Place(op.name, function, [op], _replace_rule(op, function))
            for helper in _helpers_of(function, set(), "autograd/ops", "nn/functional"):
                helpers.setdefault(helper, []).append(op)
    for helper, users in helpers.items():
        yield Place(helper.__name__, helper, users, _replace_everywhere(helper))


# -- the trial --------------------------------------------------------------------------------------------------------


@cache
def _cases_of(op):
    """Smooth cases of a row, cases at its kinks and ties, and the results of all of them before any mistake."""
    smooth = list(cases.every_case(op))
    moods = itertools.product(cases.examples_of(op), ("special", "tied"))
    others = [cases.make_case(op, example, mood, "plain", seed=1, avoid=False) for example, mood in moods]
    others = [case for case in others if case is not None]
    return smooth, others, [np.array(case.run(case.drawn)) for case in smooth + others]


def trial(op):
    """The laws of derivatives on every case of a row; an exception means that one found something.

    So does a changed result: tests/test_laws_torch.py compares results with PyTorch's.
    """
    smooth, others, results = _cases_of(op)
    for case, result in zip(smooth + others, results, strict=True):
        laws.same(case, "result", case.run(case.drawn), result, 1e-12)
    for case in smooth:
        laws.law_of_the_adjoint(case)
        laws.law_of_second_order(case)
        laws.law_of_gradients_form(case, [np.float32] * len(case.drawn))
        if op.composite is not None:
            laws.law_of_the_composite(case)
    for case in others:
        laws.law_of_superposition(case)
    laws.law_of_kinks(op)
    if op.name in REFERENCES:
        law_of_exactness(op)
    if op.name == "celu":
        with without_kernels():
            for dtype in (np.float32, np.float64):
                test_activations.test_slopes_of_celu_far_left(dtype)
    if op.scalar is not None and op.pointwise and not op.parameters:
        numbers = cases.EXTREMES + cases.GENERIC
        for point in [(x,) for x in numbers] if len(op.inputs) == 1 else itertools.product(cases.EXTREMES, repeat=2):
            laws.law_of_floats(op, point)


@cache
def _truths_of(op, dtype):
    """Numbers near and far, the slopes there in extended precision, and the sizes that units are taken from."""
    reference = REFERENCES[op.name]
    x = accuracy.numbers(op, reference, dtype, 64)
    return x, accuracy.truths(reference.derivative, x), accuracy.least_sizes(reference, x)[1]


def law_of_exactness(op):
    """Slopes by NumPy are good to the last digits, in the tails too."""
    for dtype in accuracy.FORMATS:
        x, truths, least = _truths_of(op, dtype)
        _, slopes = accuracy.ways(op, dtype)["NumPy"](op, x, REFERENCES[op.name].parameters)
        worst = accuracy.errors(slopes, truths, dtype, least).max()
        assert worst <= 4.5, f"{op.name}: a slope is {worst:.1f} units in the last place off"


# -- kernels ----------------------------------------------------------------------------------------------------------


def _replace_template(loop):
    """A way to put another function in the place of the one that a loop is compiled from."""

    def install(other):
        before, loop.template = loop.template, other
        return lambda: setattr(loop, "template", before)

    return install


def kernel_places(rows):
    """Every scalar function that kernels are made of, in both formats, and every loop around them."""
    users = mutate_kernels.users_of_functions(rows, _helpers_of)
    subjects = mutate_kernels.looped_subjects(rows)
    loops = mutate_kernels.loop_functions() if subjects else {}
    for template in loops:
        for helper in _helpers_of(template, {template}, "autograd/kernels"):
            for twin in mutate_kernels.twins(helper):
                users.setdefault(twin, []).extend(subjects)
    for function, tried in users.items():
        yield Place(function.__name__, function, tried, _replace_everywhere(function))
    for template, loop in loops.items():
        yield Place(template.__name__, template, subjects, _replace_template(loop))


# -- the run ----------------------------------------------------------------------------------------------------------

KINDS = {"rules": (places, trial), "kernels": (kernel_places, mutate_kernels.trial)}


class Mistake:
    """A mistake to plant: `was` becomes `now` in the code of a place."""

    def __init__(self, kind, place, number, tree, was, now):
        self.place, self.tree, self.was, self.now = place, tree, was, now
        self.key, self.test = key_of(kind, place, number), KINDS[kind][1]

    @property
    def reasons(self):
        return reasons(HARMLESS, self.place.name, self.was, self.now)

    def found(self):
        """Plant it, and see whether a trial of the rows finds it."""
        try:
            restore = self.place.install(compiled(self.tree, self.place.function))
        except SyntaxError:  # f(*x) as *x: nobody could overlook it
            return True
        try:
            return any(map(self._found_by, self.place.rows[:15]))
        finally:
            restore()

    def _found_by(self, op):
        try:
            with np.errstate(all="ignore"):
                self.test(op)
        except Exception:
            return True
        return False

    def __str__(self):
        code = self.place.function.__code__
        where = f"{Path(code.co_filename).relative_to(ROOT)}:{code.co_firstlineno}"
        return f"{where} {self.place.name}: {self.was}  →  {self.now}"


def planned(kind, rows):
    """All mistakes of a kind, each once."""
    found = {}
    for place in KINDS[kind][0](rows):
        if place.tree is not None:
            for number, mutant in enumerate(mutants(place.tree)):
                mistake = Mistake(kind, place, number, *mutant)
                while mistake.key in found:  # two lambdas of one row may be the same
                    mistake.key += "'"
                found[mistake.key] = mistake
    return list(found.values())


def refuse_what_is_gone(rows):
    """An error if the list of harmless mistakes names functions that no longer exist."""
    names = {place.name for find, _ in KINDS.values() for place in find(rows)}
    gone = {entry[0] for entry in HARMLESS} - names
    if gone:
        sys.exit(f"harmless_mistakes.py names functions that no longer exist: {', '.join(sorted(gone))}")


def print_what_is_not_needed(rows, log):
    """After a whole run of both kinds: entries of the list of harmless mistakes that explain no survivor."""
    log.read()
    everything = [mistake for kind in KINDS for mistake in planned(kind, rows)]
    missing = sum(mistake.key not in log for mistake in everything)
    if missing:
        print(f"{missing} mistakes of the whole are not in the log yet")
        return
    needed = {id(entry) for mistake in everything if not log[mistake.key] for entry in mistake.reasons}
    for entry in HARMLESS:
        if id(entry) not in needed:
            print(f"no longer needed in harmless_mistakes.py: {entry[:3]}")


def main():
    """Plant, try, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*")
    parser.add_argument("--kernels", action="store_true")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", help="file of outcomes: what was found before is not tried again")
    parser.add_argument("--shard", default="1/1", help="2/3: the second of three parts, for processes side by side")
    options = parser.parse_args()
    rows = [op for op in TABLE.values() if op.differentiable]
    refuse_what_is_gone(rows)
    kind, log = "kernels" if options.kernels else "rules", Log(options.log)
    chosen = planned(kind, [op for op in rows if not options.rows or op.name in options.rows])
    if options.sample:
        chosen = random.Random(options.seed).sample(chosen, min(options.sample, len(chosen)))
    part, parts = map(int, options.shard.split("/"))
    chosen = chosen[part - 1 :: parts]
    for op in {op: None for mistake in chosen for op in mistake.place.rows}:
        KINDS[kind][1](op)  # without a mistake it must pass, or it would seem to find all of them
    survivors = 0
    for mistake in chosen:
        if mistake.key not in log or not (log[mistake.key] or mistake.reasons):
            log.write(mistake.key, mistake.found())
        if not log[mistake.key] and not mistake.reasons:
            survivors += 1
            print(mistake, flush=True)
    print(f"{len(chosen)} mistakes planted, {survivors} survived")
    if options.log and not options.rows and not options.sample:
        print_what_is_not_needed(rows, log)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())

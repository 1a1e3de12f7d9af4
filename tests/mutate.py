"""Mutation testing: small mistakes are planted in rules and kernels one at a time, and the tests have to find each.

    python tests/mutate.py                        all rules, and the functions that they call
    python tests/mutate.py softmax gelu           those of some rows
    python tests/mutate.py --kernels              kernels: scalar functions for float64 and float32, and loops
    python tests/mutate.py --sample 200 --seed 1  a random part

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
from harmless_mistakes import HARMLESS

import nn.functional  # its rows are part of the table
from autograd import TABLE
from autograd.operation import EachInput

ROOT = Path(nn.functional.__file__).parents[2]
sys.path.insert(0, str(ROOT))

import mutate_kernels  # noqa: E402 - benchmarks, which it needs, are not installed

from benchmarks import accuracy  # noqa: E402
from benchmarks.references import REFERENCES  # noqa: E402


def harmless(name, was, now):
    """Why a surviving mistake changes nothing that matters, or None."""
    reasons = (why for n, a, b, why in HARMLESS if name == n and a in (was, "*") and b in (now, "*"))
    return next(reasons, None)


# -- mistakes ---------------------------------------------------------------------------------------------------------

_OTHER_OPERATOR = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


def mistakes(node, names):
    """What could stand in the place of a piece of code by mistake; `names` are the arguments of the function."""
    if isinstance(node, ast.BinOp):
        if type(node.op) in _OTHER_OPERATOR:
            yield ast.BinOp(node.left, _OTHER_OPERATOR[type(node.op)](), node.right)
        if isinstance(node.op, ast.MatMult):
            yield ast.BinOp(node.right, node.op, node.left)
        else:
            yield node.left
            yield node.right
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(_OTHER_OPERATOR[type(node.op)](), node.values)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OTHER_OPERATOR:
        yield ast.Compare(node.left, [_OTHER_OPERATOR[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, (int, float)):
            yield ast.Constant(node.value + 1)
            if node.value:
                yield ast.UnaryOp(ast.USub(), node)
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.Call):
        if len(node.args) > 1:
            yield ast.Call(node.func, [*node.args[:-2], node.args[-1], node.args[-2]], node.keywords)
        elif len(node.args) == 1 and not node.keywords and isinstance(node.func, ast.Name):
            yield node.args[0]
    elif isinstance(node, ast.Attribute) and node.attr in ("mT", "T"):
        yield node.value
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        yield from (ast.Name(other, ast.Load()) for other in names if other != node.id)


class _Planter(ast.NodeTransformer):
    """Plants the mistake of a number into a piece of code."""

    def __init__(self, number, names):
        self.number, self.names, self.planted = number, names, None

    def visit(self, node):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return node  # a docstring
        if isinstance(node, (ast.Raise, ast.JoinedStr)):
            return node  # what an error says
        if self.planted is None:
            for other in mistakes(node, self.names):
                if self.number == 0:
                    self.planted = ast.unparse(node), ast.unparse(other)
                    return ast.copy_location(other, node)
                self.number -= 1
        return self.generic_visit(node)


def mutants(tree):
    """The syntax tree of a function with one mistake after another: (tree, what stood there, what stands there now)."""
    arguments = tree.args.posonlyargs + tree.args.args
    names = [argument.arg for argument in arguments if argument.arg not in ("self", "position")]
    for number in itertools.count():
        mutant, planter = copy.deepcopy(tree), _Planter(number, names)
        if isinstance(mutant, ast.Lambda):
            mutant.body = planter.visit(mutant.body)
        else:
            mutant.body = [planter.visit(statement) for statement in mutant.body]
        if planter.planted is None:
            return
        yield ast.fix_missing_locations(mutant), *planter.planted


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


def found(place, trial):
    """Whether a trial of the rows finds the mistake that stands in a place now."""
    for op in place.rows[:15]:
        try:
            with np.errstate(all="ignore"):
                trial(op)
        except Exception:
            return True
    return False


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


def main():
    """Plant, try, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*")
    parser.add_argument("--kernels", action="store_true")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rows = [op for op in TABLE.values() if op.differentiable and (not options.rows or op.name in options.rows)]
    find, test = (kernel_places, mutate_kernels.trial) if options.kernels else (places, trial)
    for op in {op: None for place in find(rows) for op in place.rows}:
        test(op)  # without a mistake it must pass, or it would seem to find all of them
    planned = [(place, *mutant) for place in find(rows) if place.tree is not None for mutant in mutants(place.tree)]
    if options.sample:
        planned = random.Random(options.seed).sample(planned, min(options.sample, len(planned)))
    survivors = 0
    for place, tree, was, now in planned:
        restore = place.install(compiled(tree, place.function))
        try:
            caught = found(place, test)
        finally:
            restore()
        if not caught and harmless(place.name, was, now) is None:
            survivors += 1
            code = place.function.__code__
            where = f"{Path(code.co_filename).relative_to(ROOT)}:{code.co_firstlineno}"
            print(f"{where} {place.name}: {was}  →  {now}", flush=True)
    print(f"{len(planned)} mistakes planted, {survivors} survived")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())

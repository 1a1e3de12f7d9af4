"""Mutation testing of rules: small mistakes are planted in them one at a time, and the laws have to find each.

    python tests/mutate.py                        all rules, and the functions that they call
    python tests/mutate.py softmax gelu           those of some rows
    python tests/mutate.py --sample 200 --seed 1  a random part

A mistake that no law finds is a survivor: it is printed with its place. Either a law is missing, or the mistake changes
nothing that matters: then it belongs to `HARMLESS`, with the reason. The exit status is 1 if there are survivors.
"""

import argparse
import ast
import copy
import itertools
import random
import sys
import types
from functools import cache
from pathlib import Path

import cases
import laws
import numpy as np

import nn.functional  # its rows are part of the table
from autograd import TABLE
from autograd.operation import EachInput

ROOT = Path(nn.functional.__file__).parents[2]
# Mistakes that survive and change nothing that matters: (function, piece of code, what it became, why); * is any
SHORT_CUT = "both ways give the same, one is quicker, or an error says it in other words"
EITHER_FORMULA = "two formulas for one slope: the last digits differ, which benchmarks/accuracy.py measures"
TIMES_NOTHING = "is multiplied by 0, or stands where nothing is chosen"
SYMMETRIC = "the operation is symmetric or even, or takes both forms"
SHAPE_ONLY = "only the shape is used"
SAME_AT_THE_POINT = "both branches agree where the conditions differ"
UNTRACKED = "the rule of an input that has no gradient: integers and booleans"
EXTREMES = "guards against overflow far out, which test_activations.py and test_losses.py try"
HARMLESS = [
    ("abs", "*", "*", SHORT_CUT), ("sigmoid", "*", "*", SHORT_CUT), ("choose", "condition", "*", SHORT_CUT),
    ("relu", "y", "x", SHORT_CUT), ("linear", "*", "*", SHORT_CUT), ("axis_of", "1", "*", SHORT_CUT),
    ("_along", "what", "*", SHORT_CUT), ("_inside", "True", "False", SHORT_CUT), ("_order", "float(p)", "p", SHORT_CUT),
    ("_largest", "*", "*", SHORT_CUT), ("numbers", "*", "*", SHORT_CUT), ("_share_of", "*", "*", SHORT_CUT),
    ("_axes", "*", "*", SHORT_CUT), ("reduced_axes", "*", "*", SHORT_CUT), ("_deviation", "*", "*", SHORT_CUT),
    ("tanh", "*", "*", EITHER_FORMULA), ("sinc", "*", "*", EITHER_FORMULA), ("exp_of_square", "*", "*", EITHER_FORMULA),
    ("softplus", "*", "*", EITHER_FORMULA), ("gelu_tanh", "10000.0", "10001.0", EITHER_FORMULA),
    ("fmod", "round((a - y) / b)", "(a - y) / b", EITHER_FORMULA), ("norm", "p", "*", EITHER_FORMULA),
    ("remainder", "round((a - y) / b)", "(a - y) / b", EITHER_FORMULA), ("_wide", "*", "*", EITHER_FORMULA),
    ("gelu_tanh", "_wide(x)", "x", EITHER_FORMULA), ("gelu_sigmoid", "_wide(x)", "x", EITHER_FORMULA),
    ("mish", "_wide(x)", "x", EITHER_FORMULA),
    ("xlogy", "0.0", "1.0", TIMES_NOTHING), ("xlogy", "1.0", "*", TIMES_NOTHING), ("std", "0.0", "1.0", TIMES_NOTHING),
    ("xlogy", "a", "y", TIMES_NOTHING), ("xlogy", "b", "*", TIMES_NOTHING), ("std", "1.0", "*", TIMES_NOTHING),
    ("xlogy", "(a == 0.0) & (b == 0.0)", "a == 0.0", TIMES_NOTHING), ("step", "*", "*", TIMES_NOTHING),
    ("norm", "0.0", "1.0", TIMES_NOTHING), ("norm", "1.0", "*", TIMES_NOTHING), ("hypot", "*", "*", TIMES_NOTHING),
    ("norm", "(x == 0.0) | nought", "x == 0.0", TIMES_NOTHING), ("prelu", "x > 0", "x >= 0", TIMES_NOTHING),
    ("rrelu", "x > 0", "x >= 0", TIMES_NOTHING), ("cbrt", "1.0", "*", TIMES_NOTHING), ("cbrt", "x", "y", TIMES_NOTHING),
    ("_safe_length", "1.0", "*", TIMES_NOTHING), ("_below", "*", "*", TIMES_NOTHING),
    ("cut_log", "1.0", "*", TIMES_NOTHING), ("_shares", "0.0", "1.0", TIMES_NOTHING),
    ("_log_of_rest", "0.0", "1.0", TIMES_NOTHING), ("_not_zero", "1.0", "*", TIMES_NOTHING),
    ("_gap", "a", "b", SYMMETRIC), ("asinh", "*", "*", SYMMETRIC), ("atan2", "_safe_length(a, b)", "_safe_length(b, a)", SYMMETRIC),
    ("_safe_length", "hypot(a, b)", "hypot(b, a)", SYMMETRIC), ("mean", "1", "-1", SYMMETRIC),
    ("mean", "max(reduced_count(x, dim), 1)", "max(1, reduced_count(x, dim))", SYMMETRIC),
    ("_spread", "max(reduced_count(x, dim) - correction, 0)", "max(0, reduced_count(x, dim) - correction)", SYMMETRIC),
    ("_spread", "0", "1", SYMMETRIC), ("norm", "2.0", "-2.0", SYMMETRIC), ("mv", "*", "*", SYMMETRIC),
    ("sum", "keepdim", "*", SYMMETRIC), ("mean", "keepdim", "*", SYMMETRIC), ("var", "keepdim", "*", SYMMETRIC),
    ("std", "keepdim", "*", SYMMETRIC), ("huber", "*", "*", SYMMETRIC), ("_huber_slope", "*", "*", SYMMETRIC),
    ("categorical_cross_entropy", "least(input, 1e-12)", "least(1e-12, input)", SYMMETRIC),
    ("binary_cross_entropy", "least((1.0 - input) * input, 1e-12)", "least(1e-12, (1.0 - input) * input)", SYMMETRIC),
    ("gaussian_nll", "_at_least(var, eps)", "_at_least(eps, var)", SYMMETRIC),
    ("norm", "choose(reached, g / sum(reached, dim=dim, keepdim=True), 0.0) * sign(x)", "*", SYMMETRIC),
    ("soft_cross_entropy", "input", "target", SHAPE_ONLY), ("norm", "y", "x", SHAPE_ONLY),
    ("_to_larger", "a < b", "a <= b", SAME_AT_THE_POINT), ("celu", "x > 0", "x >= 0", SAME_AT_THE_POINT),
    ("clamp", "min", "y", SAME_AT_THE_POINT), ("clamp", "max", "y", SAME_AT_THE_POINT),
    ("hardtanh", "x", "y", SAME_AT_THE_POINT), ("relu6", "x", "y", SAME_AT_THE_POINT),
    ("hardswish", "x", "y", SAME_AT_THE_POINT), ("hardshrink", "x", "y", SAME_AT_THE_POINT),
    ("elu", "x", "y", SAME_AT_THE_POINT), ("selu", "x", "y", SAME_AT_THE_POINT), ("celu", "x", "y", SAME_AT_THE_POINT),
    ("celu", "0", "1", SAME_AT_THE_POINT), ("kl_div", "target", "y", SAME_AT_THE_POINT),
    ("least", "x <= low", "x < low", SAME_AT_THE_POINT), ("_at_least", "var < eps", "var <= eps", SAME_AT_THE_POINT),
    ("cut_log", "logarithm <= LEAST_LOG", "logarithm < LEAST_LOG", SAME_AT_THE_POINT),
    ("_smooth_l1_slope", "abs(error) < beta", "abs(error) <= beta", SAME_AT_THE_POINT),
    ("where", "0.0", "1.0", UNTRACKED), ("gather", "0.0", "1.0", UNTRACKED), ("scatter", "0.0", "1.0", UNTRACKED),
    ("scatter_add", "0.0", "1.0", UNTRACKED), ("masked_fill", "0.0", "1.0", UNTRACKED),
    ("cross_entropy", "0.0", "1.0", UNTRACKED), ("nll_loss", "0.0", "1.0", UNTRACKED),
    ("elu", "_below(x)", "x", EXTREMES), ("selu", "_below(x)", "x", EXTREMES), ("celu", "_below(x)", "x", EXTREMES),
    ("var", "2.0 / divisor if divisor else math.nan", "2.0 / divisor", EXTREMES),
    ("std", "1.0 / divisor if divisor else math.nan", "1.0 / divisor", EXTREMES),
]  # fmt: skip


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
    module = ast.fix_missing_locations(ast.Module([outer], []))
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


def _helpers_of(function, seen):
    """Functions of the project that a function calls by name, directly or not; rows are not among them."""
    for name in function.__code__.co_names:
        called = function.__globals__.get(name)
        if not isinstance(called, types.FunctionType) or called in seen:
            continue
        if called.__code__.co_filename.startswith((str(ROOT / "autograd" / "ops"), str(ROOT / "nn" / "functional"))):
            seen.add(called)
            yield called
            yield from _helpers_of(called, seen)


def places(rows):
    """Every rule of the rows, and every function that rules call."""
    helpers = {}
    for op in rows:
        for function in dict.fromkeys(_rules_of(op)):
            yield Place(op.name, function, [op], _replace_rule(op, function))
            for helper in _helpers_of(function, set()):
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
    if op.scalar is not None and op.pointwise and not op.parameters:
        numbers = cases.EXTREMES + cases.GENERIC
        for point in [(x,) for x in numbers] if len(op.inputs) == 1 else itertools.product(cases.EXTREMES, repeat=2):
            laws.law_of_floats(op, point)


def found(place):
    """Whether a law finds the mistake that stands in a place now."""
    for op in place.rows[:15]:
        try:
            with np.errstate(all="ignore"):
                trial(op)
        except Exception:
            return True
    return False


def main():
    """Plant, try, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rows = [op for op in TABLE.values() if op.differentiable and (not options.rows or op.name in options.rows)]
    for op in rows:
        _cases_of(op)
    planned = [(place, *mutant) for place in places(rows) if place.tree is not None for mutant in mutants(place.tree)]
    if options.sample:
        planned = random.Random(options.seed).sample(planned, min(options.sample, len(planned)))
    survivors = 0
    for place, tree, was, now in planned:
        restore = place.install(compiled(tree, place.function))
        try:
            caught = found(place)
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

"""Small mistakes in the syntax tree of a function, one at a time; for tests/mutate.py."""

import ast
import copy
import itertools

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

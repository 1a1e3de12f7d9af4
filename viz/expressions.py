"""Formulas typed on the command line: `1/(1+exp(-(w0*x0+w2)))` with `w0=2 x0=-1 w2=-3`.

They are read with `ast` and a list of what is allowed (numbers, names, operators, lists, functions of the table of
operations); nothing is ever run as Python. Every error shows the place.
"""

import ast
import difflib
import keyword
import math

import nn.functional  # noqa: F401 - its rows join the table of operations
from autograd import Value
from autograd.errors import AutogradError
from autograd.operation import TABLE

from .errors import ExpressionError

_OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow", ast.MatMult: "matmul",
    ast.USub: "neg", ast.UAdd: "positive",
}  # fmt: skip
_ALIASES = {"ln": "log"}
_BY_COUNT = {("max", 1): "amax", ("max", 2): "maximum", ("min", 1): "amin", ("min", 2): "minimum"}
_CONSTANTS = {"pi": math.pi}
_LONGEST = 20_000  # characters
_WINDOW = 72  # of a line in a message


def evaluate(text, bindings):
    """The Value of the formula `text`, where `bindings` gives {name: Value}.

    Raises ExpressionError, with the place, for what is no formula, a name without a number, an operation that fails.
    """
    return _Reader(text, bindings).value()


def bind(text):
    """One binding `name=number`, `v=[1, 2]` or `W=[[1, 2], [3, 4]]` as (name, Value)."""
    name, sign, numbers = text.partition("=")
    name = name.strip()
    if not sign or not name.isidentifier() or keyword.iskeyword(name):
        raise ExpressionError(
            f"{text!r} is no binding: write a name, = and a number or list, like w0=2 or W=[[1,2],[3,4]]"
        )
    if name in _CONSTANTS or name in TABLE or name in _ALIASES:
        raise ExpressionError(f"{name!r} is the name of a function or constant: choose another for your number")
    try:
        data = _Reader(numbers, {}).number_or_list()
        return name, Value(data, name=name, dtype=float)
    except ExpressionError as error:
        raise ExpressionError(f"{name}: {error}") from None
    except (ValueError, AutogradError) as error:
        raise ExpressionError(f"{name}={numbers.strip()}: the rows of a matrix must be equally long") from error


class _Reader:
    """Reads one text; the tree is walked with a stack of its own, so that no formula is too deep."""

    def __init__(self, text, bindings):
        self.text, self.bindings = text.strip(), bindings
        if not self.text:
            raise ExpressionError("the formula is empty: write one like w*x+b")
        if len(self.text) > _LONGEST:
            raise ExpressionError(f"the formula has {len(self.text):,} characters; {_LONGEST:,} are allowed")
        try:
            self.tree = ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            line = self.text.split("\n")[(error.lineno or 1) - 1]
            column = min(max((error.offset or 1) - 1, 0), len(line))
            raise _marked(f"this is no formula: {error.msg.partition(';')[0]}", line, column, column + 1) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise ExpressionError(f"this formula cannot be read: {str(error) or 'it is nested too deeply'}") from None

    def value(self):
        return self._fold(self.tree, self._visit)

    def number_or_list(self):
        return self._fold(self.tree, self._visit_number)

    def _fold(self, root, visit):
        """Post-order: `visit(node, results of its parts)` for every node, parts first."""
        todo, results = [(root, False)], []
        while todo:
            node, ready = todo.pop()
            parts = self._parts(node)
            if ready or not parts:
                count = len(parts)
                arguments = results[len(results) - count :] if count else []
                del results[len(results) - count :]
                results.append(visit(node, arguments))
            else:
                todo.append((node, True))
                todo.extend((part, False) for part in reversed(parts))
        return results[0]

    def _parts(self, node):
        match node:
            case ast.BinOp():
                return [node.left, node.right]
            case ast.UnaryOp():
                return [node.operand]
            case ast.Call(func=ast.Attribute() as method):
                return [method.value, *node.args]
            case ast.Call():
                return list(node.args)
            case ast.Attribute():
                return [node.value]
            case ast.List() | ast.Tuple():
                return list(node.elts)
        return []

    # -- nodes ------------------------------------------------------------------------------------------------

    def _visit_number(self, node, parts):
        match node:
            case ast.Constant(value=bool() | int() | float()):
                return self._number(node)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()) if not isinstance(parts[0], list):
                return -parts[0] if isinstance(node.op, ast.USub) else parts[0]
            case ast.List() | ast.Tuple():
                return list(parts)
            case ast.Name() if node.id in _CONSTANTS:
                return _CONSTANTS[node.id]
            case ast.Name() if node.id in ("inf", "nan"):
                return float(node.id)
        raise self._wrong("here a number or a list of numbers is expected", node)

    def _visit(self, node, parts):
        match node:
            case ast.Constant(value=bool() | int() | float()):
                return self._number(node)
            case ast.Name():
                return self._named(node)
            case ast.List() | ast.Tuple():
                return self._list(node, parts)
            case ast.BinOp() | ast.UnaryOp() if type(node.op) in _OPERATORS:
                return self._run(node, TABLE[_OPERATORS[type(node.op)]], parts)
            case ast.Attribute(attr="T"):
                return self._run(node, TABLE["transpose"], [*parts, -1, -2])
            case ast.Call(func=ast.Name() as function):
                return self._call(node, function.id, parts)
            case ast.Call(func=ast.Attribute() as method):
                return self._call(node, method.attr, parts)
            case ast.BinOp(op=ast.BitXor()):
                raise self._wrong("^ is no power here: write **", node)
        raise self._wrong(f"{_kind(node)} is not allowed in a formula", node)

    def _number(self, node):
        """A number as it was written: `1 + x` stays `1 + x` in the steps."""
        try:
            return node.value if type(node.value) is int and abs(node.value) < 2**53 else float(node.value)
        except OverflowError:
            raise self._wrong("this number is too large", node) from None

    def _named(self, node):
        if node.id in self.bindings:
            return self.bindings[node.id]
        if node.id in _CONSTANTS:
            return _CONSTANTS[node.id]
        if node.id in TABLE or node.id in _ALIASES:
            raise self._wrong(f"{node.id} is a function: write {node.id}(...)", node)
        hint = _similar(node.id, self.bindings) or f": add {node.id}=… (for example {node.id}=1)"
        raise self._wrong(f"{node.id} has no number{hint}", node)

    def _list(self, node, parts):
        if any(isinstance(part, Value) for part in parts):
            raise self._wrong("a list holds numbers only; give a vector as a binding: v=[1,2]", node)
        return list(parts)

    def _call(self, node, name, parts):
        op = TABLE.get(_BY_COUNT.get((name, len(parts)), _ALIASES.get(name, name)))
        if op is None:
            raise self._wrong(f"there is no function {name}{_similar(name, TABLE)}", node.func)
        parameters = {}
        for given in node.keywords:
            try:
                parameters[given.arg] = ast.literal_eval(given.value)
            except (ValueError, TypeError):
                raise self._wrong(f"{given.arg or '**'} takes a plain number here", given.value) from None
        return self._run(node, lambda *arguments: op(*arguments, **parameters), parts)

    def _run(self, node, function, parts):
        """Run an operation. A list among its operands is an array; numbers by themselves are floats, as in 2/3."""
        operands = [Value(p, requires_grad=False, dtype=float) if isinstance(p, list) else p for p in parts]
        if not any(isinstance(operand, Value) for operand in operands):
            operands = list(map(float, operands))
        try:
            return function(*operands)
        except (AutogradError, ArithmeticError, TypeError, ValueError, IndexError) as error:
            raise self._wrong(str(error), node) from error

    def _wrong(self, message, node):
        """The error with the formula and carets below the place of `node`; columns of `ast` count bytes."""
        line = self.text.split("\n")[node.lineno - 1].encode()
        start = len(line[: node.col_offset].decode())
        end = len(line[: node.end_col_offset].decode()) if node.end_lineno == node.lineno else len(line.decode())
        return _marked(message, line.decode(), start, end)


def _marked(message, line, start, end):
    """The message with its line, of which a long one is cut around the place."""
    cut = max(0, start - _WINDOW // 2)
    line, start, end = line[cut : cut + _WINDOW], start - cut, min(end - cut, _WINDOW)
    return ExpressionError(f"{message}\n    {line}\n    {' ' * start}{'^' * max(end - start, 1)}")


_KINDS = {
    "Compare": "a comparison", "BoolOp": "and/or", "Lambda": "lambda", "IfExp": "if/else", "Subscript": "indexing",
    "Attribute": "an attribute (only .T and functions, like x.sum())", "Constant": "text", "JoinedStr": "text",
    "Dict": "a dictionary", "Set": "a set", "ListComp": "a loop", "GeneratorExp": "a loop", "Call": "this call",
    "NamedExpr": ":=", "Starred": "*", "Await": "await", "BinOp": "this operator", "UnaryOp": "this operator",
}  # fmt: skip


def _kind(node):
    if isinstance(node, ast.Constant) and not isinstance(node.value, (str, bytes)):
        return repr(node.value)
    return _KINDS.get(type(node).__name__, "this")


def _similar(name, known):
    close = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else ""

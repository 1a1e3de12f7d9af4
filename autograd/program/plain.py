"""Plain loops as machine code: Python functions over whole numbers, real numbers and memory, translated as they stand.

Numba could do the same, but needs a second to think about a page of text. These functions need no thinking: arguments
are whole numbers or pointers, a variable has the type of what is first assigned to it, and there are no objects.

What they may consist of: assignments, if, while, for over range (upward), continue, return, + - * // % >> << & |,
comparisons, and, or, not, a if c else b, min and max of whole numbers, int(x), p[i]; calls of each other, and of
functions that are `inline`: these write machine code themselves.
"""

import ast
import ctypes
import functools
import inspect
import textwrap
from contextlib import contextmanager

from llvmlite import ir

WHOLE, TRUTH = ir.IntType(64), ir.IntType(1)
_WHOLE_SIGNS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.RShift: "ashr", ast.LShift: "shl"}
_WHOLE_SIGNS |= {ast.BitAnd: "and_", ast.BitOr: "or_"}
_REAL_SIGNS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
_COMPARED = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


def inline(function):
    """Mark a function(builder, *values) that writes machine code where it is called."""
    function.is_inline = True
    return function


def copied(function):
    """Mark a plain function that is copied to where it is called, since that is often."""
    function.is_copied = True
    return function


@functools.cache
def _text(function):
    return ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]


def callable_in(library, symbol, arguments):
    """A compiled function of whole numbers and addresses that can be called; others may run Python meanwhile."""
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * arguments)
    return kind(library.get_pointer_to_function(symbol))


def write_function(module, function, kinds, name=None):
    """A function as machine code in a module; its arguments are of so many kinds. It returns a whole number.

    Without a name it is for the module's own use only, and is written once.
    """
    symbol = name or f"plain_{function.__name__}"
    if symbol in module.globals:
        return module.globals[symbol]
    written = ir.Function(module, ir.FunctionType(WHOLE, kinds), symbol)
    written.attributes.add("optsize")
    if name is None:
        written.linkage = "internal"
        if getattr(function, "is_copied", False):
            written.attributes.add("alwaysinline")
    _Function(written, function).write()
    return written


class _Function:
    """A function while it is written. Each variable has a place on the stack; LLVM moves them to registers."""

    def __init__(self, written, function):
        self.written, self.text, self.names = written, _text(function), function.__globals__
        self.entry = written.append_basic_block("entry")
        self.builder = ir.IRBuilder(written.append_basic_block("begin"))
        self.variables, self.loops = {}, []

    def write(self):
        """All of it."""
        for argument, given in zip(self.text.args.args, self.written.args, strict=True):
            self._set(argument.arg, given)
        self._block(self.text.body)
        if not self.builder.block.is_terminated:
            self.builder.ret(WHOLE(0))
        ir.IRBuilder(self.entry).branch(self.written.blocks[1])

    # -- statements ---------------------------------------------------------------------------------------------------

    def _block(self, statements):
        for statement in statements:
            getattr(self, f"_{type(statement).__name__.lower()}")(statement)
            if self.builder.block.is_terminated:
                return

    def _set(self, name, value):
        if name not in self.variables:
            with self.builder.goto_block(self.entry):
                self.variables[name] = self.builder.alloca(WHOLE if value.type == TRUTH else value.type)
        self._store(value, self.variables[name])

    def _store(self, value, pointer):
        self.builder.store(self._as(value, pointer.type.pointee), pointer)

    def _put(self, target, value):
        if isinstance(target, ast.Name):
            self._set(target.id, value)
        else:
            self._store(value, self._address(target))

    def _assign(self, statement):
        (target,) = statement.targets
        several = isinstance(target, ast.Tuple)
        targets, nodes = (target.elts, statement.value.elts) if several else ([target], [statement.value])
        for target, value in zip(targets, [self._value(node) for node in nodes], strict=True):
            self._put(target, value)

    def _return(self, statement):
        self.builder.ret(self._as(self._value(statement.value), WHOLE))

    def _continue(self, statement):
        self.builder.branch(self.loops[-1])

    def _expr(self, statement):
        if not isinstance(statement.value, ast.Constant):  # a docstring
            self._value(statement.value)

    def _augassign(self, statement):
        self._put(statement.target, self._value(ast.BinOp(statement.target, statement.op, statement.value)))

    def _if(self, statement):
        with self.builder.if_else(self._truth(statement.test)) as (then, otherwise):
            with then:
                self._block(statement.body)
            with otherwise:
                self._block(statement.orelse)

    def _while(self, statement):
        with self._loop(lambda: self._truth(statement.test)):
            self._block(statement.body)

    def _for(self, statement):
        bounds = [self._value(bound) for bound in statement.iter.args]
        begin, stop, step = [WHOLE(0), *bounds, WHOLE(1)] if len(bounds) == 1 else [*bounds, WHOLE(1)][:3]
        with self.builder.goto_block(self.entry):
            counter = self.builder.alloca(WHOLE)
        self.builder.store(self.builder.sub(begin, step), counter)

        def another():
            following = self.builder.add(self.builder.load(counter), step)
            self.builder.store(following, counter)
            return self.builder.icmp_signed("<", following, stop)

        with self._loop(another):
            self._set(statement.target.id, self.builder.load(counter))
            self._block(statement.body)

    @contextmanager
    def _loop(self, goes_on):
        builder = self.builder
        test, body, end = (builder.append_basic_block(name) for name in ("test", "body", "end"))
        builder.branch(test)
        builder.position_at_end(test)
        builder.cbranch(goes_on(), body, end)
        builder.position_at_end(body)
        self.loops.append(test)
        yield
        self.loops.pop()
        if not builder.block.is_terminated:
            builder.branch(test)
        builder.position_at_end(end)

    # -- expressions --------------------------------------------------------------------------------------------------

    def _value(self, node):
        return getattr(self, f"_{type(node).__name__.lower()}")(node)

    def _truth(self, node):
        value = self._value(node)
        return value if value.type == TRUTH else self._compared("!=", value, WHOLE(0))

    def _as(self, value, kind):
        """A value as one of another kind."""
        if value.type == kind or value.type.is_pointer:
            return value
        if isinstance(kind, ir.IntType):
            if isinstance(value.type, ir.IntType):
                wider = self.builder.zext if value.type == TRUTH else self.builder.sext
                return (wider if kind.width > value.type.width else self.builder.trunc)(value, kind)
            return self.builder.fptosi(value, kind)
        if isinstance(value.type, ir.IntType):
            return self.builder.sitofp(self._as(value, WHOLE), kind)
        return (self.builder.fpext if isinstance(kind, ir.DoubleType) else self.builder.fptrunc)(value, kind)

    def _alike(self, a, b):
        """Two values as such of one kind: that of the real one, which is no constant."""
        real = [x.type for x in (a, b) if not isinstance(x.type, ir.IntType)]
        kind = min(real, key=lambda kind: isinstance(kind, ir.DoubleType)) if real else WHOLE
        return self._as(a, kind), self._as(b, kind)

    def _constant(self, node):
        return ir.DoubleType()(node.value) if isinstance(node.value, float) else WHOLE(int(node.value))

    def _name(self, node):
        if node.id in self.variables:
            return self.builder.load(self.variables[node.id])
        return self._constant(ast.Constant(self.names[node.id]))

    def _address(self, node):
        return self.builder.gep(self._value(node.value), [self._as(self._value(node.slice), WHOLE)])

    def _subscript(self, node):
        return self.builder.load(self._address(node))

    def _binop(self, node):
        a, b = self._alike(self._value(node.left), self._value(node.right))
        if not isinstance(a.type, ir.IntType):
            return getattr(self.builder, _REAL_SIGNS[type(node.op)])(a, b)
        if isinstance(node.op, (ast.FloorDiv, ast.Mod)):
            return self._divided(a, b, isinstance(node.op, ast.Mod))
        return getattr(self.builder, _WHOLE_SIGNS[type(node.op)])(a, b)

    def _divided(self, a, b, remainder):
        """Rounded down, as Python does."""
        builder, none = self.builder, WHOLE(0)
        rest = builder.srem(a, b)
        other_side = builder.icmp_signed("<", builder.xor(rest, b), none)
        down = builder.and_(builder.icmp_signed("!=", rest, none), other_side)
        if remainder:
            return builder.select(down, builder.add(rest, b), rest)
        return builder.sub(builder.sdiv(a, b), builder.zext(down, WHOLE))

    def _unaryop(self, node):
        if isinstance(node.op, ast.Not):
            return self.builder.not_(self._truth(node.operand))
        value = self._value(node.operand)
        return self.builder.neg(value) if isinstance(value.type, ir.IntType) else self.builder.fneg(value)

    def _compared(self, sign, a, b):
        a, b = self._alike(a, b)
        if isinstance(a.type, ir.IntType):
            return self.builder.icmp_signed(sign, a, b)
        return (self.builder.fcmp_unordered if sign == "!=" else self.builder.fcmp_ordered)(sign, a, b)

    def _compare(self, node):
        values, result = [self._value(part) for part in (node.left, *node.comparators)], None
        for op, a, b in zip(node.ops, values, values[1:], strict=False):
            truth = self._compared(_COMPARED[type(op)], a, b)
            result = truth if result is None else self.builder.and_(result, truth)
        return result

    def _boolop(self, node):
        """The second part is computed only where it matters: it may read what is not there."""
        with self.builder.goto_block(self.entry):
            answer = self.builder.alloca(TRUTH)
        first, *others = node.values
        self.builder.store(self._truth(first), answer)
        for other in others:
            known = self.builder.load(answer)
            matters = known if isinstance(node.op, ast.And) else self.builder.not_(known)
            with self.builder.if_then(matters):
                self.builder.store(self._truth(other), answer)
        return self.builder.load(answer)

    def _ifexp(self, node):
        a, b = self._alike(self._value(node.body), self._value(node.orelse))
        return self.builder.select(self._truth(node.test), a, b)

    def _call(self, node):
        name, values = node.func.id, [self._value(argument) for argument in node.args]
        if name in ("min", "max"):
            first = self._compared("<" if name == "min" else ">", *values)
            return self.builder.select(first, *values)
        if name == "int":
            return self._as(values[0], WHOLE)
        function = self.names[name]
        if getattr(function, "is_inline", False):
            return function(self.builder, *values)
        callee = write_function(self.builder.module, function, [value.type for value in values])
        return self.builder.call(callee, values)

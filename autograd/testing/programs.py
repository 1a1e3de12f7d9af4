"""Programs as data: a few lines of operations over variables, which any engine can run and anybody can read."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Line:
    """One operation: `target = name(*operands, **parameters)`, over numbers of variables.

    A name that ends in "_" overwrites its target, which is the first operand too: `v3.add_(v1)`.
    """

    target: int
    name: str
    operands: tuple
    parameters: dict = field(default_factory=dict)

    @property
    def in_place(self):
        """Whether the line overwrites a variable instead of making one."""
        return self.name.endswith("_")

    def __str__(self):
        operands = [f"v{number}" for number in self.operands]
        settings = [f"{key}={value!r}" for key, value in self.parameters.items()]
        if self.in_place:
            return f"v{self.target}.{self.name}({', '.join(operands[1:] + settings)})"
        return f"v{self.target} = {self.name}({', '.join(operands + settings)})"


def _written(x):
    """Numbers as code; brackets alone do not tell the shape of an array without entries."""
    x = np.asarray(x)
    return np.array2string(x, separator=", ") if x.size else f"np.zeros({x.shape})"


@dataclass(frozen=True)
class Program:
    """Inputs (arrays or floats) and lines. `str(program)` is Python that can be pasted."""

    inputs: tuple
    lines: tuple

    def run(self, functions, inputs):
        """All variables after the lines ran, as a list.

        functions   what each name means: functions[name](*operands, **parameters)
        inputs      in place of the program's own: Values, tensors or whatever the functions take
        """
        variables = list(inputs)
        for line in self.lines:
            result = functions[line.name](*(variables[number] for number in line.operands), **line.parameters)
            if line.target == len(variables):
                variables.append(result)
            else:
                variables[line.target] = result
        return variables

    @property
    def fan_out(self):
        """How often each variable is used."""
        used = [number for line in self.lines for number in line.operands]
        return [used.count(number) for number in range(len(self.inputs) + len(self.lines))]

    def __str__(self):
        first = [f"v{number} = Value({_written(x)})" for number, x in enumerate(self.inputs)]
        return "\n".join([*(line.replace("\n", "") for line in first), *map(str, self.lines)])

    __repr__ = __str__

    def _repr_pretty_(self, printer, cycle):
        """How Hypothesis shows a failing program: as lines."""
        printer.text(str(self))

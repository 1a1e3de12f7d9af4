"""`inplace=True`, as PyTorch has it: the result takes the place of the input."""

from functools import update_wrapper

from autograd.ops.inplace import in_place


class Inplace:
    """A row that takes PyTorch's `inplace=` too; everything else of the row (formula, rules, kinks ...) shows through.

    With inplace=True the input's own numbers are overwritten by the result, under the rules of in-place operations: not
    for a leaf that requires a gradient, and whoever used the old numbers and needs them raises InplaceError.
    """

    def __init__(self, row):
        self.row, self.method = row, in_place(row, f"{row.name}_")
        update_wrapper(self, row, ("__doc__",), ())
        self.__name__ = row.name
        self.enough = None if row.required else len(row.inputs)  # arguments that need not be sorted

    def __call__(self, *arguments, inplace=False, **parameters):
        row = self.row
        if self.enough == len(arguments) and not (inplace or parameters):  # as a rule
            return row.of(arguments, parameters)
        if len(arguments) > len(row.inputs) + len(row.parameters) + 1:
            raise TypeError(f"{row.name}() takes {len(row.inputs) + len(row.parameters) + 1} arguments at most")
        if len(arguments) > len(row.inputs) + len(row.parameters):
            *arguments, inplace = arguments
        return (self.method if inplace else row)(*arguments, **parameters)

    def __getattr__(self, name):
        if name == "row" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.row, name)

    def __repr__(self):
        return repr(self.row)

"""Hooks of a module: functions called before and after its forward, and when gradients have passed through it."""

from autograd.errors import GradientError
from autograd.value import CARRY, Hook, Value


class Hooked:
    """The part of Module that calls hooks. Every `register_…` gives a handle whose `remove()` takes the hook away."""

    def _prepare_hooks(self):
        self.__dict__.update(_forward_pre_hooks={}, _forward_hooks={}, _backward_hooks={})

    def register_forward_pre_hook(self, hook):
        """Before each forward call hook(module, inputs); if it returns something, that becomes the inputs."""
        return Hook(self._forward_pre_hooks, hook)

    def register_forward_hook(self, hook):
        """After each forward call hook(module, inputs, output); if it returns something, that becomes the output."""
        return Hook(self._forward_hooks, hook)

    def register_full_backward_hook(self, hook):
        """When gradients have passed call hook(module, grad_input, grad_output), two tuples of Values or None.

        If it returns a tuple (or a Value), that replaces grad_input; only for modules with one tracked input, since
        the gradients of several pass at different times. Inputs given by keyword are not seen, as in PyTorch.
        """
        return Hook(self._backward_hooks, hook)

    def _call_with_hooks(self, inputs, named):
        for hook in list(self._forward_pre_hooks.values()):
            answer = hook(self, inputs)
            if answer is not None:
                inputs = answer if isinstance(answer, tuple) else (answer,)
        passage = Passage(self, list(self._backward_hooks.values())) if self._backward_hooks else None
        if passage is not None:
            inputs = passage.enter(inputs)
        output = self.forward(*inputs, **named)
        for hook in list(self._forward_hooks.values()):
            answer = hook(self, inputs, output)
            output = output if answer is None else answer
        if passage is not None:
            passage.leave(output)
        return output


class Passage:
    """One call of a module, seen by its backward hooks: gathers the gradients at both ends."""

    def __init__(self, module, hooks):
        self.module, self.hooks = module, hooks
        self.grad_input = self.grad_output = ()
        self.awaited = 0

    def enter(self, inputs):
        """The inputs, each tracked one behind a gate of its own, where only this call's gradient comes by."""
        tracked = [thing.__class__ is Value and thing.requires_grad for thing in inputs]
        inputs = tuple(CARRY[0](thing) if is_tracked else thing for thing, is_tracked in zip(inputs, tracked))
        self.grad_input, self.count = [None] * len(inputs), sum(tracked)
        self.awaited = self.count
        for position, (thing, is_tracked) in enumerate(zip(inputs, tracked)):
            if is_tracked and thing.requires_grad:
                thing.register_hook(lambda gradient, position=position: self._arrived(position, gradient))
        return inputs

    def leave(self, output):
        """Listen at the outputs."""
        outputs = output if isinstance(output, (tuple, list)) else (output,)
        self.grad_output = [None] * len(outputs)
        for position, thing in enumerate(outputs):
            if thing.__class__ is Value and thing.requires_grad:
                thing.register_hook(lambda gradient, position=position: self._left(position, gradient))

    def _left(self, position, gradient):
        self.grad_output[position] = gradient
        if not self.count:  # the first layer: nothing behind it asks for a gradient
            self._call()

    def _arrived(self, position, gradient):
        self.grad_input[position] = gradient
        self.awaited -= 1
        if self.awaited:
            return None
        self.awaited = self.count
        answer = self._call()
        if answer is None:
            return None
        if self.count > 1:
            raise GradientError(
                f"a backward hook of {type(self.module).__name__} cannot replace the gradients of {self.count} inputs; "
                "only one can be: register a hook on each input Value instead"
            )
        return answer if answer.__class__ is Value else answer[position]

    def _call(self):
        answer = None
        for hook in self.hooks:
            given = hook(self.module, tuple(self.grad_input), tuple(self.grad_output))
            answer = answer if given is None else given
        return answer

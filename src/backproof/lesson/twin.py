"""The line of the PyTorch program that does what a step of the NumPy program does, and where its number is kept."""

from __future__ import annotations

from dataclasses import dataclass

from backproof.program.derivation import Step, Tensor
from backproof.program.program import Program


@dataclass(frozen=True)
class Twin:
    """Where PyTorch does the same."""

    line: str
    """The line as it stands in the PyTorch program."""
    read: str
    """The expression that gives PyTorch's number; empty where a module keeps it to itself."""


class Twins:
    """Finds the twin of every step of a program, in the PyTorch text itself."""

    def __init__(self, program: Program) -> None:
        self.derived = program.derivation
        self.lines = [line.strip() for line in program.torch_outline.lines]
        self.tensors = {tensor.name: tensor for tensor in self.derived.tensors}
        self.outputs = {place.output: place for place in self.derived.placed}
        self.inside = {
            name: place
            for place in self.derived.placed
            for name in place.scope.values()
            if name != place.input and name not in self.outputs and name not in self.tensors
        }
        self.states = {state.name: state for state in self.derived.states}

    def of(self, step: Step) -> Twin:
        """The twin of one step."""
        find = {"forward": self._forward, "loss": self._loss, "backward": self._backward, "update": self._update}
        return find[step.phase](step.name)

    def _line(self, start: str) -> str:
        return next(line for line in self.lines if line.startswith(start))

    def _forward(self, name: str) -> Twin:
        if name in self.tensors:
            tensor = self.tensors[name]
            place = next(place for place in self.derived.placed if place.attribute == tensor.attribute)
            return Twin(self._line(f"{place.output} = self."), self._held(tensor))
        place = self.outputs[name] if name in self.outputs else self.inside[name]
        return Twin(self._line(f"{place.output} = self."), name if name in self.outputs else "")

    def _loss(self, name: str) -> Twin:
        return Twin(self._line("loss = "), "loss.item()" if name == "loss" else "")

    def _backward(self, name: str) -> Twin:
        of = name.removeprefix("d_")
        read = ""
        if of in self.tensors:
            tensor = self.tensors[of]
            read = f"model.{tensor.attribute}.{tensor.parameter.torch}.grad" + self._turn(tensor)
        elif of in self.outputs:
            read = f"{of}.grad"
        return Twin(self._line("loss.backward()"), read)

    def _update(self, name: str) -> Twin:
        if name.startswith("clipped_"):
            tensor = self.tensors[name.removeprefix("clipped_")]
            read = f"model.{tensor.attribute}.{tensor.parameter.torch}.grad" + self._turn(tensor)
            return Twin(self._line("nn.utils.clip_grad_norm_"), read)
        if name in ("squares", "norm", "shrinkage"):
            return Twin(self._line("nn.utils.clip_grad_norm_"), "")
        if name in ("rate", "wave"):
            return Twin(self._line("scheduler.step()"), 'optimizer.param_groups[0]["lr"]' if name == "rate" else "")
        read = ""
        if name in self.tensors:
            read = self._held(self.tensors[name])
        elif name in self.states:
            state = self.states[name]
            held = f"model.{state.tensor.attribute}.{state.tensor.parameter.torch}"
            read = f'optimizer.state[{held}]["{state.torch_key}"]' + self._turn(state.tensor)
        return Twin(self._line("optimizer.step()"), read)

    def _held(self, tensor: Tensor) -> str:
        return f"model.{tensor.attribute}.{tensor.parameter.torch}" + self._turn(tensor)

    @staticmethod
    def _turn(tensor: Tensor) -> str:
        return ".T" if tensor.parameter.transposed else ""

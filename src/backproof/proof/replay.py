"""What a PyTorch module keeps to itself: the quantities inside an op, by replaying its lines under autograd.

A module gives its output; the mean inside a LayerNorm or the error inside a loss it does not show. Those lines of
the program are run on PyTorch tensors, from the module's own input, and differentiated from the gradient of the
module's own output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from backproof.ops.op import Array
from backproof.program.derivation import Step
from backproof.program.program import Program


class _Tensor(torch.Tensor):
    """A tensor with the one NumPy method that ops use and tensors lack."""

    def astype(self, dtype: torch.dtype) -> torch.Tensor:
        return self.to(dtype)


class _NumPyOnTensors:
    """NumPy's functions by the names and arguments that ops use, on PyTorch tensors."""

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)

    @staticmethod
    def sum(a: torch.Tensor, axis: int | None = None, keepdims: bool = False) -> torch.Tensor:
        return torch.sum(a) if axis is None else torch.sum(a, dim=axis, keepdim=keepdims)

    @staticmethod
    def mean(a: torch.Tensor, axis: int | None = None, keepdims: bool = False) -> torch.Tensor:
        return torch.mean(a) if axis is None else torch.mean(a, dim=axis, keepdim=keepdims)

    @staticmethod
    def max(a: torch.Tensor, axis: int, keepdims: bool = False) -> torch.Tensor:
        return torch.amax(a, dim=axis, keepdim=keepdims)

    @staticmethod
    def maximum(a: torch.Tensor, least: float) -> torch.Tensor:
        return torch.clamp(a, min=least)

    @staticmethod
    def minimum(a: torch.Tensor, most: float) -> torch.Tensor:
        return torch.clamp(a, max=most)


def replay(
    program: Program,
    before: Mapping[str, Array],
    theirs: Mapping[str, Array],
    ours: Mapping[str, Array],
) -> dict[str, Array]:
    """The quantities inside the ops and the loss, and their gradients where the program has them.

    `before` holds the data and the parameters before the step, `theirs` the outputs of the PyTorch modules and
    their gradients, `ours` the program's own quantities, from which the masks of dropout are taken.
    """
    derived = program.derivation
    found: dict[str, Array] = {}
    values = {**before, **{name: array for name, array in theirs.items() if name not in before}}
    for place in derived.placed:
        steps = [step for step in derived.forward if step.name in place.scope.values() and step.name != place.input]
        if len(steps) > 1:
            found |= _differentiate(steps, place.input, place.output, values, ours)
    found |= _differentiate(derived.loss, derived.output, "loss", values, ours)
    return {name: array for name, array in found.items() if name not in theirs and name in ours}


def _differentiate(
    steps: Sequence[Step],
    first: str,
    last: str,
    values: Mapping[str, Array],
    ours: Mapping[str, Array],
) -> dict[str, Array]:
    names: dict[str, Any] = {"np": _NumPyOnTensors(), "erf": torch.erf}
    for name in {name for step in steps for name in step.reads} & values.keys():
        # a copy: PyTorch warns of arrays that it may not write to
        names[name] = torch.from_numpy(np.array(values[name])).as_subclass(_Tensor)
    names[first].requires_grad_()
    inside: dict[str, torch.Tensor] = {}
    for step in steps:
        if "generator" in step.reads:
            names[step.name] = torch.from_numpy(ours[step.name])
        else:
            exec(step.code, names)
        if step.name not in values:
            inside[step.name] = names[step.name]
    found = {name: value.detach().numpy() for name, value in inside.items()}
    wanted = {name: value for name, value in inside.items() if value.requires_grad and name != last}
    # nothing before the first parameter has a gradient that anybody needs
    if wanted and (last == "loss" or f"d_{last}" in values):
        upstream = torch.ones(()) if last == "loss" else torch.from_numpy(values[f"d_{last}"])
        given = torch.autograd.grad(
            names[last],
            list(wanted.values()),
            grad_outputs=upstream.to(names[last].dtype),
            allow_unused=True,
        )
        found |= {f"d_{name}": slope.numpy() for name, slope in zip(wanted, given, strict=True) if slope is not None}
    return {name: np.asarray(array) for name, array in found.items()}

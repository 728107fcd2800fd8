"""The torch engine executes the program's PyTorch text: an nn.Module, a criterion, an optimizer, the loop's lines."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from backproof.engines.engine import Snapshot
from backproof.engines.numpy import first_arrays
from backproof.errors import DescriptionError
from backproof.ops.op import Array
from backproof.program.derivation import Tensor
from backproof.program.program import Program


class TorchEngine:
    """Trains the same network by autograd, from the same weights and on the same batches."""

    name = "torch"

    def __init__(self, program: Program, device: str = "cpu") -> None:
        self.program = program
        try:
            self.device = torch.device(device)
            torch.zeros(1, device=self.device).cpu()
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            reason = str(error).splitlines()[0]
            raise DescriptionError(f"PyTorch cannot use the device {device!r}: {reason}") from None
        outline = program.torch_outline
        filename = f"<backproof PyTorch program {id(self):x}>"
        sections = ("imports", "classes", "model", "criterion", "optimizer", "gradients", "update")
        imports, classes, model, criterion, self._optimizer, self._gradients, self._update = outline.compile(
            filename, *sections
        )
        generator = np.random.default_rng(program.settings.seed)
        self._names: dict[str, Any] = {"__name__": filename, "generator": generator}
        # drawing PyTorch's own first weights must not disturb the caller's chance
        with torch.random.fork_rng(devices=[]):
            exec(imports, self._names)
            exec(classes, self._names)
            exec(model, self._names)
        exec(criterion, self._names)
        self._model.to(device=self.device, dtype=getattr(torch, program.settings.dtype))
        self._steps = 0
        derived = program.derivation
        first = first_arrays(program)
        self.load_tensors({tensor.name: first[tensor.name] for tensor in derived.tensors})
        exec(self._optimizer, self._names)

    @property
    def generator(self) -> np.random.Generator:
        """What shuffles and masks are drawn from."""
        generator: np.random.Generator = self._names["generator"]
        return generator

    @property
    def _model(self) -> nn.Module:
        model: nn.Module = self._names["model"]
        return model

    def load(self, array: Array) -> torch.Tensor:
        return torch.from_numpy(array).to(self.device)

    def step(self, x: torch.Tensor, y: torch.Tensor, epoch: int) -> float:  # noqa: ARG002
        names = self._names
        names["x"], names["y"] = x, y
        exec(self._gradients, names)
        exec(self._update, names)
        self._steps += 1
        return float(names["loss"].item())

    def end_epoch(self) -> None:
        if "scheduler" in self._names:
            self._names["scheduler"].step()

    @contextmanager
    def _evaluating(self) -> Iterator[None]:
        self._model.eval()
        with torch.no_grad():
            yield
        self._model.train()

    def evaluate(self, x: torch.Tensor, y: torch.Tensor) -> float:
        expression = self.program.network.loss.torch_loss("model(x)", "y")
        with self._evaluating():
            return float(eval(expression, self._names | {"x": x, "y": y}).item())

    def predict(self, x: Array) -> Array:
        with self._evaluating():
            output: Array = self._model(self.load(x)).cpu().numpy()
        return output

    def _held(self, tensor: Tensor) -> torch.Tensor:
        held: torch.Tensor = getattr(getattr(self._model, tensor.attribute), tensor.parameter.torch)
        return held

    def _grad(self, tensor: Tensor) -> torch.Tensor:
        grad = self._held(tensor).grad
        assert grad is not None
        return grad

    def tensors(self) -> dict[str, Array]:
        return {tensor.name: _as_numpy(self._held(tensor), tensor) for tensor in self.program.derivation.tensors}

    def load_tensors(self, tensors: dict[str, Array]) -> None:
        with torch.no_grad():
            for tensor in self.program.derivation.tensors:
                array = tensors[tensor.name]
                self._held(tensor).copy_(torch.from_numpy(array.T if tensor.parameter.transposed else array))

    def snapshot(self) -> Snapshot:
        states = {}
        kept = self._names["optimizer"].state
        for state in self.program.derivation.states:
            value = kept.get(self._held(state.tensor), {}).get(state.torch_key)
            if value is None:
                value = torch.full_like(self._held(state.tensor), state.initial)
            states[state.name] = _as_numpy(value, state.tensor)
        return Snapshot(self.tensors(), states, self._steps, dict(self.generator.bit_generator.state))

    def restore(self, snapshot: Snapshot) -> None:
        self.load_tensors(snapshot.tensors)
        self.generator.bit_generator.state = snapshot.generator
        self._steps = snapshot.steps
        exec(self._optimizer, self._names)
        if snapshot.steps == 0:
            return
        kept = self._names["optimizer"].state
        for tensor in self.program.derivation.trained:
            if any(state.tensor is tensor for state in self.program.derivation.states):
                kept[self._held(tensor)]["step"] = torch.tensor(float(snapshot.steps))
        for state in self.program.derivation.states:
            array = snapshot.states[state.name]
            held = self._held(state.tensor)
            value = torch.from_numpy(array.T if state.tensor.parameter.transposed else array)
            kept[held][state.torch_key] = value.clone().to(held)

    def quantities(
        self,
        x: torch.Tensor,
        y: torch.Tensor,
        epoch: int,
        gradients: dict[str, Array] | None = None,
    ) -> dict[str, Array]:
        derived = self.program.derivation
        values: dict[str, torch.Tensor] = {}
        hooks = []
        for place in derived.placed:

            def keep(_module: nn.Module, _inputs: Any, output: torch.Tensor, name: str = place.output) -> None:
                if output.requires_grad:
                    output.retain_grad()
                values[name] = output

            hooks.append(getattr(self._model, place.attribute).register_forward_hook(keep))
        names = self._names
        names["x"], names["y"] = x, y
        exec(self._gradients, names)
        for hook in hooks:
            hook.remove()
        found = {name: _as_numpy(value) for name, value in values.items()}
        found["loss"] = _as_numpy(names["loss"])
        found |= {f"d_{name}": _as_numpy(value.grad) for name, value in values.items() if value.grad is not None}
        for tensor in derived.trained:
            held = self._held(tensor)
            found[f"d_{tensor.name}"] = _as_numpy(self._grad(tensor), tensor)
            if gradients is not None:
                given = gradients[f"d_{tensor.name}"]
                held.grad = torch.from_numpy(given.T if tensor.parameter.transposed else given).clone().to(held)
        self._set_epoch(epoch)
        if self.program.settings.schedule:
            found["rate"] = np.asarray(names["optimizer"].param_groups[0]["lr"])
        exec(self._update, names)
        if self.program.settings.clip_norm:
            found |= {f"clipped_{tensor.name}": _as_numpy(self._grad(tensor), tensor) for tensor in derived.trained}
        after = self.snapshot()
        self._steps += 1
        return found | after.tensors | after.states

    def _set_epoch(self, epoch: int) -> None:
        """Let a fresh scheduler come to this epoch by its own steps."""
        if "scheduler" in self._names:
            with warnings.catch_warnings():
                # PyTorch warns that no optimizer step came between
                warnings.simplefilter("ignore", UserWarning)
                for _ in range(epoch - self._names["scheduler"].last_epoch):
                    self._names["scheduler"].step()


def _as_numpy(value: torch.Tensor, tensor: Tensor | None = None) -> Array:
    array: Array = value.detach().cpu().numpy().copy()
    return np.ascontiguousarray(array.T) if tensor and tensor.parameter.transposed else array

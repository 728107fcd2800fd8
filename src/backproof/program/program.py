"""A program: the steps of a network under an optimizer, with settings and data. It can be written out."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from backproof.display import Shown
from backproof.errors import DataError, DescriptionError
from backproof.network import Network
from backproof.ops.op import Array
from backproof.program.derivation import Derivation, Step, draws
from backproof.program.literals import is_packed
from backproof.program.numpy_text import numpy_text
from backproof.program.text import Text
from backproof.program.torch_text import torch_text
from backproof.settings import Data, Settings, check_data


class Program(Shown):
    """What trains a network: steps, settings and data.

    Raises DescriptionError or DataError when they do not fit together.
    """

    def __init__(self, network: Network, settings: Settings, data: Data) -> None:
        self.network = network
        self.data = check_data(network, settings, data)
        self.derivation = Derivation(network, settings.optimizer, settings.schedule, settings.clip_norm)
        self.settings = self._with_arrays(settings)

    def _with_arrays(self, settings: Settings) -> Settings:
        """The settings with weights given as arrays checked and brought to the run's dtype."""
        if not isinstance(settings.init, Mapping):
            return settings
        arrays: dict[str, Array] = {}
        for tensor in self.derivation.tensors:
            given = settings.init.get(tensor.name)
            shape = tensor.parameter.shape
            if given is None and tensor.parameter.initial is not None:
                given = np.full(shape, tensor.parameter.initial)
            if given is None or np.shape(given) != shape:
                found = "is missing" if given is None else f"has shape {np.shape(given)}"
                raise DescriptionError(f"init: {tensor.name} must have shape {shape}, but it {found}.")
            try:
                arrays[tensor.name] = np.array(given, dtype=settings.dtype, order="C")
            except (TypeError, ValueError):
                raise DescriptionError(f"init: {tensor.name} must hold numbers, but it holds {given!r}.") from None
            if not np.isfinite(arrays[tensor.name]).all():
                raise DescriptionError(f"init: {tensor.name} holds numbers that are not finite.")
        unknown = set(settings.init) - set(arrays)
        if unknown:
            raise DescriptionError(f"init: the network has no parameter {min(unknown)}; it has {', '.join(arrays)}.")
        return replace(settings, init=arrays)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of one training step, in order."""
        return self.derivation.steps

    @property
    def title(self) -> str:
        """The network in a few words, such as "A 4-16-3 network"."""
        sizes = [str(self.data.x.shape[1])]
        width = self.data.x.shape[1]
        for op in self.network.ops:
            width = op.outputs(width)
            if type(op).__name__ == "Linear":
                sizes.append(str(width))
        number = sizes[0]
        article = "An" if number.startswith("8") or number in ("11", "18") else "A"
        return f"{article} {'-'.join(sizes)} network"

    @property
    def rows_a_step(self) -> int:
        """How many rows a step learns from; the last of an epoch may have fewer."""
        rows = len(self.data.x)
        return min(self.settings.batch_size or rows, rows)

    @property
    def steps_an_epoch(self) -> int:
        """How many steps go through all rows once."""
        return -(-len(self.data.x) // self.rows_a_step)

    @property
    def widest(self) -> int:
        """How many columns the widest array of rows has, the data's or a layer's."""
        widths = [tensor.parameter.shape[-1] for tensor in self.derivation.tensors]
        return max(int(self.data.x.shape[1]), *widths)

    @property
    def uses_chance(self) -> bool:
        """Whether training draws numbers after the first weights: an order of rows, or masks."""
        return bool(self.settings.batch_size) or draws(self.steps)

    @property
    def has_packed(self) -> bool:
        """Whether some array is too long to be written out."""
        arrays = [value for value in vars(self.data).values() if value is not None]
        if isinstance(self.settings.init, Mapping):
            arrays += self.settings.init.values()
        return any(is_packed(array) for array in arrays)

    @cached_property
    def numpy_outline(self) -> Text:
        """The NumPy text with long arrays left out, line for line as in `source`."""
        return numpy_text(self, elide=True)

    @cached_property
    def torch_outline(self) -> Text:
        """The PyTorch text with long arrays left out, line for line as in `torch_source`."""
        return torch_text(self, elide=True)

    @property
    def source(self) -> str:
        """The complete program in NumPy, ready to be run by `python`."""
        return str(numpy_text(self))

    @property
    def torch_source(self) -> str:
        """The complete program in PyTorch, ready to be run by `python`."""
        return str(torch_text(self))

    def write(self, path: str | os.PathLike[str], to: str = "numpy") -> None:
        """Write the complete program to a file, for `to` "numpy" or "torch".

        Raises DataError for a place that cannot be written to, or a name that would hide a library from the program.
        """
        from backproof.files import write_text

        if to not in ("numpy", "torch"):
            raise DescriptionError(f'to is {to!r}, but it must be "numpy" or "torch".')
        check_name(path)
        write_text(Path(path), self.source if to == "numpy" else self.torch_source)

    def __str__(self) -> str:
        return str(self.numpy_outline)


def check_name(path: str | os.PathLike[str]) -> None:
    """Raise DataError for a name under which a program would import itself instead of a library."""
    if Path(path).stem in sys.stdlib_module_names | {"numpy", "scipy", "torch", "numba", "llvmlite"}:
        raise DataError(
            f"{path}: a program of this name would import itself instead of the library: name it otherwise."
        )

"""Anything that NumPy calls an array, as a tensor."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

Tensor = torch.Tensor
F64 = torch.float64


def tensor(value: Any) -> Tensor:
    """Anything that NumPy calls an array, in float64, int64 or bool; of complex numbers the real part.

    Where a derivative is taken by a complex step, that is the network at the point itself.
    """
    if isinstance(value, Tensor):
        return value
    if isinstance(value, list | tuple | range) and any(isinstance(item, Tensor | list | tuple) for item in value):
        return torch.stack(list(torch.broadcast_tensors(*(real(tensor(item)) for item in value))))
    array = np.asarray(value)
    if array.dtype.kind == "c":
        array = array.real
    if array.dtype.kind == "f":
        array = array.astype(np.float64)
    elif array.dtype.kind in "iu":
        array = array.astype(np.int64)
    elif array.dtype.kind != "b":
        raise TypeError(f"{array.dtype} is not a number")
    return torch.from_numpy(
        np.ascontiguousarray(array).reshape(array.shape).copy()
        if not array.flags.writeable
        else np.ascontiguousarray(array).reshape(array.shape)
    )


def real(value: Any) -> Tensor:
    """As `tensor`, and in float64 whatever it was."""
    made = tensor(value)
    return made if made.dtype == F64 else made.to(F64)


def number(value: Any) -> Any:
    return value.item() if isinstance(value, Tensor) else value


def axes_of(axis: Any, dimensions: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(dimensions))
    chosen = axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(int(number(a)) % max(dimensions, 1) for a in chosen)


def shape_of(parts: Sequence[Any]) -> tuple[int, ...]:
    if len(parts) == 1 and isinstance(parts[0], tuple | list):
        parts = parts[0]
    return tuple(int(number(part)) for part in parts)


def plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value.detach().numpy() if isinstance(value, Tensor) else value

"""What puts elements elsewhere and leaves them as they are: turned, joined, repeated, picked."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from backproof.check.replay.operations.tensors import Tensor, axes_of, number, plain, real, shape_of, tensor


def _reshape(x: Any, *shape: Any, order: str = "C", newshape: Any = None, **_: Any) -> Tensor:
    x = tensor(x)
    if shape and isinstance(shape[-1], str):
        order, shape = shape[-1], shape[:-1]
    wanted = shape_of(shape if newshape is None and "shape" not in _ else (newshape or _["shape"],))
    if order == "F":
        backwards = x.permute(*range(x.ndim)[::-1]).reshape(tuple(reversed(_known(wanted, x.numel()))))
        return backwards.permute(*range(backwards.ndim)[::-1])
    return x.reshape(wanted)


def _known(shape: tuple[int, ...], count: int) -> tuple[int, ...]:
    rest = math.prod(size for size in shape if size != -1)
    return tuple(count // rest if size == -1 else size for size in shape)


def _transpose(x: Any, *axes: Any, **keywords: Any) -> Tensor:
    x = tensor(x)
    given = keywords.get("axes", axes if axes and axes[0] is not None else None)
    order = (
        shape_of(given if isinstance(given, tuple) and given and isinstance(given[0], tuple | list) else (given,))
        if given
        else None
    )
    return x.permute(*(order or range(x.ndim)[::-1]))


def _flat(x: Any, order: str = "C", **_: Any) -> Tensor:
    x = tensor(x)
    return x.permute(*range(x.ndim)[::-1]).reshape(-1) if order == "F" else x.reshape(-1)


def _same(x: Any, *_: Any, **__: Any) -> Tensor:
    return tensor(x)


def _cast(x: Any, kind: Any = None, *_: Any, **__: Any) -> Tensor:
    """What is true or false becomes ones and zeros, as an index that is not a mask any more."""
    value = tensor(x)
    return real(value) if value.dtype == torch.bool and kind not in (bool, "bool", np.bool_) else value


def _listed(x: Any, *_: Any, ndmin: int = 0, **__: Any) -> Tensor:
    made = tensor(x)
    while made.ndim < ndmin:
        made = made[None]
    return made


def _joined(items: Any, axis: Any = 0, **_: Any) -> Tensor:
    parts = [real(item) for item in items]
    return torch.cat([p.reshape(-1) for p in parts]) if axis is None else torch.cat(parts, dim=int(axis))


def _stacked(items: Any, axis: Any = 0, **_: Any) -> Tensor:
    return torch.stack([real(item) for item in items], dim=int(axis))


def _columns(items: Any, **_: Any) -> Tensor:
    parts = [real(item) for item in items]
    return torch.cat([p[:, None] if p.ndim == 1 else p for p in parts], dim=1)


def _beside(items: Any, **_: Any) -> Tensor:
    parts = [torch.atleast_1d(real(item)) for item in items]
    return torch.cat(parts, dim=0 if parts[0].ndim == 1 else 1)


def _below(items: Any, **_: Any) -> Tensor:
    return torch.cat([torch.atleast_2d(real(item)) for item in items], dim=0)


def _squeeze(x: Any, axis: Any = None, **_: Any) -> Tensor:
    x = tensor(x)
    return torch.squeeze(x) if axis is None else torch.squeeze(x, dim=axes_of(axis, x.ndim))


def _tile(x: Any, reps: Any, **_: Any) -> Tensor:
    return torch.tile(real(x), shape_of((reps,) if not isinstance(reps, tuple | list) else reps))


def _resized(x: Any, shape: Any, **_: Any) -> Tensor:
    """Of numpy's two kinds the one that begins anew where it has come to an end (numpy.resize)."""
    flat, wanted = _listed(x).reshape(-1), shape_of((shape,))
    size = math.prod(wanted)
    return flat.repeat(-(-size // max(len(flat), 1)))[:size].reshape(wanted)


def _diag(x: Any, k: Any = 0, **_: Any) -> Tensor:
    return torch.diag(real(x), int(k))


def _roll(x: Any, shift: Any, axis: Any = None, **_: Any) -> Tensor:
    return (
        torch.roll(tensor(x), int(number(shift)))
        if axis is None
        else torch.roll(tensor(x), int(number(shift)), int(axis))
    )


def _flip(x: Any, axis: Any = None, **_: Any) -> Tensor:
    x = tensor(x)
    return torch.flip(x, axes_of(axis, x.ndim))


def _float(x: Any, *_: Any) -> Tensor:
    return real(x).reshape(())


def _c(parts: Any) -> Tensor:
    items = [real(p) for p in (parts if isinstance(parts, tuple) else (parts,))]
    return torch.cat([p[:, None] if p.ndim == 1 else p for p in items], dim=-1)


def _r(parts: Any) -> Tensor:
    items = [
        torch.arange(p.start or 0, p.stop, p.step or 1, dtype=torch.float64) if isinstance(p, slice) else real(p)
        for p in (parts if isinstance(parts, tuple) else (parts,))
    ]
    return torch.cat([p.reshape(1) if p.ndim == 0 else p for p in items])


def _trimmed(items: Any, shape: Any) -> Tensor:
    return torch.stack([real(item) for item in items]).reshape(shape)


def _expand(x: Any, axis: Any = 0, **_: Any) -> Tensor:
    x = tensor(x)
    places = axis if isinstance(axis, tuple | list) else (axis,)
    dimensions = x.ndim + len(places)
    for place in sorted(int(number(a)) % dimensions for a in places):
        x = x.unsqueeze(place)
    return x


def _rolled(x: Any, axis: Any, start: Any = 0) -> Tensor:
    x = tensor(x)
    axis, start = int(axis) % x.ndim, int(start) if int(start) >= 0 else int(start) + x.ndim
    return torch.movedim(x, axis, start - 1 if start > axis else start)


def _repeat(x: Any, repeats: Any, axis: Any = None, **_: Any) -> Tensor:
    x = real(x)
    counts = int(number(repeats)) if isinstance(repeats, int) or np.ndim(plain(repeats)) == 0 else tensor(repeats)
    return torch.repeat_interleave(x.reshape(-1) if axis is None else x, counts, dim=0 if axis is None else int(axis))


def _pad(x: Any, width: Any, mode: str = "constant", constant_values: Any = 0, **_: Any) -> Tensor:
    x = real(x)
    widths = np.broadcast_to(np.asarray(plain(width)), (x.ndim, 2))
    for axis, (before, behind) in enumerate(widths.astype(int).tolist()):
        if mode != "constant":
            places = np.pad(np.arange(x.shape[axis]), (before, behind), mode=mode)  # type: ignore[call-overload]
            x = torch.index_select(x, axis, torch.from_numpy(places))
            continue
        values = np.broadcast_to(np.asarray(plain(constant_values), dtype=float), (x.ndim, 2))[axis]
        sides = [
            torch.full((*x.shape[:axis], count, *x.shape[axis + 1 :]), value, dtype=x.dtype)
            for count, value in zip((before, behind), values.tolist(), strict=True)
        ]
        x = torch.cat([sides[0], x, sides[1]], dim=axis)
    return x


def _inserted(x: Any, where: Any, value: Any, axis: Any = None) -> Tensor:
    x = real(x)
    position = int(number(where))
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = int(axis)
    size = [1 if d == axis else s for d, s in enumerate(x.shape)]
    middle = torch.broadcast_to(real(value), size) if not isinstance(value, Tensor) else real(value).reshape(size)
    position += x.shape[axis] if position < 0 else 0
    first, last = torch.split(x, [position, x.shape[axis] - position], dim=axis)
    return torch.cat([first, middle, last], dim=axis)


def _deleted(x: Any, where: Any, axis: Any = None) -> Tensor:
    x = tensor(x)
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = int(axis) % x.ndim
    gone = where if isinstance(where, slice) else np.asarray(tensor(where), dtype=np.int64)
    left = torch.from_numpy(np.delete(np.arange(x.shape[axis]), gone))
    return torch.index_select(x, axis, left)


def _take(x: Any, indices: Any, axis: Any = None, **_: Any) -> Tensor:
    x, where = tensor(x), tensor(indices).long()
    if axis is None:
        return x.reshape(-1)[where]
    return x[(slice(None),) * (int(axis) % x.ndim) + (where,)]


def _diagonal(x: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, **_: Any) -> Tensor:
    return torch.diagonal(tensor(x), int(offset), int(axis1), int(axis2))


def _deep(items: Any, **_: Any) -> Tensor:
    return torch.dstack([real(item) for item in items])


SHAPES: dict[str, Callable[..., Any]] = {
    "reshape": _reshape,
    "transpose": _transpose,
    "permute_dims": _transpose,
    "matrix_transpose": lambda x: tensor(x).mT,
    "flatten": _flat,
    "ravel": _flat,
    "squeeze": _squeeze,
    "expand_dims": _expand,
    "swapaxes": lambda x, a, b: torch.swapaxes(tensor(x), int(a), int(b)),
    "moveaxis": lambda x, a, b: torch.movedim(tensor(x), a, b),
    "rollaxis": _rolled,
    "atleast_1d": lambda x: torch.atleast_1d(tensor(x)),
    "atleast_2d": lambda x: torch.atleast_2d(tensor(x)),
    "copy": _same,
    "array": _listed,
    "asarray": _listed,
    "asanyarray": _listed,
    "ascontiguousarray": _listed,
    "asfarray": _listed,
    "astype": _cast,
    "float": _float,
    "real": _same,
    "stack_list": _trimmed,
    "matrix": lambda x, *_, **__: torch.atleast_2d(_listed(x)),
    "asmatrix": lambda x, *_, **__: torch.atleast_2d(_listed(x)),
    "concatenate": _joined,
    "stack": _stacked,
    "vstack": _below,
    "row_stack": _below,
    "hstack": _beside,
    "dstack": _deep,
    "column_stack": _columns,
    "append": lambda a, b, axis=None: _joined([a, b], axis),
    "c_": _c,
    "r_": _r,
    "insert": _inserted,
    "delete": _deleted,
    "repeat": _repeat,
    "tile": _tile,
    "resize": _resized,
    "broadcast_to": lambda x, shape, **_: torch.broadcast_to(tensor(x), shape_of((shape,))),
    "pad": _pad,
    "roll": _roll,
    "flip": _flip,
    "fliplr": lambda x: torch.fliplr(tensor(x)),
    "flipud": lambda x: torch.flipud(tensor(x)),
    "rot90": lambda x, k=1, axes=(0, 1): torch.rot90(tensor(x), int(k), tuple(axes)),
    "diag": _diag,
    "diagflat": lambda x, k=0: torch.diagflat(real(x), int(k)),
    "diagonal": _diagonal,
    "triu": lambda x, k=0: torch.triu(tensor(x), int(k)),
    "tril": lambda x, k=0: torch.tril(tensor(x), int(k)),
    "take": _take,
    "take_along_axis": lambda x, where, axis: torch.take_along_dim(real(x), tensor(where).long(), int(axis)),
}

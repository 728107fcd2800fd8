"""Which elements of an array an index, or a view, means."""

from typing import Any

import numpy as np
import torch

from backproof.check.replay.operations import Tensor, number


def is_simple(index: Any) -> bool:
    items = index if isinstance(index, tuple) else (index,)
    return all(
        item is None
        or item is Ellipsis
        or (isinstance(item, int) and not isinstance(item, bool))
        or (
            isinstance(item, slice)
            and (item.step is None or item.step > 0)
            and all(p is None or isinstance(p, int) for p in (item.start, item.stop))
        )
        for item in items
    )


def _numpy_index(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(_numpy_index(item) for item in index)
    if isinstance(index, list):
        return [_numpy_index(item) for item in index]
    if isinstance(index, range):
        return list(index)
    if isinstance(index, Tensor):
        array = index.detach().numpy()
        with np.errstate(invalid="ignore"):  # an edit may make any number an index
            return array.astype(np.int64) if array.dtype.kind == "f" else array
    if isinstance(index, slice):
        return slice(*(None if part is None else int(number(part)) for part in (index.start, index.stop, index.step)))
    return index


def positions(source: Tensor, index: Any) -> Tensor:
    """Where in the flat array the indexed elements stand: NumPy's own rules decide."""
    flat = np.arange(source.numel()).reshape(tuple(source.shape))
    return torch.from_numpy(np.array(flat[_numpy_index(index)]))


def last_of_each(places: Tensor) -> Tensor:
    """Which of the writes to some places is seen afterwards: where a place is written twice, NumPy keeps the last."""
    _, first = np.unique(places.numpy()[::-1], return_index=True)
    return torch.from_numpy(places.numel() - 1 - first)


def layout(source: Tensor, offset: int, shape: Any, strides: Any, own: Any) -> Tensor:
    """As `positions`, for a view of memory: the owner may lie there in another order than C's."""
    size = source.numel()
    if not (_inside(size, 0, tuple(source.shape), tuple(own)) and _inside(size, offset, tuple(shape), tuple(strides))):
        raise ValueError("a view of memory of another shape")
    lengths = np.array((*source.shape[1:], 1), dtype=np.int64)
    if tuple(own) == tuple(np.cumprod(lengths[::-1])[::-1]):  # in C's order a place in memory is its own number
        places = np.full(tuple(shape), offset)
        for axis, stride in enumerate(strides):
            steps = np.arange(shape[axis]) * stride
            places += steps.reshape((-1,) + (1,) * (len(shape) - axis - 1))
        return torch.from_numpy(places)
    numbered = np.arange(size).reshape(tuple(source.shape))
    memory = np.zeros(size, np.int64)
    np.lib.stride_tricks.as_strided(memory, tuple(source.shape), tuple(8 * stride for stride in own))[...] = numbered
    seen = np.lib.stride_tricks.as_strided(memory[offset:], tuple(shape), tuple(8 * stride for stride in strides))
    return torch.from_numpy(np.array(seen))


def _inside(size: int, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Whether a layout looks at the elements of a memory only."""
    if len(shape) != len(strides) or 0 in shape:
        return len(shape) == len(strides)
    steps = [(length - 1) * stride for length, stride in zip(shape, strides, strict=True)]
    return offset + sum(s for s in steps if s < 0) >= 0 and offset + sum(s for s in steps if s > 0) < size


def trimmed(shape: Any, dimensions: int) -> tuple[int, ...]:
    trimmed: tuple[int, ...] = tuple(shape)
    while len(trimmed) > dimensions and trimmed[0] == 1:
        trimmed = trimmed[1:]
    return trimmed

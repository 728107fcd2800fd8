"""Parts of arrays in a replay: read, written, split, and other views of the same numbers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch

from backproof.check.record.memory import Ref
from backproof.check.record.trace import WRITES, Trace
from backproof.check.replay.operations import F64, Tensor, number, real, tensor
from backproof.check.replay.operations.places import is_simple, last_of_each, layout, positions, trimmed

_LARGE = 20_000  # elements


class Parts(ABC):
    """What is known of a record's nodes, and a function for each operation on a part of one: `_do_` and its name."""

    def __init__(self, trace: Trace, known: Mapping[int, Tensor]) -> None:
        self.trace = trace
        self.known: dict[int, Any] = dict(known)

    @abstractmethod
    def resolved(self, argument: Any) -> Any:
        """An argument with the nodes' tensors in their places."""

    def _do_getitem(self, _node: int, holder: Any, where: Any) -> Tensor:
        source, index = tensor(self.resolved(holder)), self.resolved(where)
        if not is_simple(index):
            return source.reshape(-1)[positions(source, index)]
        part = source[index]
        # a little of what is let go of soon must not keep the whole
        return part.clone() if self._is_written(holder) and 4 * part.numel() < source.numel() else part

    def _is_written(self, holder: Any) -> bool:
        """Whether something is large and was filled place by place."""
        node = int(holder) if isinstance(holder, Ref) else len(self.trace)
        written = node < len(self.trace) and self.trace.operations[node] in WRITES
        return written and self.known[node].numel() > _LARGE

    def _do_setitem(self, _node: int, holder: Any, where: Any, value: Any) -> Tensor:
        source, index, new = tensor(self.resolved(holder)), self.resolved(where), tensor(self.resolved(value))
        if new.dtype == F64 and source.dtype != F64:
            source = source.to(F64)
        made = source.clone()
        if is_simple(index):
            target = made[index]
            made[index] = torch.broadcast_to(
                new.to(source.dtype).reshape(trimmed(new.shape, target.ndim)), target.shape
            )
            return made
        places = positions(source, index)
        flat, written = made.reshape(-1), torch.broadcast_to(new.to(source.dtype), places.shape).reshape(-1)
        last = last_of_each(places.reshape(-1))
        flat[places.reshape(-1)[last]] = written[last]
        return flat.reshape(source.shape)

    def _do_view(self, _node: int, holder: Any, offset: int, shape: Any, strides: Any, own: Any) -> Tensor:
        source = tensor(self.resolved(holder))
        return source.reshape(-1)[layout(source, offset, shape, strides, own)]

    def _do_setview(
        self, _node: int, holder: Any, offset: int, shape: Any, strides: Any, own: Any, value: Any
    ) -> Tensor:
        source, new = tensor(self.resolved(holder)), tensor(self.resolved(value))
        flat = source.reshape(-1).clone()
        flat[layout(source, offset, shape, strides, own)] = new.to(flat.dtype)
        return flat.reshape(source.shape)

    def _at(self, holder: Any, where: Any, value: Any, sign: float) -> Tensor:
        source, index = real(self.resolved(holder)), self.resolved(where)
        places = positions(source, index)
        added = torch.broadcast_to(real(self.resolved(value)), places.shape) * sign
        return source.reshape(-1).index_add(0, places.reshape(-1), added.reshape(-1)).reshape(source.shape)

    def _do_add_at(self, _node: int, holder: Any, where: Any, value: Any) -> Tensor:
        return self._at(holder, where, value, 1.0)

    def _do_subtract_at(self, _node: int, holder: Any, where: Any, value: Any) -> Tensor:
        return self._at(holder, where, value, -1.0)

    def _do_fill(self, node: int, _holder: Any, value: Any) -> Tensor:
        return torch.broadcast_to(real(self.resolved(value)), self.trace.shape(node)).clone()

    def _do_copyto(self, node: int, _holder: Any, value: Any, *_: Any) -> Tensor:
        return torch.broadcast_to(real(self.resolved(value)), self.trace.shape(node)).clone()

    def _do_fill_diagonal(self, _node: int, holder: Any, value: Any, *_: Any) -> Tensor:
        made = real(self.resolved(holder)).clone()
        rows = torch.arange(min(made.shape))
        made[rows, rows] = real(self.resolved(value))
        return made

    def _do_put_along_axis(self, _node: int, holder: Any, where: Any, value: Any, axis: Any = None, *_: Any) -> Tensor:
        axis = axis["axis"] if isinstance(axis, dict) else axis
        source, index = real(self.resolved(holder)), tensor(self.resolved(where)).long()
        axis = 0 if axis is None else axis
        return source.scatter(int(axis), index, torch.broadcast_to(real(self.resolved(value)), index.shape))

    def _do_item(self, _node: int, whole: Any, position: int) -> Tensor:
        parts = self.known.get(int(whole))
        if isinstance(parts, tuple | list):
            return parts[position]  # type: ignore[no-any-return]
        raise NotImplementedError("one of several results")

    def _split(self, arguments: tuple[Any, ...], dimension: int | None = None) -> tuple[Tensor, ...]:
        keywords = arguments[-1] if isinstance(arguments[-1], dict) else {}
        plain = [self.resolved(a) for a in arguments if not isinstance(a, dict)]
        axis = plain[2] if len(plain) > 2 else keywords.get("axis", dimension or 0)
        sections = plain[1]
        if isinstance(sections, int):
            return torch.tensor_split(tensor(plain[0]), sections, dim=int(axis))
        return torch.tensor_split(tensor(plain[0]), [int(number(s)) for s in sections], dim=int(axis))

    def _do_split(self, _node: int, *arguments: Any) -> Any:
        return self._split(arguments)

    def _do_array_split(self, _node: int, *arguments: Any) -> Any:
        return self._split(arguments)

    def _do_hsplit(self, _node: int, *arguments: Any) -> Any:
        return self._split(arguments, 1)

    def _do_vsplit(self, _node: int, *arguments: Any) -> Any:
        return self._split(arguments, 0)

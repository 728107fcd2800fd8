"""The small constants that keep a logarithm or a division from breaking, and a computation without them."""

from typing import Any

from backproof.check.record.memory import Ref
from backproof.check.record.trace import Trace
from backproof.check.replay.operations import F64, Tensor

_EPSILON = 1e-4  # constants up to this size are there for nothing else
_READING = ("add", "subtract", "clip", "maximum", "minimum")


def without_epsilon(operation: str, arguments: list[Any]) -> list[Any]:
    """The arguments of an operation with zero, or one, for what is that but for a small constant."""

    def plain(value: Any) -> Any:
        if isinstance(value, Tensor) and not value.requires_grad and value.ndim == 0 and value.dtype == F64:
            return _plain(value.item()) if _is_small(value.item()) else value
        return _plain(value) if _is_small(value) else value

    return [plain(value) for value in arguments] if operation in _READING else arguments


def has_epsilon(trace: Trace, dependent: frozenset[int]) -> bool:
    """Whether such a constant is read by what is computed from parameters, and is no constant itself: if none is,
    nothing is another value without them."""
    for node in dependent:
        for argument in trace.arguments[node] if trace.operations[node] in _READING else ():
            fixed = isinstance(argument, Ref) and int(argument) not in dependent
            value = trace.values[int(argument)] if fixed else argument
            if _is_small(float(value) if fixed and value is not None and trace.shape(int(argument)) == () else value):
                return True
    return False


def _is_small(value: Any) -> bool:
    return isinstance(value, float) and (0 < abs(value) <= _EPSILON or 0 < abs(1 - value) <= _EPSILON)


def _plain(value: float) -> float:
    return float(round(value))

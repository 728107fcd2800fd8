"""Which samples training uses, and which a told loss is computed from."""

import numpy as np

from backproof.check.losses.losses import Standard, Stated
from backproof.check.losses.outputs import nodes_at, output_nodes
from backproof.check.record.memory import Ref
from backproof.check.record.trace import PRODUCTS, Trace
from backproof.check.replay.frame import Frame, Key

_MOST = 50_000_000  # bytes of samples that are compared


def trained_on(frame: Frame, loss: Standard) -> set[bytes]:
    """The samples that training was seen to use, at all steps; empty if that is not known."""
    trace = frame.trace
    places: dict[tuple[Key, int], set[tuple[str, int]]] = {}
    for node, side in _meetings(frame, output_nodes(frame, loss.pair)):
        places.setdefault((frame.key(node), side), set()).add(_origin(trace, node, side))
    # where one line goes through all layers, only those operands are samples that come from where samples come from
    found = [
        (node, side)
        for node in range(len(trace))
        for (key, side), origins in places.items()
        if frame.key(node) == key and _origin(trace, node, side) in origins
    ]
    return _vectors(frame, found)


def _origin(trace: Trace, node: int, side: int) -> tuple[str, int]:
    """How the operand of a product was made, and where."""
    operand = trace.arguments[node][side] if side < len(trace.arguments[node]) else None
    return (trace.operations[int(operand)], trace.sites[int(operand)]) if isinstance(operand, Ref) else ("", -1)


def told_of(frame: Frame, told: Stated) -> set[bytes]:
    """The samples that a loss is computed from; empty if that is not known."""
    return _vectors(frame, _meetings(frame, nodes_at(frame, told.key)))


def _meetings(frame: Frame, ends: list[int]) -> list[tuple[int, int]]:
    """The products in which data meet parameters, with the side on which the data stand."""
    found: list[tuple[int, int]] = []
    for node in frame.ancestors(ends, frame.forward):
        arguments = frame.trace.arguments[node]
        if frame.trace.operations[node] not in PRODUCTS or len(arguments) < 2:
            continue
        for side in (0, 1):
            other, mine = arguments[side], arguments[1 - side]
            if not isinstance(mine, Ref) or not isinstance(other, Ref):
                continue
            if int(other) in frame.dependent or int(other) in frame.given:
                continue
            turned = frame.trace.operations[int(mine)] == "transpose"
            if (frame.trace.inputs(int(mine))[0] if turned else int(mine)) in frame.given:
                found.append((node, side))
    return found


def _vectors(frame: Frame, met: list[tuple[int, int]]) -> set[bytes]:
    """The samples among the operands of products: rows where they stand on the left, columns on the right."""
    found: set[bytes] = set()
    weight = 0
    for node, side in met:
        operand = frame.trace.arguments[node][side]
        data = frame.trace.values[int(operand)] if isinstance(operand, Ref) else None
        if not isinstance(data, np.ndarray) or data.ndim not in (1, 2) or data.strides == (0,) * data.ndim:
            return set()
        weight += data.nbytes
        if weight > _MOST:
            return set()
        rows = np.atleast_2d(data if side == 0 or data.ndim == 1 else data.T)
        found |= {np.ascontiguousarray(row, dtype=np.float64).tobytes() for row in rows}
    return found

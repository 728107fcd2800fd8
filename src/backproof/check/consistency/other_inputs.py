"""Whether the network predicts from what it was trained with: not from data that training scales first, and not from a
part of what it looks up for each sample."""

from collections.abc import Container, Iterator
from typing import Any

import numpy as np

from backproof.check.consistency.afterwards import records_after
from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.consistency.recognised import parameter_texts, recognised
from backproof.check.judge.judgement import Judgement
from backproof.check.record.memory import Array, Ref
from backproof.check.record.trace import PRODUCTS, Trace
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading
from backproof.check.sandbox.recording import Recording

_SCALING = ("subtract", "divide")
_ARRANGING = {
    "getitem", "concatenate", "hstack", "vstack", "column_stack", "append", "insert", "delete", "transpose", "reshape",
    "astype", "asarray", "array", "copy", "view", "item", "float", "c_", "stack", "atleast_2d", "ravel",
}  # fmt: skip
_RAW = "`{}` is given to the network as it is, though training scales it first."
_CUT = "`{}` looks up {} of the {} rows that training looks up for each sample."


def other_inputs(
    recording: Recording, judgement: Judgement, stretch: int, reading: Reading, name: str
) -> Inconsistency | None:
    """The line after training in which the network is given other inputs than those that it was trained with."""
    frame = judgement.frames[0]
    texts = parameter_texts(frame, reading)
    raw, looked_up = list(_raw(frame)), list(_looked_up(frame))
    if not texts or not (raw or looked_up):
        return None
    for later, begin in records_after(recording, judgement.training, stretch):
        trace = later.trace
        known = set(recognised(trace, begin, frame, texts, reading).known)
        for node in range(begin, len(trace)):
            site = trace.sites[node]
            if site < 0 or recording.sites.files[site] != name:
                continue
            reason = _unscaled(trace, node, known, raw, reading) or _cut(trace, node, known, looked_up, reading)
            if reason:
                return Inconsistency(recording.sites.sites[site].line, reading.text_at(site), "prediction", reason)
    return None


def _unscaled(trace: Trace, node: int, known: set[int], raw: list[Array], reading: Reading) -> str:
    """What is wrong with a product of a parameter, or a part of one, with data; nothing if that is no raw data."""
    arguments = trace.arguments[node]
    if trace.operations[node] not in PRODUCTS or len(arguments) < 2:
        return ""
    for mine, other in (arguments[:2], arguments[1::-1]):
        if not isinstance(mine, Ref) or not isinstance(other, Ref) or not _is_of(trace, int(mine), known):
            continue
        given = trace.values[int(other)]
        turned = given.T if isinstance(given, np.ndarray) else None
        if any(_same(given, value) or _same(turned, value) for value in raw):
            operands = reading.operands(trace.sites[node])
            position = 0 if other is arguments[0] else 1
            text = reading.segment(trace.sites[node], operands[position]) if len(operands) > position else ""
            return _RAW.format(text or "This")
    return ""


def _cut(trace: Trace, node: int, known: set[int], looked_up: list[Array], reading: Reading) -> str:
    """What is wrong with rows of a parameter that are looked up; nothing if they are those of training."""
    rows = _rows(trace, node)
    if rows is None or trace.inputs(node)[0] not in known:
        return ""
    for whole in looked_up:
        cut = rows.shape[0] == whole.shape[0] > 1 and 0 < rows.shape[1] < whole.shape[1]
        if cut and any(_same(rows, part) for part in (whole[:, : rows.shape[1]], whole[:, -rows.shape[1] :])):
            return _CUT.format(reading.text_at(trace.sites[node]), rows.shape[1], whole.shape[1])
    return ""


def _raw(frame: Frame) -> Iterator[Array]:
    """The data that training subtracts something from, or divides, before they meet a parameter."""
    trace = frame.trace
    for node in sorted(frame.forward):
        arguments = trace.arguments[node]
        if trace.operations[node] not in PRODUCTS or len(arguments) < 2:
            continue
        for mine, other in (arguments[:2], arguments[1::-1]):
            if not isinstance(mine, Ref) or not isinstance(other, Ref) or int(other) in frame.dependent:
                continue
            if int(other) not in frame.given and _is_of(trace, int(mine), frame.given):
                yield from _scaled(trace, int(other))


def _scaled(trace: Trace, node: int) -> Iterator[Array]:
    """What a value is made of by subtracting and dividing column by column."""
    stack, seen = [(node, False)], set[int]()
    while stack:
        at, scaled = stack.pop()
        value = trace.values[at]
        if at in seen or not isinstance(value, np.ndarray) or value.ndim != 2:
            continue
        seen.add(at)
        if scaled:
            yield value
        operation, inputs = trace.operations[at], trace.inputs(at)
        if operation in _SCALING and inputs and _is_for_all(trace, at):
            stack.append((inputs[0], True))
        elif operation in _ARRANGING:
            stack += [(earlier, scaled) for earlier in inputs]


def _is_for_all(trace: Trace, node: int) -> bool:
    """Whether something is subtracted from an array, or it is divided by something, that is the same for all rows."""
    first, other = trace.arguments[node][:2]
    if not isinstance(first, Ref) or trace.shape(int(first)) != trace.shape(node):
        return False
    shape = trace.shape(int(other)) if isinstance(other, Ref) else ()
    return len(shape) < 2 or 1 in shape


def _looked_up(frame: Frame) -> Iterator[Array]:
    """The numbers of the rows that training looks up, several for each sample."""
    for node in sorted(frame.forward):
        rows = _rows(frame.trace, node)
        if rows is not None and frame.trace.inputs(node)[0] in frame.given:
            yield rows


def _rows(trace: Trace, node: int) -> Array | None:
    """The numbers of the rows that are read of an array, several for each sample."""
    if trace.operations[node] != "getitem":
        return None
    where: Any = trace.arguments[node][1]
    where = trace.values[int(where)] if isinstance(where, Ref) else where
    return where if isinstance(where, np.ndarray) and where.ndim == 2 and where.dtype.kind in "iu" else None


def _is_of(trace: Trace, node: int, parameters: Container[int]) -> bool:
    """Whether a value is a parameter, or a fixed part of one."""
    while node not in parameters and trace.operations[node] in ("getitem", "transpose", "view"):
        if len(trace.inputs(node)) != 1:
            return False
        node = trace.inputs(node)[0]
    return node in parameters


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, np.ndarray) and one.shape == other.shape and bool(np.array_equal(one, other))

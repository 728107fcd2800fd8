"""Activations that the backward pass applies to what they gave in the forward pass: the derivative that a file writes
for z is given a, which is the commonest mistake of all. A sigmoid's slope is then taken at sigmoid(a)."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from backproof.check.losses.losses import Loss, computed_from
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor, real
from backproof.check.replay.operations.elementwise import ELEMENTWISE

_PLAIN = {"tanh": "tanh", "expit": "sigmoid"}
_ENDS = ("divide", "reciprocal", "power")  # the last operations of a sigmoid or tanh that is written out
_WITHIN = 8  # operations that one is written in, at most
_MOST = 2000  # nodes that are looked at: a loop over samples says the same again and again
_SAME = 1e-12


@dataclass(frozen=True)
class SquashedTwice:
    """A sigmoid, or a tanh, of what is one already.

    Args:
        node: what it gives in the backward pass.
        read: what it is applied to.
    """

    node: int
    read: int


def squashed_twice(frame: Frame, loss: Loss) -> Iterator[SquashedTwice]:
    """The sigmoids and tanhs of a step's backward pass that are applied to what the same one gave in the forward
    pass."""
    path = computed_from(frame, loss)
    given: set[tuple[str, bytes]] = set()
    for node in _ends(frame, path):
        if (found := _squashed(frame, node)) is not None:
            given.add((found[0], _digits(frame, node)))
            given.add((found[0], _digits(frame, node, turned=True)))
    for node in _ends(frame, frame.backward - path) if given else ():
        found = _squashed(frame, node)
        if found is not None and (found[0], _digits(frame, found[1])) in given:
            yield SquashedTwice(node, found[1])


def _ends(frame: Frame, nodes: set[int]) -> list[int]:
    """The nodes that may be the last operation of a sigmoid or a tanh, in the order of execution."""
    return [node for node in sorted(nodes) if frame.trace.operations[node] in (*_PLAIN, *_ENDS)][:_MOST]


def _squashed(frame: Frame, node: int) -> tuple[str, int] | None:
    """Which function such a node is the end of, and what that is applied to; None if it ends neither of the two."""
    trace = frame.trace
    operation = trace.operations[node]
    if operation in _PLAIN:
        inputs = trace.inputs(node)
        return (_PLAIN[operation], inputs[0]) if inputs else None
    value = _value(frame, node)
    behind, seen = [node], set[int]()
    while behind and len(seen) < _WITHIN:
        for earlier in trace.inputs(behind.pop(0)):
            if earlier in seen or trace.shape(earlier) != trace.shape(node):
                continue
            seen.add(earlier)
            before = _value(frame, earlier)
            for name, function in (("sigmoid", torch.sigmoid), ("tanh", torch.tanh)):
                if bool((value - function(before)).abs().max() <= _SAME):
                    return name, earlier
            if trace.operations[earlier] in ELEMENTWISE:
                behind.append(earlier)
    return None


def _digits(frame: Frame, node: int, *, turned: bool = False) -> bytes:
    value = _value(frame, node)
    return (value.T if turned and value.ndim == 2 else value).contiguous().numpy().tobytes()


def _value(frame: Frame, node: int) -> Tensor:
    with torch.no_grad():
        return real(frame.replay.value(node)).detach()

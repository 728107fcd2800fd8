"""Losses whose value moves the parameters, and not their slope: `2 * loss` where `2 * error` is meant."""

from collections.abc import Iterator
from dataclasses import dataclass

from backproof.check.losses.losses import Standard, Stated, is_scalar
from backproof.check.losses.outputs import nodes_at
from backproof.check.losses.pairs import pairs
from backproof.check.losses.stated import recognized_as
from backproof.check.replay.frame import Frame

_MOST = 4  # numbers that are shown and moved by


@dataclass(frozen=True)
class Valued:
    """The value of a squared error that moves something, and the error itself, or the errors."""

    loss: int
    error: int


def valued(frame: Frame) -> Iterator[Valued]:
    """Where a step moves a parameter by the value of a loss that it shows."""
    shown = [n for n in sorted(frame.backward & frame.forward) if n in frame.trace.shown and is_scalar(frame, n)]
    standard = [Standard("squared", pair) for pair in pairs([frame])] if shown else []
    for node in shown[:_MOST]:
        behind = frame.ancestors([node], frame.forward)
        for loss in standard:
            errors = [n for n in nodes_at(frame, loss.pair.key) if n in behind]
            if errors and recognized_as([frame], Stated(frame.key(node), True), [loss]) is not None:
                yield Valued(node, errors[-1])
                break

"""Activations that a network computes and passes over: its next layer multiplies its weights with what the activation
was computed from."""

from collections.abc import Iterator
from dataclasses import dataclass

from backproof.check.losses.losses import Loss, computed_from
from backproof.check.record.memory import Ref
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations.elementwise import ELEMENTWISE
from backproof.check.replay.operations.products import PRODUCTS


@dataclass(frozen=True)
class PassedOver:
    """An activation that the loss does not depend on.

    Args:
        activation: its node.
        reader: the node that multiplies weights with what it was computed from.
        position: which of the reader's arguments that is.
    """

    activation: int
    reader: int
    position: int


def passed_over(frame: Frame, loss: Loss) -> Iterator[PassedOver]:
    """The activations of a step that stood there already when what they were computed from was multiplied with
    weights, and that the loss is not computed from."""
    trace, readers = frame.trace, frame.training.readers
    path = computed_from(frame, loss)
    for reader in sorted(path):
        if trace.operations[reader] not in PRODUCTS:
            continue
        for position, argument in enumerate(trace.arguments[reader]):
            if not isinstance(argument, Ref) or int(argument) not in path:
                continue
            shape, behind = trace.shape(int(argument)), [int(argument)]
            made = list[int]()
            while behind:
                nodes = (n for n in readers[behind.pop()] if n < reader and n in frame.forward and n not in path)
                new = [n for n in nodes if trace.operations[n] in ELEMENTWISE and trace.shape(n) == shape]
                behind += [n for n in new if n not in made]
                made += [n for n in new if n not in made]
            if made:
                yield PassedOver(max(made), reader, position)

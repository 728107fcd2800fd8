"""What a program computes after training, as a step in which nothing is moved."""

from collections.abc import Callable, Iterator
from functools import partial

import torch

from backproof.check.consistency.recognised import Recognised, parameter_texts, recognised
from backproof.check.cut.parameters import Step, Training
from backproof.check.cut.tried_moves import are_tried
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import F64, Tensor, real
from backproof.check.replay.replay import Replay
from backproof.check.replay.values import Reading
from backproof.check.sandbox.recording import Recording

Point = Callable[[int], Frame]
"""A frame at a point near the recorded one, by the seed of the noise that makes it."""
_NEAR = 3  # operations from a value to its next one
_SPREAD = 0.05  # of the noise that is added to a parameter, beside its own size


def records_after(recording: Recording, training: Training, stretch: int) -> Iterator[tuple[Training, int]]:
    """What is recorded after a training, with the node that it begins at, until something else is trained; and before
    that, what it tells now and then while it runs on."""
    updates = {training.chains[parameter].site for parameter in training.parameters}
    for number, later in enumerate(recording.trainings[stretch:], stretch):
        trace = later.trace
        if number == stretch:
            begin = training.steps[-1].end + 1
            if (trace.end is not None and trace.end < len(trace)) or _begins_anew(training, begin, updates):
                return  # another training follows in the same record
            for aside in recording.asides.get(trace.number, ()):
                told = Training(aside)
                if not told.steps and not any(site in updates for site in aside.sites):
                    yield told, 0
            if begin < len(trace) and not are_tried(trace, begin):
                yield training, begin
        elif any(site in updates for site in trace.sites) or later.steps or are_tried(trace, 0):
            return  # what comes after it is computed with what was trained there, or with what is tried
        else:
            yield later, 0


def _begins_anew(training: Training, begin: int, updates: set[int]) -> bool:
    """Whether the lines of the moves move something else from a node on, that is made of nothing that was trained."""
    trace = training.trace
    known = {v for chain in training.chains for v in chain.versions if v is not None} | training.carrying
    for node in range(begin, len(trace)):
        if trace.sites[node] in updates:
            near = frontier = {node}
            for _ in range(_NEAR):
                frontier = {earlier for n in frontier for earlier in trace.inputs(n)}
                near = near | frontier
            return known.isdisjoint(near)
    return False


class Afterwards(Frame):
    """A record after training: a frame whose parameters are those that were recognised, at a point near their values.

    Args:
        found: what was recognised in the record.
        frame: the step of the training in which the parameters were known.
        moved: the seed of the noise that makes the point.
    """

    def __init__(self, training: Training, begin: int, found: Recognised, frame: Frame, moved: int) -> None:
        owners = {node: parameter for parameter, node in frame.step.before.items() if node is not None}
        starts = {owners[parameter]: node for node, parameter in found.known.items() if parameter in owners}
        self.training = training
        self.trace = training.trace
        self.number = 0
        self.moved = moved
        self.horizon = found.end
        self.found = {}
        self.step = Step(dict(starts), dict.fromkeys(starts, found.end), begin - 1, found.end)
        own = {parameter: self._near(node, found) for parameter, node in starts.items()}
        self.given = {node: own[owners[at]] for node, at in found.known.items() if at in owners}
        self.forward = self.dependent = self._computed(found)
        replay = Replay(self.trace, self.given, self.dependent, exact=False, without_epsilon=True)
        self.replay = replay.varied(self.given, set(), found.patched)

    def _near(self, node: int, found: Recognised) -> Tensor:
        """The value of a parameter with a little noise: at the point itself something may be just at a kink."""
        value = found.numbers[node] if node in found.numbers else self.trace.values[node]
        start = real(value) if hasattr(value, "shape") else torch.tensor(float(value), dtype=F64)
        generator = torch.Generator().manual_seed((self.moved or 0) + node)
        noise = torch.randn(start.shape, generator=generator, dtype=F64)
        return (start + _SPREAD * start.abs().mean() * noise).detach().requires_grad_()

    def _computed(self, found: Recognised) -> frozenset[int]:
        """What is computed from the parameters."""
        dependent: set[int] = set()
        for node in range(self.step.start + 1, len(self.trace)):
            inputs = self.trace.inputs(node)
            reads = node in found.patched or any(n in self.given or n in dependent for n in inputs)
            if reads and node not in self.given:
                dependent.add(node)
        return frozenset(dependent)


def after_training(recording: Recording, frame: Frame, stretch: int, reading: Reading) -> Iterator[Point]:
    """The records after training in which parameters are read and something is shown."""
    texts = parameter_texts(frame, reading)
    for training, begin in records_after(recording, frame.training, stretch):
        if any(node >= begin for node in training.trace.shown):
            found = recognised(training.trace, begin, frame, texts, reading)
            if found.known:
                yield partial(Afterwards, training, begin, found, frame)

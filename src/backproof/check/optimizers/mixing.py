"""Optimizers that mix up what they keep of one parameter with what they keep of another."""

from backproof.check.cut.parameters import Training
from backproof.check.losses.match import Match
from backproof.check.optimizers.observed import Fault
from backproof.check.replay.frame import Frame

_WHY = "what is kept of another parameter is taken for this one's"


def mixed(training: Training, frames: list[Frame], found: Match) -> list[Fault]:
    """The parameters that are moved by what is kept of other parameters from earlier steps, and of none of their own.

    What all of them share, as the norm to which gradients are clipped, is computed from the gradients of this step.
    """
    faulty: dict[int, Fault] = {}
    for frame in frames[:3]:
        kept = _kept_before(training, frame)
        for parameter, evidence in found.evidence.items():
            if evidence.handed is None or parameter in faulty or parameter not in frame.step.after:
                continue
            gradients = {n for n in frame.backward if frame.key(n) == evidence.handed}
            behind = _behind(training, frame, frame.step.after[parameter], set(kept), gradients)
            if behind and all(kept[n] != parameter for n in behind):
                faulty[parameter] = Fault(parameter, training.chains[parameter].site, _WHY)
    return list(faulty.values())


def _kept_before(training: Training, frame: Frame) -> dict[int, int]:
    """What optimizers keep from the step before, with the parameter that it belongs to."""
    found: dict[int, int] = {}
    for chain, owner in training.states.items():
        before = [v for v in training.chains[chain].versions if v is not None and v <= frame.step.start]
        if before:
            found[before[-1]] = owner
    return found


def _behind(training: Training, frame: Frame, update: int, kept: set[int], gradients: set[int]) -> set[int]:
    """Which of the kept values a move is computed from, on the way from the gradient on."""
    before = set(frame.given)
    stack, seen, found = [update], set[int](), set[int]()
    while stack:
        for earlier in training.trace.inputs(stack.pop()):
            if earlier in kept:
                found.add(earlier)
            elif earlier > frame.step.start and earlier not in seen and earlier not in gradients | before:
                seen.add(earlier)
                stack.append(earlier)
    return found

"""Training that moves nothing: every update is exactly zero, though what is given out depends on the weights."""

from collections.abc import Iterable

import torch

from backproof.check.judge.judgement import Judgement
from backproof.check.record.trace import PRODUCTS
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import real

_STEPS = 3  # that tell
_SUMS = 4  # one after the other in a residual network of some layers, at least
_PRODUCTS = ("multiply", "matmul", "dot")


def zero_since(judgement: Judgement) -> Key | None:
    """Where the zero begins that every parameter is moved by at every step; None if something is moved.

    A network whose error is zero is not moved either, and not wrong: the zero must come from a value that is zero
    before the network was run.
    """
    frames = [frame for frame in judgement.frames if frame.parameters]
    if len(judgement.training.steps) < _STEPS or not stands_still(judgement):
        return None
    origins = [_origin(frame) for frame in frames]
    return origins[-1] if None not in origins else None


def stands_still(judgement: Judgement) -> bool:
    """Whether nothing is moved at any of the steps that are looked at, for whatever reason."""
    return not any(bool(move.any()) for frame in judgement.frames for move in frame.moves.values())


def is_mostly_dead(judgement: Judgement) -> bool:
    """Whether a network is right as far as is seen, and its loss asks most of its parameters for nothing: by chance all
    units of a layer may be where ReLU is zero."""
    evidence = judgement.match.evidence.values() if judgement.verdict == "right" and judgement.match is not None else ()
    return 2 * sum(not (e.agreeing or e.differing) for e in evidence) > len(evidence)


def says_little(judgement: Judgement) -> bool:
    """Whether what seems to be trained stands still, or is added to a few times and held against nothing: the sums of a
    network with residual connections look so, where it predicts."""
    few = judgement.match is None and len(judgement.training.steps) <= _SUMS
    return few or stands_still(judgement)


def is_no_training(judgement: Judgement, others: Iterable[Judgement]) -> bool:
    """Whether what seems to be trained is held against nothing, where another training of the file is right: what is
    simulated before it, or subtracted from the data, what a recurrent network keeps of a sequence where it predicts, or
    what it makes on its way; or is no network, as the centres of clusters are none, which are never multiplied with
    anything given."""
    chains = judgement.training.chains
    # where a cart is, and how fast it goes, may be computed from each other, and follows no loss
    simulated = judgement.stated is None and all(chains[p].shape == () for p in judgement.training.parameters)
    if judgement.match is not None and (judgement.verdict != "unknown" or (_multiplies(judgement) and not simulated)):
        return False
    for other in others:
        if other.verdict == "right" and other is not judgement:
            made = {frame.trace.sites[node] for frame in other.frames[:1] for node in frame.forward}
            apart = judgement.training.trace is not other.training.trace or not _overlap(judgement, other)
            if apart or simulated or all(chain.site in made for chain in chains):
                return True
    return False


def _overlap(one: Judgement, other: Judgement) -> bool:
    """Whether one training goes on while another does, and not only before it, as where the data are prepared, or after
    it."""
    steps, others = one.training.steps, other.training.steps  # each tells where it ends; the first began with the run
    return steps[0].end <= others[-1].end and others[0].end <= steps[-1].end


def _multiplies(judgement: Judgement) -> bool:
    """Whether something that is trained, or computed from it, is multiplied with what is given."""
    for frame in judgement.frames[:1]:
        for node in frame.dependent:
            inputs = frame.trace.inputs(node)
            given = [n for n in inputs if n not in frame.dependent and n not in frame.given]
            if frame.trace.operations[node] in (*PRODUCTS, "multiply") and 0 < len(given) < len(inputs):
                return True
    return False


def _origin(frame: Frame) -> Key | None:
    """The product in which a number that is not zero meets the zero of before: a value of the step, or a rate, if
    nothing of what the network computes comes in."""
    for parameter in frame.parameters:
        stack, seen = [frame.step.after[parameter]], set[int]()
        added = frame.added(parameter)
        alone = added is not None and added[0] not in frame.dependent
        while stack:
            node = stack.pop()
            inputs = [n for n in frame.trace.inputs(node) if n not in frame.given]
            zeros = [n for n in inputs if _is_zero(frame, n)]
            old = [n for n in zeros if n <= frame.step.start or frame.trace.operations[n] == "leaf"]
            met = len(zeros) < len(set(inputs)) or alone
            if old and met and frame.trace.operations[node] in _PRODUCTS:
                return frame.key(node)
            stack += [n for n in zeros if n not in seen]
            seen.update(zeros)
    return None


def _is_zero(frame: Frame, node: int) -> bool:
    with torch.no_grad():
        value = frame.replay.value(node)
    return isinstance(value, torch.Tensor) and value.is_floating_point() and not bool(real(value).any())

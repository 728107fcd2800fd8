"""Whether weights decay by the shares that the stated loss holds of them; told now and then, it tells for all steps."""

import torch

from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.consistency.recognised import parameter_names
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.evidence import TOLERANCE, decayed_evidence, factor_and_residual
from backproof.check.losses.losses import Stated, stated_losses, value
from backproof.check.losses.match import penalties
from backproof.check.record.memory import Ref
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor, real
from backproof.check.replay.values import Reading

_SAME = 0.01  # how far two shares may be apart, relative to the larger


def other_share(judgement: Judgement, reading: Reading, name: str) -> Inconsistency | None:
    """A parameter that decays by another share of itself than others do, though a loss that is shown holds their
    squares. None if it is not so, or if it cannot be known."""
    found, frames = judgement.match, judgement.frames
    shown = [loss for loss in stated_losses(frames) if loss.shown]
    if found is None or found.loss in shown:
        return None
    told = next((shares for loss in shown if (shares := _told(frames, loss))), {})
    ratios: dict[int, float] = {}
    for parameter, share in told.items():
        if parameter in found.evidence and (decay := _decay(judgement, parameter)) is not None:
            ratios[parameter] = decay / share

    def like(ratio: float) -> int:
        return sum(abs(ratio - other) <= _SAME * abs(ratio) for other in ratios.values())

    # where each has its own, the largest is the one that was meant
    usual = max(ratios.values(), key=lambda ratio: (like(ratio), ratio), default=0.0)
    odd = next((p for p, ratio in ratios.items() if abs(ratio - usual) > _SAME * abs(usual)), None)
    if odd is None or usual <= 0:
        return None
    return _reported(frames[0], odd, ratios[odd] / usual, reading, name)


def _decay(judgement: Judgement, parameter: int) -> float | None:
    """What a parameter's moves hold of itself beside one of its gradient, whatever the rate: the same at each step."""
    assert judgement.match is not None
    gradients, decays = judgement.match.gradients, []
    for number in gradients:
        # of a single step, for the rate may change from one to the next
        if parameter not in gradients[number]:
            continue
        move, gradient = judgement.frames[number].move(parameter), gradients[number][parameter]
        if factor_and_residual(move, gradient)[1] <= TOLERANCE:
            decays.append(0.0)
        elif (found := decayed_evidence(judgement.frames, {number: gradients[number]}, parameter)) is not None:
            decays.append(found.decay)
    return decays[0] if decays and max(decays) - min(decays) <= _SAME * max(map(abs, decays)) else None


def _told(frames: list[Frame], loss: Stated) -> dict[int, float]:
    """How much of each parameter itself the gradient of a stated loss holds, where it is first computed."""
    for frame in frames:
        made = value(frame, loss)
        if made is None or not made.requires_grad:
            continue
        shares: dict[int, float] = {}
        for parameter, node in penalties(frame, loss):
            start, square = frame.given[frame.step.before[parameter] or 0], frame.replay.value(node)
            slopes = torch.autograd.grad(made, square, retain_graph=True, allow_unused=True)[0]
            if slopes is None:
                return {}
            (slope,) = torch.autograd.grad(square, start, slopes, retain_graph=True)
            share, residual = factor_and_residual(slope, start.detach())
            if residual > TOLERANCE or not share:
                return {}
            shares[parameter] = shares.get(parameter, 0.0) + share
        return shares
    return {}


def _reported(frame: Frame, parameter: int, ratio: float, reading: Reading, name: str) -> Inconsistency | None:
    node = share_at(frame, parameter)
    site = frame.trace.sites[frame.step.after[parameter] if node is None else node]
    if site < 0 or reading.sites.files[site] != name:
        return None
    text = reading.text_at(site)
    names = parameter_names(frame, reading)
    own = f"`{names[start]}`" if (start := frame.step.before[parameter]) in names else "This array"
    how = f"decays by {ratio:.3g} times the share" if ratio else "does not decay by the share"
    reason = f"{own} {how} of the others, though the penalty in the stated loss does not ask for that."
    return Inconsistency(reading.sites.sites[site].line, text, "penalty", reason)


def share_at(frame: Frame, parameter: int) -> int | None:
    """Where a share of a parameter is made: it is multiplied with a number on the way to its move; else None."""
    start = frame.step.before[parameter]
    for node in sorted(frame.backward):
        arguments = frame.trace.arguments[node]
        own = [a for a in arguments if isinstance(a, Ref) and int(a) == start]
        others = [a for a in arguments if not (isinstance(a, Ref) and int(a) == start)]
        if frame.trace.operations[node] in ("multiply", "divide") and own and all(_is_number(frame, a) for a in others):
            return node
    return None


def _is_number(frame: Frame, argument: object) -> bool:
    if not isinstance(argument, Ref):
        return isinstance(argument, (int, float))
    made = frame.replay.value(int(argument)) if int(argument) not in frame.dependent else None
    return isinstance(made, Tensor) and real(made).numel() == 1

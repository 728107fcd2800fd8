"""Told losses that weigh the logarithms of what a network says with errors of its own, as that of an actor with the
advantage that a critic gives (Sutton and Barto, Reinforcement Learning, 2018, section 13.5): such an error is held when
the gradient is taken, and so is an action that was drawn about the mean which it is held against."""

from dataclasses import replace

import torch

from backproof.check.losses.losses import Stated
from backproof.check.losses.match import Match, held_against
from backproof.check.losses.outputs import nodes_at
from backproof.check.record.memory import Ref
from backproof.check.replay.drawn import is_drawn_anew
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor, real

_LAID_OUT = ("getitem", "reshape", "view", "transpose", "ravel", "squeeze", "expand_dims", "copy", "negative")
_SCALED = ("multiply", "divide")
_LOGARITHMS = ("log", "log2", "log10", "logaddexp", "logsumexp")
_HOPS = 6  # operations between an error and what it weighs

_Weighed = tuple[int, int, int]
"""A product of an error and what it weighs: its own node, and theirs."""


def with_errors_held(frames: list[Frame], told: Match) -> Match | None:
    """The evidence about a told loss whose errors are held where they weigh something, or whose actions are; None if
    it has no such."""
    if not isinstance(told.loss, Stated):
        return None
    gradients: dict[int, dict[int, Tensor]] = {}
    for number, own in told.gradients.items():
        drawn, weighed = _drawn(frames[number], told.loss), _weighed(frames[number], told.loss)
        if not (drawn or weighed):
            return None
        # an advantage is computed from the action, and where that is held nothing goes through it
        through = _through(frames[number], told.loss, [(n, n, None) for n in drawn] or [*weighed])
        gradients[number] = {parameter: gradient - through[parameter] for parameter, gradient in own.items()}
    return replace(held_against(frames, told.loss, gradients), held=True) if gradients else None


def weighs_its_own(frames: list[Frame], matches: list[Match]) -> bool:
    """Whether a told loss weighs something with errors of which it is not known what moves them: they are computed from
    the same parameters as what they weigh, or no other told loss is one of theirs; or holds actions that are drawn."""
    told = {match.loss: match for match in matches if isinstance(match.loss, Stated)}
    for loss in told:
        for frame in frames[:2]:
            if _drawn(frame, loss):
                return True
            for _, error, other in _weighed(frame, loss):
                own, weighed = (_reached(frame, node) for node in (error, other))
                apart = any(match.reached == own for match in told.values() if match.loss != loss)
                if own & weighed or not apart:
                    return True
    return False


def _reached(frame: Frame, node: int) -> set[int]:
    """The parameters that a value goes with: what is drawn by chance goes with none."""
    made = real(frame.replay.value(node))
    if not made.requires_grad:
        return set()
    each = made * torch.arange(1, made.numel() + 1, dtype=made.dtype).reshape(made.shape)
    starts = [frame.start(parameter) for parameter in frame.parameters]
    found = torch.autograd.grad(each.sum(), starts, retain_graph=True, allow_unused=True)
    return {p for p, gradient in zip(frame.parameters, found, strict=True) if gradient is not None and gradient.any()}


def _through(frame: Frame, loss: Stated, weighed: list[tuple[int, int, int | None]]) -> dict[int, Tensor]:
    """The gradient of a loss by each parameter that goes through the errors, where they weigh something, or through
    the actions, which weigh nothing."""
    made = real(frame.replay.value(nodes_at(frame, loss.key)[-1])).reshape(())
    starts = [frame.start(parameter) for parameter in frame.parameters]
    total = [torch.zeros_like(start) for start in starts]
    for product, error, other in weighed:
        whole, own = (real(frame.replay.value(node)) for node in (product, error))
        beside = real(frame.replay.value(other)) if other is not None else torch.ones(())
        (share,) = torch.autograd.grad(made, [whole], retain_graph=True, allow_unused=True)
        if share is not None:
            part = (own * beside.detach() * share.detach()).sum()
            found = torch.autograd.grad(part, starts, retain_graph=True, allow_unused=True)
            total = [sum_ + one if one is not None else sum_ for sum_, one in zip(total, found, strict=True)]
    return dict(zip(frame.parameters, total, strict=True))


def _weighed(frame: Frame, loss: Stated) -> list[_Weighed]:
    trace, found = frame.trace, list[_Weighed]()
    for node in sorted(frame.ancestors(nodes_at(frame, loss.key)[-1:], frame.forward)):
        sides = [n for n in trace.inputs(node) if n in frame.dependent] if trace.operations[node] == "multiply" else []
        for error, other in (sides, sides[::-1]) if len(sides) == 2 else ():
            if _is_error(frame, error) and _has_logarithm(frame, other):
                found.append((node, error, other))
    return found


def _drawn(frame: Frame, loss: Stated) -> list[int]:
    """The actions behind a loss: a mean and noise about it, of which that mean is taken away again, as in the logarithm
    of how likely the action was. Where the gradient went through the action, too, the mean would have none."""
    trace, found = frame.trace, list[int]()
    behind = frame.ancestors(nodes_at(frame, loss.key)[-1:], frame.forward)
    for node in sorted(behind):
        sides = [a for a in trace.arguments[node][:2] if isinstance(a, Ref)] if trace.operations[node] == "add" else []
        for mean, noise in (sides, sides[::-1]) if len(sides) == 2 else ():
            away = (r for r in frame.training.readers[node] if r in behind and trace.operations[r] == "subtract")
            if int(mean) in frame.dependent and any({*trace.inputs(r)} == {node, int(mean)} for r in away):
                scaled = [int(noise), *trace.inputs(int(noise))]
                found += [node] if any(is_drawn_anew(frame, n) for n in scaled) else []
    return found


def _is_error(frame: Frame, node: int) -> bool:
    """Whether a value is something minus what the network says, perhaps scaled or laid out otherwise, and no
    logarithm's: `1 - p` is none, nor is `log(p) - log(q)`."""
    trace = frame.trace
    for _ in range(_HOPS):
        if trace.operations[node] == "subtract":
            made = [a for a in trace.arguments[node][:2] if isinstance(a, Ref) and not trace.is_written(a)]
            return len(made) == 2 and not _has_logarithm(frame, node)
        inputs = [n for n in trace.inputs(node) if n in frame.dependent]
        if trace.operations[node] not in (*_LAID_OUT, *_SCALED) or len(inputs) != 1:
            return False
        (node,) = inputs
    return False


def _has_logarithm(frame: Frame, node: int) -> bool:
    return any(frame.trace.operations[n] in _LOGARITHMS for n in frame.ancestors([node]))

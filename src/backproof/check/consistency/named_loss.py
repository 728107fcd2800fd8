"""Whether what a file calls its loss is the loss that training descends, where it prints none."""

import re
from collections.abc import Mapping

import torch

from backproof.check.consistency.objective import Objective
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.evidence import factor_and_residual
from backproof.check.losses.losses import FORMULAS, KINDS, Standard, Stated, is_scalar, value
from backproof.check.losses.match import Match
from backproof.check.losses.of_the_outputs import computed_from
from backproof.check.losses.outputs import nodes_at
from backproof.check.losses.pairs import pairs
from backproof.check.losses.stated import has_epsilon, recognized_as
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading

_NAME = re.compile(r"(?i)(^|[._])(loss|cost)(es|s)?(\[.*\])?$")
_ALIKE = 0.01  # of the largest element of a gradient: what single precision and small numbers in a formula explain


def named_loss(judgement: Judgement, reading: Reading) -> Objective | None:
    """What is assigned to a name such as `loss` and asks for other moves than the loss that training follows.

    Only where no loss is stated, and not where that name is a step of the backward pass, as the error often is.
    """
    found = judgement.match
    if found is None or judgement.stated is not None or not isinstance(found.loss, Standard):
        return None
    if found.loss.kind not in FORMULAS or found.loss.kind == "absolute":
        return None
    for loss, target in _named(judgement.frames, reading).items():
        if _is_another(judgement.frames, loss, found, found.loss):
            reason = (
                f"Every parameter follows the exact gradient of {KINDS[found.loss.kind]}, but `{target}` is another"
                " loss: its gradient asks for other moves."
            )
            return Objective(loss.site, (loss.site,), reason)
    return None


def _named(frames: list[Frame], reading: Reading) -> dict[Stated, str]:
    """The single numbers of a step that are assigned to the name of a loss, or given back by what is: each with that
    name."""
    found: dict[Stated, str] = {}
    for frame in frames[-1:]:
        last = {frame.trace.paths[node]: node for node in sorted(frame.forward)}
        for node in sorted(frame.forward):
            site, path = frame.trace.sites[node], frame.trace.paths[node]
            if site < 0 or not is_scalar(frame, node):
                continue
            target = reading.target(site)
            if target is None and path > 0 and last[path] == node:
                target = reading.target(frame.trace.call_paths[path][1])
            if target is not None and _NAME.search(target):
                found[Stated(frame.key(node), False)] = target
    return found


def _is_another(frames: list[Frame], told: Stated, found: Match, followed: Standard) -> bool:
    """Whether a number is computed from the outputs that are trained, is no loss that is known, and asks for moves in
    another direction than the one that training follows."""
    if not computed_from(frames, told, followed) or has_epsilon(frames, told):
        return False
    if any(node in frame.backward for frame in frames for node in nodes_at(frame, told.key)):
        return False
    standard = [Standard(kind, pair) for pair in pairs(frames) for kind in FORMULAS]
    if recognized_as(frames, told, standard) is not None:
        return False
    apart: list[bool] = []
    for number, gradients in found.gradients.items():
        made = value(frames[number], told)
        asked = frames[number].gradients(made) if made is not None else None
        if asked is not None and bool(_all(gradients).any()):
            apart.append(factor_and_residual(_all(asked), _all(gradients))[1] > _ALIKE)
    # a function of the loss that training follows, such as its root, would ask for the same direction at each of them
    return 2 * len(apart) >= len(found.gradients) > 1 and sum(apart) > 1


def _all(gradients: Mapping[int, torch.Tensor]) -> torch.Tensor:
    """The gradients of all parameters, one behind the other."""
    return torch.cat([gradients[parameter].reshape(-1) for parameter in sorted(gradients)])

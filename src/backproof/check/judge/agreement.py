"""What the exact gradient of one loss makes of a program that states another."""

from backproof.check.judge.judgement import Judgement
from backproof.check.losses.evidence import factor_and_residual
from backproof.check.losses.losses import ENTROPIES, Loss, Standard, Stated
from backproof.check.losses.of_the_outputs import computed_from
from backproof.check.losses.outputs import nodes_at
from backproof.check.losses.sense import is_multiple
from backproof.check.losses.stated import has_epsilon

# how far one gradient is from another, relative to its largest element:
_PLAINLY = 0.2  # where no small number explains it


_ROUNDED = 1e-3  # where it is the same but for a small number


def agreement(base: Judgement, loss: Loss, spoken: Stated | None, told: set[str]) -> str:
    """What the exact gradient of a loss makes of a program that states another, or that shows several (`told`)."""
    if spoken is None or loss == spoken or base.kind == "absolute":
        return "right"
    if isinstance(loss, Stated):
        # what is shown counts more than what it goes into, such as the bound of a search for the rate
        hidden = loss.shown and not spoken.shown
        return "other-loss" if not hidden and _part_of(base, loss, spoken) else "right"
    if base.kind is None:
        kept_finite = loss.kind in ENTROPIES and has_epsilon(base.frames, spoken)
        alike = (kept_finite and not _unlike(base, loss, spoken)) or _is_followed(base, spoken)
        return "other-loss" if computed_from(base.frames, spoken, loss) and not alike else "right"
    if loss.kind in {base.kind, *told}:
        other = not loss.pair.held and _has_other_targets(base, loss, spoken)
        return "other-loss" if other else "right"
    return "other-loss"


def _is_followed(base: Judgement, spoken: Stated) -> bool:
    """Whether all moves follow what is stated, too, wherever it is told: the mean over an epoch, for one, which is told
    at its last sample."""
    told = next((m for m in base.matches if m.loss == spoken), None)
    rows = told.gradients.values() if told is not None and told.holds else ()
    if len(rows) == 1 and any(_adds_up(base, found.loss, spoken) for found in base.matches if not found.holds):
        return False  # of a single step it is a multiple, and of the others it is known what is added
    return any(gradient.numel() > 1 for row in rows for gradient in row.values())


def _adds_up(base: Judgement, part: Loss, whole: Stated) -> bool:
    """Whether a stated loss is made of another one, which is told at more steps, and of nothing else."""
    if not isinstance(part, Stated) or part == whole:
        return False
    for frame in base.frames:
        behind = frame.ancestors(nodes_at(frame, whole.key), frame.forward)
        if own := [node for node in nodes_at(frame, part.key) if node in behind]:
            return behind == frame.ancestors(own, frame.forward) | (behind & frame.onward(own, behind, frame.horizon))
    return False


def _has_other_targets(base: Judgement, loss: Standard, spoken: Stated) -> bool:
    """Whether two losses of one kind, of the same outputs, ask for different moves: these are held against other
    targets."""
    if not computed_from(base.frames, spoken, loss) or has_epsilon(base.frames, spoken):
        return False
    apart = _apart(base, loss, spoken, way=base.stated_multiple)
    return len(apart) > 1 and min(apart) > _ROUNDED


def _unlike(base: Judgement, loss: Loss, spoken: Stated) -> bool:
    """Whether two losses ask for plainly different moves at every step, more than a small number explains."""
    apart = _apart(base, loss, spoken)
    return len(apart) > 1 and min(apart) > _PLAINLY


def _apart(base: Judgement, loss: Loss, spoken: Stated, *, way: float = 0.0) -> list[float]:
    """How far the moves that two losses ask for are, at each step, from being multiples of each other. Moves that go
    the other way are as far apart as can be, if it is known which `way` they should go: the same, or opposite ones if
    it is below zero."""
    told = {m.loss: m.gradients for m in base.matches}
    if loss not in told or spoken not in told:
        return []
    found: list[float] = []
    for n, rows in told[loss].items():
        if n in told[spoken]:
            held = [factor_and_residual(g, told[spoken][n][p]) for p, g in rows.items() if p in told[spoken][n]]
            found.append(max((1.0 if way * factor < 0 else apart for factor, apart in held), default=0.0))
    return found


def _part_of(base: Judgement, part: Stated, whole: Stated) -> bool:
    """Whether one stated loss is only a part of another, so that their gradients differ."""
    told = {m.loss: m for m in base.matches}
    if part not in told or whole not in told or told[whole].holds or is_multiple(told[part], told[whole]):
        return False
    for frame in base.frames:
        behind = frame.ancestors(nodes_at(frame, whole.key), frame.forward)
        if any(node in behind for node in nodes_at(frame, part.key)):
            return True
    return False

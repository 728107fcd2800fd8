"""Which losses a wrong program may be meant to follow."""

from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import Loss, Standard, Stated
from backproof.check.losses.outputs import nodes_at
from backproof.check.losses.stated import meets_targets

_USUAL = ("squared", "binary", "categorical")


def losses_meant(judgement: Judgement) -> list[Loss]:
    """The losses that may be meant: the one that is judged by, the stated one, and the likeliest others."""
    assert judgement.match is not None
    plain = judgement.stated is None or judgement.kind in (None, "absolute")
    # who tells a mean |error| descends its square, mostly
    told = judgement.kind != "absolute" and not isinstance(judgement.match.loss, Standard)
    usual = [m for m in judgement.matches if isinstance(m.loss, Standard) and m.loss.kind in _USUAL]
    most = max((len(m.gradients) for m in usual), default=0)
    # what is computed now and then may be of other samples, and of one parameter a multiple
    seldom = {m.loss for m in usual if 2 * len(m.gradients) < most}
    likely = sorted(
        usual,
        key=lambda m: (m.loss.kind != judgement.kind, m.loss in seldom, -len(m.right)),  # type: ignore[union-attr]
    )
    if plain:  # nothing tells which of them is meant: each once, where most parameters follow it
        likely = list({m.loss.kind: m for m in reversed(likely)}.values())[::-1]  # type: ignore[union-attr]
    stated = [judgement.stated] if judgement.stated is not None else []
    # what is told after an epoch, of all samples, is not what a step descends; nor is an output that is shown
    at_once = judgement.told_at_once or bool(judgement.match.right)
    alone = told and judgement.stated == judgement.match.loss and at_once and not shows_an_output(judgement)
    count = 0 if alone else 3 if plain else 1
    computed = sorted((m for m in judgement.matches if isinstance(m.loss, Stated)), key=lambda m: -m.parallel)
    others = [] if judgement.stated is not None else computed[:3]
    return list(dict.fromkeys([judgement.match.loss, *stated, *(m.loss for m in (*others, *likely[:count]))]))


def losses_followed(judgement: Judgement) -> list[Loss]:
    """The losses that may be followed once a mistake is mended: where nothing follows what is told, also another one,
    of each usual kind at the outputs that are met first."""
    meant = losses_meant(judgement)
    if any(m.right for m in judgement.matches):
        return meant
    usual = (m.loss for m in judgement.matches if isinstance(m.loss, Standard) and m.loss.kind in _USUAL)
    kinds: dict[str, Loss] = {}
    for loss in usual:
        kinds.setdefault(loss.kind, loss)
    return list(dict.fromkeys([*meant, *kinds.values()]))


def shows_an_output(judgement: Judgement) -> bool:
    """Whether what a program shows meets none of the targets that its outputs are held against."""
    stated = judgement.stated
    standard = (m.loss for m in judgement.matches if isinstance(m.loss, Standard) and m.loss.kind in _USUAL)
    loss = next(standard, None)
    if not isinstance(stated, Stated) or loss is None:
        return False
    telling = [frame for frame in judgement.frames[:1] if nodes_at(frame, stated.key)]
    return any(not meets_targets(frame, stated, loss) for frame in telling)

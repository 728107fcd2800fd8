"""Why the two programs agree, and what a number in float64 can and cannot promise."""

from __future__ import annotations

import numpy as np

from backproof.lesson.blocks import Block, Chapter, Listing, Paragraph, Table, Verdict, number
from backproof.lesson.study import Study
from backproof.proof.table import verdict

INHERITED = 1e-6
"""Where some line is wrong, a larger relative difference than this in another line comes from it."""


def proof(study: Study) -> Chapter:
    """Every quantity of both programs side by side."""
    found = study.proof
    observed = study.observation.sides.rows
    rows = []
    for row in found.worst:
        mark = "equal" if row.holds else "NOT equal"
        if not found.holds and row.holds and row.max_rel > INHERITED:
            mark = "right by itself"
        distances = (number(distance, 2) for distance in (row.max_abs, row.max_rel, row.ulps))
        exact = "yes" if row.exact else "no"
        rows.append((mark, row.step.phase, f"`{row.name}`", str(row.number), exact, *distances))
    at_step = sum(row.exact for row in observed)
    blocks: list[Block] = [
        Paragraph(
            "Nobody has told PyTorch the backward lines, and nobody has told NumPy what autograd does. Still both "
            "arrive at the same numbers, because both do the same mathematics: the chain rule, op by op, from the "
            "loss back. We wrote it down as lines. Autograd keeps a rule for each operation, and applies the rules "
            "in reverse order, as we do."
        ),
        Paragraph(
            "For a fair comparison, both start from the same arrays and see the same rows. Before each step that is "
            "judged, both are given the same state. Then every quantity is compared: each forward value, the loss, "
            "each gradient, and each parameter after its update. The update is judged by itself: PyTorch's starts "
            "from the same gradients."
        ),
        Paragraph(
            "In the table, “max abs” is how far apart two numbers of a quantity are at most, and “max rel” is the "
            "same as a part of the number. An ulp is the distance from a number to the next one that the computer "
            "has. “exact” means that all digits are the same. These distances include what earlier lines have "
            "rounded."
        ),
        Paragraph(
            "Central differences are a referee that trusts neither program. They make a parameter a little larger "
            "and a little smaller, compute the loss both times, and divide the difference by the distance."
        ),
        Verdict(found.holds, tuple(verdict(found))),
        Table(
            ("verdict", "phase", "quantity", "step", "exact", "max abs", "max rel", "ulps"),
            tuple(rows),
            "Each quantity once, at the judged step where it differs most",
        ),
        Paragraph(
            f"At the step that this lesson shows, {at_step} of {len(observed)} compared quantities are equal to the "
            "last bit."
        ),
    ]
    if not found.holds:
        blocks.insert(
            0,
            Paragraph(
                "The two programs do not agree here. The line that is named below does not compute what PyTorch "
                "computes, and what follows from it is not to be trusted."
            ),
        )
    return Chapter("Why the two agree" if found.holds else "Where the two do not agree", tuple(blocks))


def floating_point(study: Study) -> Chapter:
    """What a number in float64 can and cannot promise."""
    dtype = np.dtype(study.program.settings.dtype)
    info = np.finfo(dtype)
    bits, digits = (53, 16) if dtype == np.float64 else (24, 7)
    rounded = [e.row for e in study.observation.steps if e.row and e.agreement in ("exact", "rounded")]
    worst = max(rounded, key=lambda row: row.ulps if np.isfinite(row.ulps) else 0.0, default=None)
    loss = float(study.observation.sides.ours["loss"])
    gap = float(np.spacing(dtype.type(loss)))
    first, second = (
        dtype.type(0.1) + dtype.type(0.2) - dtype.type(0.3),
        dtype.type(0.1) + (dtype.type(0.2) - dtype.type(0.3)),
    )
    items = [
        f"A number has {bits} binary digits, about {digits} decimal ones. After the loss {number(loss, 8)} the next "
        f"larger number is {number(gap)} away. There is none between. This gap is called a unit in the last place, "
        "an ulp.",
        "Nearly every operation rounds its result to the nearest number that there is. That costs half an ulp at most.",
        f"The order matters. In {dtype.name}, 0.1 + 0.2 − 0.3 is {number(float(first))}, and 0.1 + (0.2 − 0.3) is "
        f"{number(float(second))}. PyTorch may add up a sum in another order than NumPy.",
        "Functions differ, too. Adding, multiplying, dividing and square roots are rounded in the same way "
        "everywhere. For `exp`, `log` and `tanh` two libraries may round the last digit differently.",
    ]
    if worst and not worst.exact and np.isfinite(worst.ulps):
        items.append(
            "At the step that this lesson shows, the two programs are furthest apart, counted in ulps, in "
            f"`{worst.name}`: by {number(worst.ulps)} {'ulp' if worst.ulps == 1 else 'ulps'}, which is "
            f"{number(worst.max_abs)}. Where numbers of about the same size are subtracted, the first digits cancel. "
            "What is left has fewer right digits, so many ulps can still be next to nothing."
        )
    if study.proof.drift is not None and study.proof.holds:
        drift = study.proof.drift
        small = " So here it does not." if drift < 10 * float(info.eps) else ""
        items.append(
            f"Does rounding add up? After {len(study.run.losses)} epochs on their own, the parameters of the two "
            f"programs differ by at most {number(drift)} of the largest parameter.{small}"
        )
    items += [
        "What a number promises: the same operations in the same order, rounded in the same way, give the same bits.",
        "What it does not promise: that formulas which are equal on paper give the same bits. Two right programs "
        "agree up to rounding.",
        f"A wrong formula is off by far more. One rounding changes a number by at most {number(float(info.eps) / 2)} "
        "of itself. A mistake in a formula changes its first digits.",
    ]
    return Chapter(f"What a number in {dtype.name} can promise", (Listing(tuple(items)),))

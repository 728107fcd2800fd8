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
            "arrive at "
            "the same numbers. That is because both do the same mathematics: the chain rule, op by op, from the loss "
            "back. "
            "We wrote it down as lines; autograd keeps a rule for each operation and applies them in the opposite "
            "order."
        ),
        Paragraph(
            "For a fair comparison, both start from the same arrays and see the same rows. Before each step that is "
            "judged, "
            "both are given the same state. Then every quantity is compared: each forward value, the loss, each "
            "gradient, "
            "and each parameter after its update. The update is judged by itself: PyTorch's starts from the same "
            "gradients."
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
                "computes, and "
                "what follows from it is not to be trusted."
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
    items = [
        f"A number has {bits} binary digits, about {digits} decimal ones. After the loss {number(loss, 8)} the next "
        "larger "
        f"number is {number(gap)} away. There is none between.",
        "So nearly every operation rounds its result, to the nearest number that there is. Half of that gap is the "
        "most "
        "that one rounding can cost. The gap is called a unit in the last place, an ulp.",
        f"Order matters: in {dtype.name}, 0.1 + 0.2 − 0.3 is "
        f"{number(float(dtype.type(0.1) + dtype.type(0.2) - dtype.type(0.3)))}, "
        f"and 0.1 + (0.2 − 0.3) is {number(float(dtype.type(0.1) + (dtype.type(0.2) - dtype.type(0.3))))}. PyTorch "
        "may add "
        "up a sum in another order than NumPy. Both are right, and still they differ in the last digits.",
    ]
    if worst and not worst.exact and np.isfinite(worst.ulps):
        items.append(
            "At the step that this lesson shows, the two programs are furthest apart, counted in ulps, in "
            f"`{worst.name}`: "
            f"by {number(worst.ulps)} ulps, which is {number(worst.max_abs)}. Where numbers of about the same size are "
            "subtracted, the first digits cancel, and what is left has fewer right ones. Then many ulps are still next "
            "to nothing."
        )
    if study.proof.drift is not None and study.proof.holds:
        items.append(
            f"Rounding adds up. Left to themselves for {len(study.run.losses)} epochs, the two programs end with "
            "parameters "
            f"that are {number(study.proof.drift)} of the largest apart."
        )
    items.append(
        f"What it promises: the same operations in the same order give the same bits. What it does not promise: that "
        "formulas which are equal on paper are equal here. So two right programs agree up to rounding, not to the "
        "last "
        f"bit. A wrong formula is off by far more. Rounding starts at {number(float(info.eps))} of a number; "
        "mistakes in "
        "hand-written networks are a part of the number itself."
    )
    return Chapter(f"What a number in {dtype.name} can promise", (Listing(tuple(items)),))

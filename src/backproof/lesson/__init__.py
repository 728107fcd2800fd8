"""Explains every line of a program with the numbers of the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from backproof.lesson.lesson import FORMS, Lesson

if TYPE_CHECKING:
    from backproof.data.columns import Column
    from backproof.data.target import Target
    from backproof.program.program import Program
    from backproof.proof import Proof
    from backproof.training import OnEpoch, Run

__all__ = ["FORMS", "Lesson", "explain"]


def explain(
    subject: Run | Proof | Program,
    *,
    sample: int = 0,
    epoch: int = 0,
    columns: Sequence[Column] = (),
    target: Target | None = None,
    device: str = "cpu",
    on_epoch: dict[str, OnEpoch] | None = None,
) -> Lesson:
    """A lesson about a program, a run or a proof: `explain(run).to_html("lesson.html")`.

    `sample` is a row of the training data and `epoch` a time through it, both counted from 0; the numbers in the
    lesson are those of the step of that epoch that learns from that row. `columns` and `target` are what is known of
    a table's columns. Raises DescriptionError when there is no such row or epoch, and the errors of `train`.
    """
    from backproof.lesson.chapters import write_document
    from backproof.lesson.study import study

    found = study(subject, sample=sample, epoch=epoch, columns=columns, target=target, device=device, on_epoch=on_epoch)
    return Lesson(write_document(found), found.symbols, found)

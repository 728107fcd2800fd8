"""Edits after which more of a program is right, though not all: one step of several on the way to a fix."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from backproof.check.edits import Edit
from backproof.check.judge.judgement import Judgement
from backproof.check.record.trace import Sites

_OTHERS = 3  # steps that are made beside the best one


@dataclass(frozen=True)
class Step:
    """An edit after which more is right.

    Attributes:
        kept: whether the numbers promised as much, or it is settled that something was wrong there.
        settled: whether something is known to be mended: nothing is read too early any more, or what was left out of
            the network is trained.
        counts: how many parameters are right after it, and how many follow their gradient by a factor of their own.
    """

    kept: bool
    settled: bool
    counts: tuple[int, int]
    file: str
    edit: Edit
    result: Judgement
    sites: Sites

    @property
    def worth(self) -> tuple[bool, tuple[int, int], bool]:
        """What follows after it counts more than what the numbers promised."""
        return self.settled, self.counts, self.kept


def counts(judgement: Judgement) -> tuple[int, int]:
    """How many parameters are right, and how many follow their gradient, each by a factor of its own."""
    found = judgement.match
    return (len(found.right), len(found.near)) if found is not None else (0, 0)


def trains_more(before: Judgement, after: Judgement) -> bool:
    """Whether more parameters take part than before."""
    return (
        after.match is not None and before.match is not None and len(after.match.evidence) > len(before.match.evidence)
    )


def beside(best: Step, steps: list[Step], cost: Callable[[Step], float]) -> list[Step]:
    """The other steps that make something right that the best one does not, the most first; of those that make as much
    right the likeliest."""
    right, near = _follow(best)
    others = (step for step in steps if step is not best and (_follow(step)[0] - right or _follow(step)[1] - near))
    likely = sorted(others, key=cost)
    return sorted(likely, key=lambda step: step.worth, reverse=True)[:_OTHERS]


def made_after(done: list[Edit], edit: Edit) -> Edit | None:
    """An edit of a text as it is to be made after others were, one after the other; None if it changes the same place
    as one of them."""
    for first in done:
        if first.start < edit.end and edit.start < first.end:
            return None
        if edit.end > first.start:
            longer = len(first.text) - (first.end - first.start)
            edit = replace(edit, start=edit.start + longer, end=edit.end + longer)
    return edit


def _follow(step: Step) -> tuple[set[int], set[int]]:
    """The parameters that are right after an edit, and those that follow their gradient by a factor of their own."""
    found = step.result.match
    return ({*found.right}, found.near) if found is not None else (set(), set())

"""A program on the way to a fix."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from backproof.check.edits import Edit, Editor
from backproof.check.edits.brought import editors_of
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.locate import Suspicion, locate
from backproof.check.losses.losses import Stated
from backproof.check.record.trace import Sites

ONE_MORE = 0.8  # of the parameters is promised to be right, less a little


@dataclass(frozen=True)
class State:
    """A program as it is after the edits that were made, and what is known of it."""

    judgement: Judgement
    suspicion: Suspicion
    sites: Sites
    texts: dict[str, str]
    made: tuple[tuple[str, Edit], ...] = ()
    promised: Mapping[tuple[str, Edit], float] = field(default_factory=dict)  # of the next one, by the numbers

    @cached_property
    def editors(self) -> dict[str, Editor]:
        """Every file of it, read for editing."""
        return editors_of(self.texts, {})

    def located(self) -> "State":
        """The same, with what is suspected in it as it is judged now."""
        return replace(self, suspicion=locate(self.judgement))

    def has_twins(self, file: str, edit: Edit) -> bool:
        """Whether the same edit of other lines is promised to help as well: then all are made at once."""
        return any(
            name == file and other.line != edit.line and (other.kind, other.text) == (edit.kind, edit.text)
            for (name, other), gain in self.promised.items()
            if gain > ONE_MORE
        )

    def lines_of_branches(self) -> set[tuple[str, int]]:
        """The lines of the branches that each add a form of its own to the loss that is followed, or should be."""
        loss = self.judgement.match.loss if self.judgement.match is not None else None
        places = self.judgement.training.branches.get(loss.key, ()) if isinstance(loss, Stated) else ()
        return {self.sites.line(site) for site, _ in places}

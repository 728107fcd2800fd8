"""A program on the way to a fix."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from backproof.check.edits import Edit
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.locate import Suspicion, locate
from backproof.check.record.trace import Sites


@dataclass(frozen=True)
class State:
    """A program as it is after the edits that were made, and what is known of it."""

    judgement: Judgement
    suspicion: Suspicion
    sites: Sites
    texts: dict[str, str]
    made: tuple[tuple[str, Edit], ...] = ()
    promised: Mapping[tuple[str, Edit], float] = field(default_factory=dict)  # of the next one, by the numbers

    def located(self) -> "State":
        """The same, with what is suspected in it as it is judged now."""
        return replace(self, suspicion=locate(self.judgement))

"""What a file did when it was run: the trainings that were seen, what it printed, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from backproof.check.cut.parameters import Training
from backproof.check.cut.turns import trainings_of
from backproof.check.record.log import NODE_LIMIT
from backproof.check.record.trace import Sites, Trace
from backproof.check.source import Source

_LONG = 50_000  # operations, within which a step is usually over


@dataclass(frozen=True)
class Recording:
    """What a file did: the stretches that were recorded, what it printed, and how it ended.

    Of a stretch, by its number: `later` are beginnings of later turns of its outer loops, by the numbers of the looks
    at them, and `asides` are what is told now and then while it runs on.
    """

    stretches: list[Trace]
    sites: Sites
    printed: str
    end: Mapping[str, Any] = field(default_factory=dict)
    later: Mapping[int, Mapping[int, Trace]] = field(default_factory=dict)
    asides: Mapping[int, list[Trace]] = field(default_factory=dict)

    @cached_property
    def trainings(self) -> list[Training]:
        """What was trained, in the order of execution; a stretch in which nothing is trained has one without steps.

        Only where nothing at all is moved twice, single moves count.
        """
        found = [training for trace in self.stretches for training in trainings_of(trace)]
        if any(training.steps for training in found):
            return found
        return [Training(trace, single=True) for trace in self.stretches]

    def training_at(self, number: int) -> Training | None:
        """One of the trainings, by its number, if it was come to and has steps."""
        found = self.trainings[number] if number < len(self.trainings) else None
        return found if found is not None and found.steps else None

    @property
    def cut_within(self) -> int:
        """The operations within which no training step was over, so that its loops were left or nothing more was
        followed; 0 if it was not so."""
        longest = max((len(trace) for trace in self.stretches), default=0)
        stepped = any(training.steps for training in self.trainings)
        cut = longest >= NODE_LIMIT or (self.end.get("cut") and longest > _LONG)
        return longest if cut and not stepped else 0

    @property
    def failed(self) -> bool:
        """Whether the file ended with an error."""
        return self.end.get("ended") == "error"


def texts_of(source: Source, recording: Recording) -> dict[str, str]:
    """The text of every file that took part, by its name in the folder."""
    return {name: source.text_of(name) for name in sorted(set(recording.sites.files))}

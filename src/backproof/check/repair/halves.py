"""Fixes that mend one of several mistakes: what they mend is right, and what runs the same lines otherwise, as with
another activation, is still wrong."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from backproof.check.judge.judge import judge
from backproof.check.locate.locate import locate
from backproof.check.repair.fix import Fix
from backproof.check.repair.state import State
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source


@dataclass(frozen=True)
class Half:
    """A fix after which another training is wrong, or one at a later turn of the loop around it.

    Attributes:
        later: at which later turn that is (see `record.later`); 0 for the first steps.
    """

    fix: Fix
    later: int

    def left(self, source: Source, texts: Mapping[str, str], sandbox: Sandbox) -> tuple[int, State] | None:
        """Which training is wrong with the fix, and what is known of it; None if it is so by the fix alone.

        Args:
            texts: the files as they are without it.
        """
        with looking_at([sandbox], self.later):
            recording = sandbox.run(source, texts=self.fix.texts)
            # of a later turn it is not known which one it was before
            before = None if self.later else sandbox.run(source, texts=texts)
        for number, training in enumerate(recording.trainings):
            judgement = judge(training) if training.steps else None
            if judgement is None or judgement.verdict != "wrong" or judgement.match is None:
                continue
            as_it_was = before.training_at(number) if before is not None else None
            if before is None or (as_it_was is not None and judge(as_it_was).verdict == "wrong"):
                return number, State(judgement, locate(judgement), recording.sites, self.fix.texts, self.fix.edits)
        return None


@contextmanager
def looking_at(sandboxes: Sequence[Sandbox], later: int) -> Iterator[None]:
    """Sandboxes that record a later turn in the place of the first steps; 0 for these."""
    before = [sandbox.later for sandbox in sandboxes]
    for sandbox in sandboxes:
        sandbox.later = later
    try:
        yield
    finally:
        for sandbox, look in zip(sandboxes, before, strict=True):
            sandbox.later = look

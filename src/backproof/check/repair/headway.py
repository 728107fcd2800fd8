"""A quick look whether an edited program is nearer to being right."""

from dataclasses import replace
from typing import Any

from backproof.check.cut.parameters import Training
from backproof.check.edits import Edit
from backproof.check.judge.judge import tell_little
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.following import makes_whole
from backproof.check.losses.losses import Loss, Standard, Stated
from backproof.check.losses.match import match
from backproof.check.record.trace import Sites
from backproof.check.replay.frame import Frame, Key


class Headway:
    """The losses that a wrong program may be meant to follow, found in an edited one: a quick look whether more of it
    is right.

    Args:
        text: what the edit is made in.
        promised: what the edit gains by the numbers of the recorded run; 0.0 if that is not known.
        share: what is left of the parameters where the program was judged, see `Frame`.
        near: how many parameters follow their gradient as it is, each by a factor of its own; None if more of them are
            no headway.
    """

    def __init__(
        self,
        losses: list[Loss],
        sites: Sites,
        file: str,
        edit: Edit,
        text: str,
        right: int,
        telling: int | None,
        promised: float,
        share: float = 1.0,
        near: int | None = None,
    ) -> None:
        self.losses = losses
        self.promised = promised > 0.0
        self.whole = makes_whole(promised)
        self.right, self.near = right, near
        self.telling = telling  # a step at which something is wrong
        self.file, self.edit = file, edit
        self.first = text.count("\n", 0, edit.start) + 1  # the first line that the edit touches, and
        self.more = edit.text.count("\n") - text.count("\n", edit.start, edit.end)  # how many lines it adds
        self.old = sites
        self.point: dict[str, Any] = {} if share == 1.0 else {"moved": 17, "share": share}

    def looked_at(self, training: Training, sites: Sites) -> Judgement | None:
        """What a quick look finds of the losses that may be meant, the one that most of the parameters follow: `wrong`
        where some do not, and `unknown` where all seem to; None where only a whole look can tell."""
        again = {loss: self._again(loss, sites) for loss in self.losses}
        if not again or again[self.losses[0]] is None:
            return None
        numbers = [n for n, step in enumerate(training.steps) if all(b is not None for b in step.before.values())]
        frames = [Frame(training, number, **self.point) for number in numbers[:6]]
        frames = frames if tell_little(frames) else frames[:2]
        if self.telling is not None and self.telling in numbers[2:]:
            frames.append(Frame(training, self.telling, **self.point))
        best = Judgement(training, frames, "wrong")
        for loss, site in again.items():
            paths = self._paths(frames, site) if site is not None else set()
            if site is not None and not paths:
                return None
            for path in paths:
                found = match(frames, _moved(loss, (site or 0, path)))
                parallel = found is not None and found.follows and not found.unsteady
                if found is not None and (found.holds or (parallel and len(found.right) > self.right)):
                    return Judgement(training, frames, "unknown", match=found)
                if found is not None and (best.match is None or len(found.right) > len(best.match.right)):
                    best.match = found
        return best

    def is_nearer(self, found: Judgement | None) -> bool:
        """Whether a quick look found more to be right than without the edit, or nothing that speaks against it."""
        if found is None or found.verdict == "unknown":
            return True
        if found.match is None:
            return False
        return len(found.match.right) > self.right or (self.near is not None and len(found.match.near) > self.near)

    def _paths(self, frames: list[Frame], site: int) -> set[int]:
        return {
            frame.trace.paths[node] for frame in frames for node in frame.forward if frame.trace.sites[node] == site
        }

    def _again(self, loss: Loss, sites: Sites) -> int | None:
        """The site of a loss in the edited program: at the same place, unless the edit is before it in its line; None
        where that is not known, or where it stands at several."""
        if isinstance(loss, Standard) and loss.pair.also:
            return None
        was = self.old.sites[loss.site]
        name = self.old.files[loss.site]
        if name == self.file:
            if was.line == self.edit.line or (was.line == self.first and not self.more):
                return None
            # what stands within several lines that an edit writes anew stands behind those that it puts first
            more = self.more if was.line >= self.first else 0
            was = replace(was, line=was.line + more, end_line=was.end_line + more)
        for number, site in enumerate(sites.sites):
            if sites.files[number] == name and site == was:
                return number
        return None


def _moved(loss: Loss, key: Key) -> Loss:
    """A loss as it stands in the edited program."""
    return replace(loss, key=key) if isinstance(loss, Stated) else replace(loss, pair=replace(loss.pair, key=key))

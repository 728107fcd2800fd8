"""A quick look whether an edited program is nearer to being right."""

from dataclasses import replace

from backproof.check.edits import Edit
from backproof.check.frame import Frame
from backproof.check.judge import tell_little
from backproof.check.losses import Loss, Stated
from backproof.check.match import match
from backproof.check.parameters import Training
from backproof.check.trace import Sites


class Headway:
    """The losses that a wrong program may be meant to follow, found in an edited one: a quick look whether more of it
    is right."""

    def __init__(
        self,
        losses: list[Loss],
        sites: Sites,
        file: str,
        edit: Edit,
        right: int,
        telling: int | None,
        promised: bool,
    ) -> None:
        self.losses = losses
        self.promised = promised
        self.right = right
        self.telling = telling  # a step at which something is wrong
        self.file, self.edit = file, edit
        self.old = sites

    def nearer(self, training: Training, sites: Sites) -> bool:
        again = {loss: self._again(loss, sites) for loss in self.losses}
        if not again or again[self.losses[0]] is None:
            return True
        numbers = [n for n, step in enumerate(training.steps) if all(b is not None for b in step.before.values())]
        frames = [Frame(training, number) for number in numbers[:6]]
        frames = frames if tell_little(frames) else frames[:2]
        if self.telling is not None and self.telling in numbers[2:]:
            frames.append(Frame(training, self.telling))
        return any(self._is_nearer(loss, site, frames) for loss, site in again.items() if site is not None)

    def _is_nearer(self, loss: Loss, site: int, frames: list[Frame]) -> bool:
        paths = {
            frame.trace.paths[node] for frame in frames for node in frame.forward if frame.trace.sites[node] == site
        }
        for path in paths:
            key = site, path
            moved = (
                replace(loss, key=key) if isinstance(loss, Stated) else replace(loss, pair=replace(loss.pair, key=key))
            )
            found = match(frames, moved)
            if found is not None and (len(found.right) > self.right or found.follows):
                return True
        return not paths

    def _again(self, loss: Loss, sites: Sites) -> int | None:
        """The site of a loss in the edited program: at the same place, unless the edit is before it in its line."""
        was = self.old.sites[loss.site]
        name = self.old.files[loss.site]
        if name == self.file and (self.edit.line == was.line or "\n" in self.edit.text):
            return None
        for number, site in enumerate(sites.sites):
            if sites.files[number] == name and site == was:
                return number
        return None

"""Runs edited programs, and looks whether they are nearer to being right."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from math import prod

from backproof.check.cut.parameters import Training
from backproof.check.edits import is_python
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.record.trace import Sites
from backproof.check.repair.attempts import PATIENCE
from backproof.check.repair.growth import growth, is_calm
from backproof.check.repair.headway import Headway
from backproof.check.repair.patience import Patience
from backproof.check.repair.placing import Row
from backproof.check.repair.shapes import shapes_of
from backproof.check.sandbox.recording import Recording
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_LEAST, _LONGER, _MOST = 50_000, 24, 300_000  # operations of a try: many times those of the file as it is, but not all
_FURTHER = (1, 2, 4, 8)  # times as far a run goes where that shows too little
_FEW = 12  # parameters, of which a judgement takes no longer than a look at the losses that may be meant


class Tries:
    """The runs of one file with edits, one in each sandbox.

    Args:
        fails: whether the program ends with an error as it is; if not, none may end it so.
        seconds: how long one may take: an edit may make a loop that has no end.
    """

    def __init__(self, source: Source, sandboxes: list[Sandbox], *, fails: bool, seconds: float | None = None) -> None:
        self.source = source
        self.sandboxes = sandboxes
        self.fails, self.seconds = fails, seconds
        self.updates = 4  # how many updates tell whether an edited program is right
        self.stretch = 0  # the one of the run in which they are, and
        self.comes_later = False  # whether another training comes before in it
        self.operations = 0  # of those updates at least, and
        self.fewest = 2  # steps, without which an edited program tells nothing
        self.growth = 1.0  # of the weights, as the file is
        self.telling: int | None = None  # the first step at which something is wrong
        self.shapes = Counter[tuple[int, ...]]()  # of what the file as it is trains
        self.is_measured = False  # whether it is known how much of a run shows that

    def are_of(self, judgement: Judgement) -> None:
        """Say what is known of the file as it is."""
        if judgement.match is not None and judgement.frames:
            telling = [frame.number for frame in judgement.telling]
            self.telling = next(iter(telling), None)
            self.updates = max(4, min(sorted(telling)[2:3] or telling[-1:] or [0]) + 2, *(n + 2 for n in telling[:1]))
        trace = judgement.training.trace
        self.stretch, self.comes_later = trace.number, trace.begin > 0
        steps = judgement.training.steps
        self.fewest = min(2, len(steps))
        self.operations = steps[min(self.updates, len(steps)) - 1].end // 2 if steps else 0
        self.growth = growth(judgement.training)
        self.shapes, self.is_measured = shapes_of(judgement.training), False

    def judged(self, training: Training) -> Judgement:
        return judge(training, brief=True, also=self.telling)

    def outcomes(
        self,
        queue: Iterable[Row],
        texts: dict[str, str],
        seen: set[str],
        stretch: int,
        aim: Callable[[Row], Headway],
        patience: Patience,
    ) -> Iterator[tuple[Row, tuple[Judgement, Sites] | None]]:
        """What comes of edits that are tried one after the other, one in each sandbox, as long as there is patience;
        None of those that do not run, or bring a program no nearer to being right."""
        pending = iter(queue)
        free, running = list(self.sandboxes), list[tuple[Future[tuple[Judgement, Sites] | None], Sandbox, Row]]()
        with ThreadPoolExecutor(len(self.sandboxes)) as pool:
            while True:
                while free:
                    row = next(pending, None) if patience.allows(-math.inf) else None
                    if row is None or not patience.allows(row.score):
                        break
                    changed = row.edit.apply(texts[row.file])
                    if changed in seen or not is_python(changed):
                        continue
                    seen.add(changed)
                    patience.more -= 1
                    sandbox = free.pop()
                    edited = {**texts, row.file: changed}
                    running.append((pool.submit(self.outcome, sandbox, edited, stretch, aim(row)), sandbox, row))
                if not running:
                    return
                future, sandbox, row = running.pop(0)
                outcome = future.result()
                free.append(sandbox)
                yield row, outcome

    def outcome(
        self, sandbox: Sandbox, texts: dict[str, str], stretch: int, aim: Headway
    ) -> tuple[Judgement, Sites] | None:
        """Run the edited file and judge it; None if it does not run, or is no nearer to being right."""
        with sandbox.by_itself():
            recording = self._run(sandbox, texts)
            if recording.end.get("ended") == "timeout":
                return None
            if self._shows_others(recording) and self._is_to_go_further(sandbox):
                recording = self._run(sandbox, texts)
            if aim.whole and self._shows_others(recording):
                recording = self._run(sandbox, texts, times=_FURTHER[-1])  # what is promised to be right is seen longer
            if len(recording.trainings) <= stretch or (recording.failed and not self.fails):
                return None
            training = recording.trainings[stretch]
            if len(training.steps) < self.fewest or not is_calm(training, self.growth):
                return None
            if aim.whole and len(training.parameters) <= _FEW:
                judged = self.judged(training)
                if judged.verdict != "right" or _tells_of_all(judged):
                    return judged, recording.sites
                # what rests in the first steps, as a bias of which as many errors are above as below, may move later
                return self._seen_longer(sandbox, texts, stretch, recording, judged)
            found = aim.looked_at(training, recording.sites)
            if not aim.promised and not aim.is_nearer(found):
                return None
            # what was promised to be right and follows none of the losses that were meant may follow another
            other = aim.whole and not aim.is_nearer(found)
            if found is None or found.verdict != "wrong" or found.match is None or other:
                found = self.judged(training)
            if aim.promised and found.verdict == "wrong" and found.match is not None and found.match.follows:
                # all follow their gradients but for a little: how they decay is not seen while they are nothing
                return self._seen_longer(sandbox, texts, stretch, recording, found)
            return found, recording.sites

    def _seen_longer(
        self, sandbox: Sandbox, texts: Mapping[str, str], stretch: int, recording: Recording, judged: Judgement
    ) -> tuple[Judgement, Sites]:
        """What is found where a program is followed further; what was, if it does not go further."""
        longer = self._run(sandbox, texts, times=_FURTHER[-1])
        later = longer.training_at(stretch)
        if later is None or len(later.steps) <= len(recording.trainings[stretch].steps):
            return judged, recording.sites
        return self.judged(later), longer.sites

    def _run(self, sandbox: Sandbox, texts: Mapping[str, str], times: int = 1) -> Recording:
        return sandbox.run(
            self.source,
            texts=texts,
            updates=None if self.comes_later else times * self.updates,
            fewest=times * self.operations,
            most=min(max(_LEAST, _LONGER * times * self.operations), _MOST),
            stretch=self.stretch,
            patience=PATIENCE,
            seconds=self.seconds,
        )

    def _shows_others(self, recording: Recording) -> bool:
        """Whether a run seems to train what the file as it is does not, or arrays fewer."""
        training = recording.training_at(self.stretch)
        own = shapes_of(training) if training is not None else Counter[tuple[int, ...]]()
        return bool(own - self.shapes) or any(prod(shape) > 1 for shape in self.shapes - own)

    def _is_to_go_further(self, sandbox: Sandbox) -> bool:
        """See how much of the file as it is has to be run to show what it trains, as the states of a layer that go on
        from one time to the next look like parameters within few steps; true if that is more than was thought."""
        if self.is_measured or self.comes_later:
            return False
        self.is_measured, known = True, (self.updates, self.operations)
        for times in _FURTHER:
            self.updates, self.operations = known[0] * times, known[1] * times
            if not self._shows_others(self._run(sandbox, {})):
                return times > 1
        self.updates, self.operations = known
        return False


def _tells_of_all(judgement: Judgement) -> bool:
    """Whether something is seen of each parameter, and not only that nothing is asked of it."""
    return judgement.match is None or all(e.agreeing + e.differing > 0 for e in judgement.match.evidence.values())

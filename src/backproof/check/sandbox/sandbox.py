"""Runs a stranger's file in a process of its own, with limits, in a copy of its folder, and brings back what it did."""

import contextlib
import json
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from backproof.check.record.differences import differences
from backproof.check.record.named import named_losses
from backproof.check.record.rising import rising
from backproof.check.record.trace import Sites, Trace, read_sites, read_trace
from backproof.check.record.trial import Tried, Unit, read_trials
from backproof.check.sandbox.folder_copy import PREFIX, FolderCopy, copied, is_small, led_to
from backproof.check.sandbox.forks import Forks
from backproof.check.sandbox.libraries import imported_by
from backproof.check.sandbox.recording import Recording
from backproof.check.source import Source

_SHORT, _OPERATIONS = 20.0, 200_000  # seconds, and operations, of a run in which loops are left early
_FOR_LATER = 4  # times as long a training goes on where a later turn of it is waited for: two runs may share a core
_KEPT = "kept"  # where the copy of a file's folder stands that the runs take theirs from


@dataclass(frozen=True)
class Limits:
    """What a stranger's file may take: seconds, bytes of memory; and how long its loops run on once enough was seen."""

    seconds: float = 60.0
    memory: int = 4_000_000_000
    patience: float = 1.0


def _regular(path: Path) -> Path:
    """The path of a plain file; a pipe or a link that a stranger put in its place is not read.

    Raises:
        OSError: it is missing, or something else.
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(f"{path} is not a plain file")
    return path


def _trace(output: Path, name: str, number: int) -> Trace:
    """A record that a run wrote, of a stretch or of what came later in it."""
    for kind in ("json", "bin"):
        _regular(output / f"{name}.{kind}")
    return replace(read_trace(output, name), number=number)


class Sandbox:
    """Runs files, one after the other, as forks of one process that has loaded libraries and nothing of a stranger's.

    Use it in a `with` statement; what a file writes is gone when the next one runs. It stops that process at its end,
    unless it was given one, which goes on for other sandboxes.
    """

    def __init__(self, limits: Limits, forks: Forks | None = None) -> None:
        self.limits = limits
        self.answer: str | None = None  # what `input()` gives; None for the end of input
        self.numbers = False  # whether numbers that are written down may be weights
        self.seed = 0  # of chance, for a file that asks for chance without a seed
        self.rounds = True  # whether numbers are rounded where the file says so
        self.short = 0  # operations after which loops over samples are left early, in every run; 0 for none
        self.later = 0  # which look at a later turn is recorded in the place of the first steps (see `later`)
        self._forks, self._is_shared = forks or Forks(), forks is not None
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._count = 0
        self._in_use = threading.RLock()
        self._copy: FolderCopy | None = None
        # what a file reads that stands in the folders above, or in its own by that folder's name: each with where it is
        self._outside: tuple[Source, dict[str, Path]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if not self._is_shared:
            self._forks.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def imported(self) -> list[str]:
        """The libraries that the files of earlier runs have imported."""
        return sorted(self._forks.imported)

    def prepare(self, libraries: Sequence[str]) -> None:
        """Begin to load libraries that a file will import, while something else goes on; see `Forks`."""
        self._forks.prepare(libraries)

    def run(
        self,
        source: Source,
        *,
        texts: Mapping[str, str] | None = None,
        updates: int | None = None,
        fewest: int = 0,
        most: int | None = None,
        stretch: int = 0,
        patience: float | None = None,
        short: int = 0,
        seconds: float | None = None,
    ) -> Recording:
        """Run the file, with other texts in place of some of its files (by their names in the folder) if given.

        Args:
            updates: end as soon as so many updates were seen in a stretch; None for the whole run.
            fewest: operations without which they are not taken for updates: what is made before training is written
                into as well.
            most: operations after which it ends, though so many updates were not seen.
            stretch: which one that is.
            patience: how many seconds training goes on once enough was seen; None for what the limits say.
            short: leave loops over samples early that take more operations than this, until enough was seen; 0 for
                none (see `short`).
            seconds: how long it may take; None for what the limits say.
        """
        more: dict[str, Any] = {} if seconds is None else {"seconds": min(seconds, self.limits.seconds)}
        if patience is not None and not self.later:  # a later turn takes as long as it takes
            more["patience"] = min(patience, self.limits.patience)
        if updates is not None:
            limits: dict[str, Any] = {"enough": updates, "fewest": fewest, "second_limit": 6.0}
            limits |= {} if most is None else {"node_limit": most}
            more |= {"ends_when_seen": True, "stretch": stretch, "limits": limits}
        if room := short or self.short:
            limits = {"second_limit": _SHORT, "node_limit": _OPERATIONS}
            more = {"ends_when_seen": True, "short": room, "limits": limits} | more
        output, status = self._run(source, texts or {}, more)
        recording = self._read(output, status)
        known = {file: (texts or {}).get(file) or source.text_of(file) for file in {*recording.sites.files}}
        great, named = rising(known, recording.sites), named_losses(known, recording.sites)
        differing = differences(known, recording.sites)
        turns = (trace for looks in recording.later.values() for trace in looks.values())
        for trace in (*recording.stretches, *turns):
            trace.rising, trace.named, trace.differences = great, named, differing
        return recording

    def run_trials(
        self,
        source: Source,
        texts: Mapping[str, str],
        units: Sequence[Unit],
        windows: Sequence[tuple[int, int]],
        stretch: int,
        seconds: float,
        most: int | None = None,
    ) -> list[Tried]:
        """Run the file up to the end of a stretch's last window, and compute in them what edited expressions give.

        Args:
            seconds: of the processor, for these expressions.
            most: at how many executions of each in a window, the first ones; None for as many as there is time for.
        """
        limits = {
            "enough": 10**9,
            "fewest": 10**9,
            "node_limit": max(end for _, end in windows) + 1,
            "byte_limit": 10**10,
        }
        settings = {"ends_when_seen": True, "limits": limits, "trials": units, "windows": windows, "stretch": stretch}
        settings |= {"trial_seconds": seconds, "most": most, "short": self.short}
        with self.by_itself():
            output, _ = self._run(source, texts, settings)
            try:
                for kind in ("json", "bin"):
                    _regular(output / f"trials.{kind}")
                return read_trials(output)
            except (OSError, ValueError, TypeError, IndexError):
                return []

    def bring(self, source: Source, path: str) -> bool:
        """Lay out, in the runs to come of a file, what it names in the folder above its own, or above that, or by the
        name of its own folder; false if there is no such thing, or if it is too much."""
        origin = source.path.resolve().parent
        known = self._outside[1] if self._outside is not None and self._outside[0] == source else {}
        above = os.path.normpath(path)
        there = led_to(origin, above)
        if there is None or above in known or not there.exists() or not is_small(there):
            return False
        self._outside = source, {**known, above: there}
        return True

    def _run(self, source: Source, texts: Mapping[str, str], more: Mapping[str, Any]) -> tuple[Path, dict[str, Any]]:
        """Run the file in a copy of its folder; gives the folder that its record is in, and how it ended."""
        self._count += 1
        output = self._folder / f"run{self._count}"
        output.mkdir()
        folder = output / "above" / "folder"  # what it reads of the two folders above stays within the run's own
        if self._copy is None or self._copy.source != source or not self._copy.is_whole():
            self._copy = None
            shutil.rmtree(self._folder / _KEPT, ignore_errors=True)
            self._copy = FolderCopy(source, self._folder / _KEPT / "folder")
        above = {file for file in texts if file.startswith("..")}
        name = self._copy.laid_out(folder, {file: text for file, text in texts.items() if file not in above})
        if self._outside is not None and self._outside[0] == source:
            for path, there in self._outside[1].items():
                copied(there, Path(os.path.normpath(folder / path)))
        for file in above:
            Path(os.path.normpath(folder / file)).write_text(texts[file], encoding="utf-8")
        settings: dict[str, Any] = {
            "folder": str(folder),
            "file": name,
            "output": str(output),
            "answer": self.answer,
            "numbers": self.numbers,
            "rounds": self.rounds,
            "seed": self.seed,
            "later": self.later,
            "patience": self.limits.patience * (_FOR_LATER if self.later else 1),
            "seconds": self.limits.seconds,
            "memory": self.limits.memory,
            "libraries": imported_by(source.text),
            "one_thread": bool(texts),  # nobody reads what is printed by a file that is not as its author left it
            **more,
        }
        status = self._forks.ask(settings)
        shutil.rmtree(folder.parent, ignore_errors=True)
        return output, status

    def _read(self, output: Path, status: dict[str, Any]) -> Recording:
        end = dict(status)
        with contextlib.suppress(OSError, ValueError, TypeError, RecursionError):
            end |= dict(json.loads(_regular(output / "end.json").read_text()))
        stretches: list[Trace] = []
        later: dict[int, dict[int, Trace]] = {}
        asides: dict[int, list[Trace]] = {}
        sites = Sites([], [])
        try:
            _regular(output / "sites.json")
            sites = read_sites(output)
            while (output / f"stretch{len(stretches)}.json").exists():
                number = len(stretches)
                stretches.append(replace(_trace(output, f"stretch{number}", number), late=self.later > 0))
                looks = sorted(int(path.stem.rsplit("_", 1)[1]) for path in output.glob(f"later{number}_*.json"))
                turns = {look: _trace(output, f"later{number}_{look}", number) for look in looks}
                later[number] = {look: replace(trace, late=True) for look, trace in turns.items()}
                names = sorted(path.stem for path in output.glob(f"aside{number}_*.json"))
                asides[number] = [_trace(output, name, number) for name in names]
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            pass  # the file died while it wrote; what came before is whole
        printed = ""
        with (
            contextlib.suppress(OSError),
            _regular(output / "printed").open(encoding="utf-8", errors="replace") as stream,
        ):
            printed = stream.read(2_000_000)
        return Recording(stretches, sites, printed, end, later, asides)

    @contextlib.contextmanager
    def by_itself(self) -> Iterator[None]:
        """While this lasts, no other thread runs anything here that does the same, as edited expressions may be asked
        for while an edit is tried; at its end the records are thrown away."""
        with self._in_use:
            try:
                yield
            finally:
                self.forget()

    def forget(self) -> None:
        """Throw away the records of earlier runs."""
        for old in self._folder.iterdir():
            if old.name != _KEPT:
                shutil.rmtree(old, ignore_errors=True)

"""Runs a stranger's file in a process of its own, with limits, in a copy of its folder, and brings back what it did."""

import contextlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from backproof.check.record.trace import Sites, Trace, read_sites, read_trace
from backproof.check.record.trial import Tried, Unit, read_trials
from backproof.check.sandbox.libraries import imported_by
from backproof.check.sandbox.recording import Recording
from backproof.check.source import Source

_SKIPPED = {
    ".git",
    ".hg",
    ".svn",
    "node_modules",
    "__pycache__",
    ".venv",
    "venv",
    "env",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".tox",
}
_FILE_LIMIT = 64_000_000  # bytes; bigger files beside the checked one are not copied
_FOLDER_LIMIT = 256_000_000
_COUNT_LIMIT = 3000
_ABOVE = 2  # folders above a file's own from which it may read
_SHORT, _OPERATIONS = 20.0, 200_000  # seconds, and operations, of a run in which loops are left early
_KEPT = "kept"  # where the copy of a file's folder stands that the runs take theirs from
_PREFIX = "backproof-"  # of the folders in which files run


@dataclass(frozen=True)
class Limits:
    """What a stranger's file may take: seconds, bytes of memory; and how long its loops run on once enough was seen."""

    seconds: float = 60.0
    memory: int = 4_000_000_000
    patience: float = 1.0


_COOKIE = re.compile(r"^([ \t\f]*#.*?coding[:=][ \t]*)[-\w.]+")


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

    Use it in a `with` statement; what a file writes is gone when the next one runs.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.answer: str | None = None  # what `input()` gives; None for the end of input
        self.numbers = False  # whether numbers that are written down may be weights
        self.later = False  # whether a training is recorded at a later turn of its outer loop only (see `later`)
        self._server: subprocess.Popen[str] | None = None
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._count = 0
        self._copy: FolderCopy | None = None
        self._outside: tuple[Source, list[str]] | None = None  # what a file reads that stands in the folders above

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _stop(self) -> None:
        if self._server is None:
            return
        self._server.kill()
        self._server.wait()
        for stream in (self._server.stdin, self._server.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._server = None

    def run(
        self,
        source: Source,
        *,
        texts: Mapping[str, str] | None = None,
        updates: int | None = None,
        stretch: int = 0,
        patience: float | None = None,
        short: int = 0,
    ) -> Recording:
        """Run the file, with other texts in place of some of its files (by their names in the folder) if given.

        Args:
            updates: end as soon as so many updates were seen in a stretch; None for the whole run.
            stretch: which one that is.
            patience: how many seconds training goes on once enough was seen; None for what the limits say.
            short: leave loops over samples early that take more operations than this, until enough was seen; 0 for
                none (see `short`).
        """
        more: dict[str, Any] = {}
        if patience is not None and not self.later:  # a later turn takes as long as it takes
            more["patience"] = min(patience, self.limits.patience)
        if updates is not None:
            limits = {"enough": updates, "fewest": 0, "second_limit": 6.0}
            more |= {"ends_when_seen": True, "stretch": stretch, "limits": limits}
        if short:
            more |= {
                "ends_when_seen": True,
                "short": short,
                "limits": {"second_limit": _SHORT, "node_limit": _OPERATIONS},
            }
        output, status = self._run(source, texts or {}, more)
        return self._read(output, status)

    def run_trials(
        self,
        source: Source,
        texts: Mapping[str, str],
        units: Sequence[Unit],
        windows: Sequence[tuple[int, int]],
        stretch: int = 0,
    ) -> list[Tried]:
        """Run the file up to the end of a stretch's last window, and compute in them what edited expressions give."""
        limits = {
            "enough": 10**9,
            "fewest": 10**9,
            "node_limit": max(end for _, end in windows) + 1,
            "byte_limit": 10**10,
        }
        settings = {"ends_when_seen": True, "limits": limits, "trials": units, "windows": windows, "stretch": stretch}
        output, _ = self._run(source, texts, settings)
        try:
            for kind in ("json", "bin"):
                _regular(output / f"trials.{kind}")
            return read_trials(output)
        except (OSError, ValueError, TypeError, IndexError):
            return []
        finally:
            self.forget()

    def bring(self, source: Source, path: str) -> bool:
        """Lay out, in the runs to come of a file, what it names in the folder above its own, or above that; false if
        there is no such thing, or if it is too much."""
        origin = source.path.resolve().parent
        known = self._outside[1] if self._outside is not None and self._outside[0] == source else []
        above = os.path.normpath(path)
        if not _is_above(above) or above in known or not (origin / above).exists() or not _is_small(origin / above):
            return False
        self._outside = source, [*known, above]
        return True

    def _run(self, source: Source, texts: Mapping[str, str], more: Mapping[str, Any]) -> tuple[Path, dict[str, Any]]:
        """Run the file in a copy of its folder; gives the folder that its record is in, and how it ended."""
        self._count += 1
        output = self._folder / f"run{self._count}"
        output.mkdir()
        folder = output / "folder"
        if self._copy is None or self._copy.source != source or not self._copy.is_whole():
            self._copy = None
            shutil.rmtree(self._folder / _KEPT, ignore_errors=True)
            self._copy = FolderCopy(source, self._folder / _KEPT / "folder")
        above = {file for file in texts if file.startswith("..")}
        name = self._copy.laid_out(folder, {file: text for file, text in texts.items() if file not in above})
        if self._outside is not None and self._outside[0] == source:
            for path in self._outside[1]:
                _copied(source.path.resolve().parent / path, Path(os.path.normpath(folder / path)))
        for file in above:
            Path(os.path.normpath(folder / file)).write_text(texts[file], encoding="utf-8")
        settings: dict[str, Any] = {
            "folder": str(folder),
            "file": name,
            "output": str(output),
            "answer": self.answer,
            "numbers": self.numbers,
            "later": self.later,
            "patience": self.limits.patience,
            "seconds": self.limits.seconds,
            "memory": self.limits.memory,
            "libraries": imported_by(source.text),
            **more,
        }
        status = self._ask(settings)
        shutil.rmtree(folder, ignore_errors=True)
        return output, status

    def _ask(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        if self._server is not None and self._server.poll() is not None:
            self._stop()
        if self._server is None:
            environment = {
                **os.environ,
                "MPLBACKEND": "Agg",
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONIOENCODING": "utf-8",
                "TQDM_DISABLE": "0",
                "PYTHONHASHSEED": "0",  # so that sets are walked in the same order in every run of one file
            }
            for shown in ("DISPLAY", "WAYLAND_DISPLAY"):
                environment.pop(shown, None)
            self._server = subprocess.Popen(
                # -P: no library is loaded from the folder that the check is started in
                [sys.executable, "-P", "-m", "backproof.check.sandbox.server"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
            )
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(settings) + "\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline()
        return json.loads(answer) if answer else {"ended": "lost"}

    def _read(self, output: Path, status: dict[str, Any]) -> Recording:
        end = dict(status)
        with contextlib.suppress(OSError, ValueError, TypeError, RecursionError):
            end |= dict(json.loads(_regular(output / "end.json").read_text()))
        stretches: list[Trace] = []
        later: dict[int, Trace] = {}
        asides: dict[int, list[Trace]] = {}
        sites = Sites([], [])
        try:
            _regular(output / "sites.json")
            sites = read_sites(output)
            while (output / f"stretch{len(stretches)}.json").exists():
                number = len(stretches)
                stretches.append(_trace(output, f"stretch{number}", number))
                if (output / f"later{number}.json").exists():
                    later[number] = _trace(output, f"later{number}", number)
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

    def forget(self) -> None:
        """Throw away the records of earlier runs."""
        for old in self._folder.iterdir():
            if old.name != _KEPT:
                shutil.rmtree(old, ignore_errors=True)


class FolderCopy:
    """A copy of what stands beside a file, from which each run gets its own, by links: data may be large, and many."""

    def __init__(self, source: Source, folder: Path) -> None:
        self.source = source
        self.folder = folder
        self.name = copy_folder(source, folder)
        below = sorted(folder.rglob("*"))
        self.folders = [path for path in below if path.is_dir()]
        self.stamps = {path: _stamp(path) for path in below if path.is_file()}

    def is_whole(self) -> bool:
        """Whether no run has written into a file that it had a link to."""
        return all(_stamp(path) == stamp for path, stamp in self.stamps.items())

    def laid_out(self, target: Path, texts: Mapping[str, str]) -> str:
        """Lay out a copy with other texts in place of some files; gives the name that the checked file has in it."""
        target.mkdir(parents=True)
        for folder in self.folders:
            (target / folder.relative_to(self.folder)).mkdir()
        for path in self.stamps:
            here = target / path.relative_to(self.folder)
            try:
                os.link(path, here)
            except OSError:
                shutil.copyfile(path, here)
        for name, text in texts.items():
            (target / name).unlink(missing_ok=True)  # the link, not what it leads to
            (target / name).write_text(text, encoding="utf-8")
        return self.name


def _is_above(path: str) -> bool:
    """Whether a path leads to something in a folder above, one or two steps up."""
    parts = Path(path).parts
    return 0 < parts.count("..") <= _ABOVE and len(parts) > parts.count("..")


def _is_small(path: Path) -> bool:
    """Whether a file, or all below a folder, may be copied."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return len(files) <= _COUNT_LIMIT and sum(p.stat().st_size for p in files) <= _FOLDER_LIMIT


def _copied(path: Path, target: Path) -> None:
    """Copy a file or a folder to where nothing stands yet."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, target)
        else:
            shutil.copyfile(path, target)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def copy_folder(source: Source, target: Path) -> str:
    """Copy what stands beside a file, put the Python text in the file's place, and give the name it has there."""
    origin = source.path.resolve().parent
    target.mkdir(parents=True)
    own = target.resolve().parent.parent  # a file in the folder of temporary files stands beside its own copies
    count = size = 0
    for folder, folders, files in os.walk(origin):
        folders[:] = [
            name
            for name in folders
            if name not in _SKIPPED and not name.startswith((".", _PREFIX)) and Path(folder, name) != own
        ]
        here = target / Path(folder).relative_to(origin)
        here.mkdir(exist_ok=True)
        for name in files:
            path = Path(folder) / name
            try:
                length = path.stat().st_size
                if count >= _COUNT_LIMIT or length > _FILE_LIMIT or size + length > _FOLDER_LIMIT or not path.is_file():
                    continue
                shutil.copyfile(path, here / name)
                count, size = count + 1, size + length
            except OSError:
                continue
        if count >= _COUNT_LIMIT:
            break
    name = source.run_name
    lines = source.text.split("\n")
    # the copy is in UTF-8, so it must not say that it is in something else
    lines[:2] = [_COOKIE.sub(r"\1utf-8", line) for line in lines[:2]]
    (target / name).write_text("\n".join(lines), encoding="utf-8")
    return name

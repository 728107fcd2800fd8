"""A copy of what stands beside a stranger's file, from which each of its runs gets its own."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

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
PREFIX = "backproof-"  # of the folders in which files run
_COOKIE = re.compile(r"^([ \t\f]*#.*?coding[:=][ \t]*)[-\w.]+")


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


def is_above(path: str) -> bool:
    """Whether a path leads to something in a folder above, one or two steps up."""
    parts = Path(path).parts
    return 0 < parts.count("..") <= _ABOVE and len(parts) > parts.count("..")


def led_to(origin: Path, path: str) -> Path | None:
    """Where a path leads that a file names, in a folder above its own, or in its own by that folder's name, where it is
    to be run from the folder above; None if it leads elsewhere.

    Args:
        origin: the file's folder.
    """
    if is_above(path):
        return origin / path
    parts = Path(path).parts
    return origin.parent / path if len(parts) > 1 and parts[0] == origin.name else None


def is_small(path: Path) -> bool:
    """Whether a file, or all below a folder, may be copied."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return len(files) <= _COUNT_LIMIT and sum(p.stat().st_size for p in files) <= _FOLDER_LIMIT


def copied(path: Path, target: Path) -> None:
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
            if name not in _SKIPPED and not name.startswith((".", PREFIX)) and Path(folder, name) != own
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

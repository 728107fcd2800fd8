"""Writes files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from backproof.errors import DataError


def check_writable(path: Path) -> None:
    """Raise DataError unless a file can be written here, before any long work begins."""
    try:
        if path.is_dir():
            raise DataError(f"{path} is a folder: give the name of a file.")
        if _is_special(path):
            allowed = os.access(path, os.W_OK)
        else:
            folder = path.resolve().parent
            if not folder.is_dir():
                raise DataError(f"{path} cannot be written: there is no folder {folder}.")
            allowed = os.access(folder, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))
            # some folders say yes and mean no
            tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}.") from None
    if not allowed:
        raise DataError(f"{path} cannot be written: you have no permission to write there.")


def _is_special(path: Path) -> bool:
    """Whether the path is a pipe or a device, which is written into and never replaced."""
    return path.exists() and not path.is_file()


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path` and move it there when it is complete. Links are followed.

    Raises DataError when the place cannot be written to.
    """
    check_writable(path)
    special = _is_special(path)
    place = path.resolve()
    beside: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=None if special else place.parent)
        os.close(handle)
        beside = Path(name)
        write(beside)
        if special:
            path.write_bytes(beside.read_bytes())
            return
        mask = os.umask(0)
        os.umask(mask)
        beside.chmod(0o666 & ~mask)
        beside.replace(place)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        if beside:
            beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write text whole or not at all. Raises DataError when the place cannot be written to."""
    write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))

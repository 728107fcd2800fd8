"""Writes files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from backproof.errors import DataError


def check_writable(path: Path) -> None:
    """Raise DataError unless a file can be written here, before any long work begins."""
    folder = path.parent
    if path.is_dir():
        raise DataError(f"{path} is a folder: give the name of a file.")
    if not folder.is_dir():
        raise DataError(f"{path} cannot be written: there is no folder {folder}.")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise DataError(f"{path} cannot be written: you have no permission to write there.")


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path` and move it there when it is complete.

    Raises DataError when the place cannot be written to.
    """
    check_writable(path)
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    beside = Path(name)
    try:
        write(beside)
        mask = os.umask(0)
        os.umask(mask)
        beside.chmod(0o666 & ~mask)
        beside.replace(path)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write text whole or not at all. Raises DataError when the place cannot be written to."""
    write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))

"""Which files a check of a folder looks at."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from backproof.errors import DataError

ENDINGS = (".py", ".ipynb")
SKIPPED = {"__pycache__", "node_modules", "venv", "env", "site-packages"}


def find_files(arguments: Iterable[Path]) -> list[Path]:
    """The files that are named, and all scripts and notebooks below the folders that are named, each once.

    Hidden folders, virtual environments and the copies that `--fix` wrote are left out of a folder.

    Raises:
        DataError: something is not there, or a folder holds nothing to check.
    """
    found: dict[Path, Path] = {}
    for argument in arguments:
        if argument.is_dir():
            below = sorted(_below(argument))
            if not below:
                raise DataError(f"There is no .py or .ipynb file in the folder {argument}.")
        elif argument.exists():
            below = [argument]
        else:
            raise DataError(f"{argument}: there is no such file.")
        for path in below:
            found.setdefault(path.resolve(), path)
    return list(found.values())


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if name not in SKIPPED and not name.startswith(".") and not (Path(place) / name / "pyvenv.cfg").exists()
        ]
        for name in files:
            path = Path(place) / name
            if path.suffix in ENDINGS and not name.startswith(".") and not _is_mended(path) and path.is_file():
                yield path


def _is_mended(path: Path) -> bool:
    """Whether this is what `--fix` wrote beside another file."""
    return path.stem.endswith(".fixed") and path.with_name(f"{path.stem.removesuffix('.fixed')}{path.suffix}").exists()

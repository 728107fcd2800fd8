"""Which files import one that trains nothing by itself: those are to be checked."""

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from backproof.check.folder import ENDINGS, SKIPPED

_MOST = 2000  # files and folders that are looked at
_LARGEST = 2_000_000  # bytes of one


def callers(path: Path) -> list[str]:
    """The scripts and notebooks beside a file, in the folders beside it and in the one above it, that import it: their
    paths from its folder, in this order."""
    path = path.resolve()
    name = re.escape(path.stem)
    imports = re.compile(rf"\bfrom\s+\.*(?:\w+\.)*{name}\s+import\b|\bimport\s+(?:[\w.]+,\s*)*(?:\w+\.)*{name}\b")
    found = []
    for other in islice(_near(path.parent), _MOST):
        if other == path or other.suffix not in ENDINGS or other.stem == "__init__" or not other.is_file():
            continue
        if other.stat().st_size <= _LARGEST and imports.search(other.read_text(encoding="utf-8", errors="replace")):
            found.append(os.path.relpath(other, path.parent))
    return found


def _near(folder: Path) -> Iterator[Path]:
    for place, depth in ((folder, "*"), (folder, "*/*"), (folder.parent, "*")):
        for path in sorted(islice(place.glob(depth), _MOST)):
            if not any(part in SKIPPED or part.startswith(".") for part in path.relative_to(place).parts):
                yield path

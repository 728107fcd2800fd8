"""Run a program as plain Python does, in a process of its own, and keep what it printed and learned."""

from __future__ import annotations

import io
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutants.catalogue.mutant import cell_sources, read_notebook

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|inf")
ANSWERS = "0.5\n" * 20
"""What is typed in where a program asks."""


@dataclass(frozen=True)
class Outcome:
    """What a program printed, the numbers that it held in the end, and its error, if any."""

    printed: str
    numbers: tuple[float, ...]
    error: str

    @property
    def finite(self) -> bool:
        return all(math.isfinite(value) for value in self.numbers) and not re.search(r"\b(nan|inf)\b", self.printed)

    def differs(self, other: Outcome) -> bool:
        """Whether something that was printed or learned differs by more than rounding."""
        if NUMBER.sub("#", self.printed) != NUMBER.sub("#", other.printed):
            return True
        if len(self.numbers) != len(other.numbers):
            return True
        mine = (*map(float, NUMBER.findall(self.printed)), *self.numbers)
        theirs = (*map(float, NUMBER.findall(other.printed)), *other.numbers)
        return any(not math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9) for a, b in zip(mine, theirs, strict=True))


def run(path: Path, timeout: float = 30) -> Outcome:
    """Run a program in a process of its own."""
    environment = {**os.environ, "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", "-m", "tests.mutants.execution", str(path)]
    try:
        done = subprocess.run(
            command,
            input=ANSWERS,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=environment,
            check=False,
            cwd=Path(__file__).parents[2],
        )
    except subprocess.TimeoutExpired:
        return Outcome("", (), f"ran longer than {timeout} s")
    if done.returncode:
        return Outcome("", (), done.stderr.strip().rsplit("\n", 1)[-1])
    found = json.loads(done.stdout)
    return Outcome(found["printed"], tuple(found["numbers"]), "")


def numbers_in(value: Any, seen: dict[int, Any], depth: int = 0) -> Iterator[float]:
    """All floats in arrays, containers and objects; `seen` keeps what was met alive, so that no id comes again."""
    import numpy as np

    if id(value) in seen or depth > 8:
        return
    if isinstance(value, float | np.floating):
        yield float(value)
        return
    seen[id(value)] = value
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f":
            yield from map(float, value.ravel())
    elif isinstance(value, dict):
        for key in value:
            if not str(key).startswith("__"):
                yield from numbers_in(value[key], seen, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from numbers_in(item, seen, depth + 1)
    elif getattr(type(value), "__module__", "") == "__main__":
        yield from numbers_in(vars(value), seen, depth + 1)
    elif isinstance(value, type) and value.__module__ == "__main__":
        yield from numbers_in(dict(vars(value)), seen, depth + 1)


def execute(path: Path) -> dict[str, Any]:
    """Execute a program's text as `__main__`; gives its names."""
    names: dict[str, Any] = {"__name__": "__main__", "__file__": str(path)}
    sys.path.insert(0, str(path.parent))
    texts = cell_sources(read_notebook(path)) if path.suffix == ".ipynb" else [path.read_text(encoding="utf-8")]
    for text in texts:
        plain = "\n".join("pass" if line.startswith(("%", "!")) else line for line in text.split("\n"))
        exec(compile(plain, str(path), "exec"), names)
    return names


def main() -> None:
    printed = io.StringIO()
    with redirect_stdout(printed):
        names = execute(Path(sys.argv[1]))
    numbers = list(numbers_in(names, {}))
    json.dump({"printed": printed.getvalue(), "numbers": numbers}, sys.stdout)


if __name__ == "__main__":
    main()

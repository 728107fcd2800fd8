"""Make the lessons of examples/lessons: python examples/make_lessons.py.

The notebook's network, one with two hidden layers on the penguins, and handwritten digits. The tables are those of
make_tables.py.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PENGUINS = (
    "--target",
    "species",
    "--exclude",
    "year",
    "--validation",
    "0.2",
    "--hidden",
    "8,6",
    "--activation",
    "Tanh",
)
DIGITS = ("--target", "target", "--validation", "0.25", "--hidden", "16", "--epochs", "30")
LESSONS: dict[str, tuple[str, ...]] = {
    "notebook.html": ("--sample", "3", "--epoch", "1000"),
    "notebook.ipynb": (),
    "notebook.md": ("--sample", "3", "--epoch", "1000"),
    "penguins.html": ("penguins.csv", *PENGUINS, "--epoch", "10"),
    "digits.html": ("digits.csv", *DIGITS, "--epoch", "5", "--sample", "7"),
}


def main() -> None:
    """Write every lesson."""
    lessons = HERE / "lessons"
    lessons.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, HERE / "make_tables.py", folder], check=True, stdout=subprocess.DEVNULL)
        for name, arguments in LESSONS.items():
            command = [sys.executable, "-m", "backproof", "explain", *arguments, "-o", str(lessons.resolve() / name)]
            subprocess.run(command, check=True, cwd=folder)


if __name__ == "__main__":
    main()

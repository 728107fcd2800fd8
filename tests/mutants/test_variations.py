"""The variations change what they say, and leave a program one that runs."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.mutants.catalogue.mutant import PROGRAMS
from tests.mutants.variations import VARIATIONS, varied

TEXT = """import numpy as np
rng = np.random.default_rng(3)
lr = 0.1
w = rng.normal()
def move(w, by):
    w -= lr * by
    return w
for epoch in range(100):
    for number in range(3):
        w = move(w, by=2 * w)
print(round(w * 10 ** 40, 3))
"""


def test_each_changes_what_it_says(tmp_path: Path) -> None:
    made = dict(varied(TEXT))
    assert made.keys() == VARIATIONS.keys()
    assert "default_rng(10)" in made["another seed, 7 more"]
    assert "range(5)" in made["few epochs"]
    assert "range(3)" in made["few epochs"]
    assert "lr = 1.0\n" in made["ten times the rate"]
    assert "print" not in made["no prints"]
    path = tmp_path / "renamed.py"
    said = []
    for text in (TEXT, made["other names"]):
        path.write_text(text, encoding="utf-8")
        said.append(subprocess.run([sys.executable, path], capture_output=True, text=True, check=True).stdout)
    assert said[0] == said[1] != ""
    assert "rng" not in made["other names"].replace("default_rng", "")


def test_most_programs_have_most_of_them() -> None:
    made = Counter(name for path in PROGRAMS.glob("*.py") for name, _ in varied(path.read_text(encoding="utf-8")))
    assert made["other names"] >= 40
    assert made["no prints"] >= 40
    assert made["another seed, 1 more"] >= 40
    assert made["few epochs"] >= 30
    assert min(made.values()) >= 15

"""Values of programs of single numbers, followed many at once: none that makes something right is lost."""

from pathlib import Path
from typing import Any

import pytest

from backproof.check.repair.screen import Screen
from backproof.check.sandbox.sandbox import Sandbox
from tests.check.repair.test_screen import LAYERS, LIMITS, SCALARS, Case

__all__ = ["LIMITS"]  # of the sandbox

# two mistakes: the first parameters that a right `d` reaches are still wrong
PARTS = """import math
w1, w2, w3, w4, v1, v2, b1, b2, c = 0.3, -0.6, 0.8, 0.2, -0.5, 0.7, 0.1, -0.2, 0.05
samples = [(0.2, 0.9, 1.0), (0.8, -0.4, 0.0), (-0.5, 0.3, 1.0), (0.6, 0.7, 0.0)]
def sig(z):
    return 1 / (1 + math.exp(-z))
for epoch in range(40):
    loss = 0.0
    for x1, x2, t in samples:
        h1 = math.tanh(w1 * x1 + w2 * x2 + b1)
        h2 = math.tanh(w3 * x1 + w4 * x2 + b2)
        o = sig(v1 * h1 + v2 * h2 + c)
        loss += 0.5 * (o - t) ** 2
        d = (o - t) * sig(o) * (1 - sig(o)) * o * (1 - o)
        d1 = d * v1 * h1 * (1 - h1)
        d2 = d * v2 * (1 - h2 ** 2)
        v1 -= 0.6 * d * h1
        v2 -= 0.6 * d * h2
        c -= 0.6 * d
        w1 -= 0.6 * d1 * x1
        w2 -= 0.6 * d1 * x2
        b1 -= 0.6 * d1
        w3 -= 0.6 * d2 * x1
        w4 -= 0.6 * d2 * x2
        b2 -= 0.6 * d2
    print(loss)
"""


def seen(text: str, folder: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, bool, str]]:
    """What each value gains that is followed by itself, whether it was given up, and the text that gives it."""
    rows: list[tuple[float, bool, str]] = []
    hopeless, tried = Screen._hopeless, Screen._tried
    known: dict[int, Any] = {}

    def told_tried(self: Screen, *given: Any) -> Any:
        known.clear()
        known.update(tried(self, *given))
        return known

    def told(self: Screen, listed: Any, ways: Any, likeliest: Any) -> Any:
        found = hopeless(self, listed, ways, likeliest)
        for _, number, each, texts in likeliest[:: max(len(likeliest) // 150, 1)]:
            (file, _), group = listed[number]
            gain = self.placing.gain_of(file, group, known[number], ways[number], each, texts)
            rows.append((gain, (number, each) in found, [*group.texts][min(texts)]))
        return found

    monkeypatch.setattr(Screen, "_tried", told_tried)
    monkeypatch.setattr(Screen, "_hopeless", told)
    Case(text, folder, sandbox).rows()
    return rows


@pytest.mark.slow
def test_what_is_given_up_makes_nothing_right(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = seen(PARTS, tmp_path, sandbox, monkeypatch)
    assert len(rows) > 100
    assert not [row for row in rows if row[1] and row[0] > 0]
    assert sum(given_up for _, given_up, _ in rows) > 0.9 * len(rows), "nearly all values make nothing right"


def test_where_numbers_are_carried_from_turn_to_turn_none_is_lost(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = seen(SCALARS.replace("d * v * (1 - h * h)", "d * v * (1 - h)"), tmp_path, sandbox, monkeypatch)
    assert not [row for row in rows if row[1] and row[0] > 0]


def test_of_arrays_nothing_is_given_up(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = seen(LAYERS.replace("* slope(a1)", ""), tmp_path, sandbox, monkeypatch)
    assert rows
    assert not any(given_up for _, given_up, _ in rows)


@pytest.mark.slow
def test_a_first_mistake_is_seen_though_the_first_numbers_that_it_reaches_stay_wrong(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    case = Case(PARTS, tmp_path, sandbox)
    assert case.rows()
    gains = {edit.apply(PARTS): gain for (_, edit), gain in case.repair.candidates.promised.items()}
    assert gains[PARTS.replace("sig(o) * (1 - sig(o)) * ", "")] > 5

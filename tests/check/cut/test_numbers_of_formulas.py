"""The single numbers of a formula are weights, whatever they are multiplied with."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
COOLING = """import math
times = [0.5 * i for i in range(25)]
measured = [20 + 60 * math.exp(-0.35 * t) + 0.3 * math.sin(9 * t) for t in times]
room, gap, k = 15.0, 50.0, 0.2
for step in range(60):
    error = g_room = g_gap = g_k = 0.0
    for t, m in zip(times, measured):
        e = math.exp(-k * t)
        off = room + gap * e - m
        error += off ** 2
        g_room += 2 * off
        g_gap += 2 * off * e
        g_k += 2 * off * gap * e * (-t)
    room -= 0.05 * g_room / 25
    gap -= 0.05 * g_gap / 25
    k -= 0.00002 * g_k / 25
    print(error / 25)
"""
MAP = """seen, x = [], 0.2
for n in range(12):
    seen.append(x + 0.01 * (n % 3 - 1))
    x = 2.9 * x * (1 - x)
r, start = 2.5, 0.3
for step in range(60):
    x, by_r, by_start = start, 0.0, 1.0
    error, g_r, g_start = 0.0, 0.0, 0.0
    for o in seen:
        e = x - o
        error += e * e
        g_r += 2 * e * by_r
        g_start += 2 * e * by_start
        slope = r * (1 - 2 * x)
        by_r, by_start = x * (1 - x) + slope * by_r, slope * by_start
        x = r * x * (1 - x)
    r -= 0.01 * g_r
    start -= 0.01 * g_start
    print(error)
"""


def test_one_that_is_moved_as_another_one_is_no_copy_of_it(sandbox: Sandbox, tmp_path: Path) -> None:
    right = reported(COOLING, tmp_path, sandbox, 0)
    assert (right.verdict, right.parameters) == (Verdict.RIGHT, 3)
    wrong = reported(COOLING.replace("2 * off * e\n", "2 * off\n"), tmp_path, sandbox, 0)
    assert (wrong.verdict, wrong.parameters) == (Verdict.WRONG, 3)


@pytest.mark.parametrize(("slip", "verdict"), [("", Verdict.RIGHT), ("slope * by_start\n", Verdict.WRONG)])
def test_where_a_sequence_starts_is_no_memory_of_what_it_goes_on_by(
    slip: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = reported(MAP.replace(slip, "by_start\n") if slip else MAP, tmp_path, sandbox, 0)
    assert (report.verdict, report.parameters) == (verdict, 2)

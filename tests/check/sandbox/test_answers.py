"""Files that ask for something before they train."""

from pathlib import Path

import pytest

from backproof.check import check

PROGRAM = """
import math, random
random.seed(3)
GATES = {1: [0, 0, 0, 1], 2: [0, 1, 1, 1]}
while True:
    gate = int(input("1 for AND, 2 for OR: "))
    if gate in GATES:
        break
w, v = [random.uniform(-1, 1) for _ in range(3)], [random.uniform(-1, 1) for _ in range(3)]
epochs = int(input("Epochs: "))
for _ in range(epochs):
    for (a, b), t in zip([(0, 0), (0, 1), (1, 0), (1, 1)], GATES[gate]):
        h = 1 / (1 + math.exp(-(w[0] * a + w[1] * b + w[2])))
        o = v[0] * h + v[1] * a + v[2]
        error = o - t
        d = error * v[0] * SLOPE
        v = [v[0] - 0.3 * error * h, v[1] - 0.3 * error * a, v[2] - 0.3 * error]
        w = [w[0] - 0.3 * d * a, w[1] - 0.3 * d * b, w[2] - 0.3 * d]
    print(0.5 * error ** 2)
"""


@pytest.mark.parametrize(("slope", "verdict"), [("h * (1 - h)", "right"), ("(1 - h * h)", "wrong")])
def test_it_is_told_another_choice_where_it_asks_again(tmp_path: Path, slope: str, verdict: str) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace("SLOPE", slope))
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason

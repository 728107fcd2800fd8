"""Gradients that are handed to an optimizer, and what they are multiplied with on their way."""

from pathlib import Path

from backproof.check import check

PROGRAM = """
import math
import random
random.seed(6)
w = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(3)]
b, v, c = [0.0] * 3, [random.uniform(-1, 1) for _ in range(3)], [0.0]
sw, sb = [[0.0, 0.0] for _ in range(3)], [0.0] * 3
sv, sc = [0.0] * 3, [0.0]
data = [(x, float(x[0] ** 2 + x[1] ** 2 < 0.5)) for x in ([random.uniform(-1, 1) for _ in range(2)] for _ in range(60))]
def learn(x, y, rate):
    h = [math.tanh(b[j] + sum(w[j][i] * x[i] for i in range(2))) for j in range(3)]
    p = 1 / (1 + math.exp(-(c[0] + sum(v[j] * h[j] for j in range(3)))))
    delta = p - y
    back = [delta * v[j] * (1 - h[j] ** 2) for j in range(3)]
    for j in range(3):
        g = delta * h[j]
        sv[j] += g * g
        v[j] -= rate * g / (math.sqrt(sv[j]) + 1e-8)
    g = delta
    sc[0] += g * g
    c[0] -= rate * g / (math.sqrt(sc[0]) + 1e-8)
    for j in range(3):
        for i in range(2):
            g = back[j] * x[i]
            sw[j][i] += g * g
            w[j][i] -= rate * g / (math.sqrt(sw[j][i]) + 1e-8)
        g = back[j]
        sb[j] += g * g
        b[j] -= rate * g / (math.sqrt(sb[j]) + 1e-8)
    return -y * math.log(p) - (1 - y) * math.log(1 - p)
for epoch in range(20):
    total = 0.0
    for x, y in data:
        total += learn(x, y, 0.1)
    print(epoch, total / len(data))
"""


def test_a_gradient_that_a_sample_scales_is_none(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    assert check(path, repair=0).verdict == "right"
    wrong = PROGRAM.replace("        g = back[j]\n", "")  # the last weight's gradient is taken for the bias's
    path.write_text(wrong)
    report = check(path, repair=0)
    assert report.verdict == "wrong"
    line = wrong.splitlines()[report.findings[0].line - 1].strip()
    assert line in ("sb[j] += g * g", "b[j] -= rate * g / (math.sqrt(sb[j]) + 1e-8)")

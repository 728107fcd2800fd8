"""A derivative from the imaginary part of a complex number: Martins et al., The complex-step derivative, 2003."""

from pathlib import Path

from backproof.check import check

PROGRAM = """
import numpy as np
rng = np.random.default_rng(3)
x = np.sort(rng.uniform(0, 3, 30))
y = np.sin(2 * x)
p = rng.normal(size=12)
def network(q, x):
    return np.exp(-0.5 * (x[:, None] - q[:4]) ** 2 * np.exp(q[4:8])) @ q[8:]
def loss(q):
    d = network(q, x) - y
    return (d * d).sum() / 30
def gradient(q, h=1e-30):
    g = np.zeros(q.size)
    z = q.astype(complex)
    for j in range(q.size):
        z[j] += 1j * h
        g[j] = loss(z).imag / h
        z[j] = q[j]
    return g
for n in range(300):
    g = gradient(p)
    p = p - 0.05 * g
    if n % 50 == 0:
        print(n, loss(p))
"""


def test_a_complex_step_is_right(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason
    path.write_text(PROGRAM.replace("loss(z).imag / h", "loss(z).imag / h * (1 + j)"))
    assert check(path, repair=0).verdict != "right"

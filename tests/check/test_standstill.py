"""What seems to be trained beside a network, and is none: the centres of clusters, for one."""

from pathlib import Path

from backproof.check import check

# radial functions around centres that are found first, one sample after the other
PROGRAM = """
import numpy as np
rng = np.random.default_rng(8)
x = rng.uniform(0, 1, 40)
t = 0.5 + 0.4 * np.sin(2 * np.pi * x)
means = np.column_stack([np.array([0.1, 0.5, 0.9]), np.zeros(3)])
for value in np.tile(x, 2):
    c = min(range(3), key=lambda k: (value - means[k, 0]) ** 2)
    means[c, 0] = (means[c, 0] * means[c, 1] + value) / (means[c, 1] + 1)
    means[c, 1] += 1
W, b = rng.normal(size=(1, 3)), np.zeros(1)
for epoch in range(8):
    total = 0.0
    for i in rng.permutation(40):
        h = np.exp(-(x[i] - means[:, 0]) ** 2 / 0.05)
        error = t[i] - (W @ h + b)
        total += 0.5 * error[0] ** 2
        W += 0.1 * np.outer(error, h)
        b += 0.1 * error
    print("loss", total)
"""


def test_the_centres_of_clusters_are_no_network(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    report = check(path, repair=0)
    assert (report.verdict, report.parameters) == ("right", 2), report.reason


def test_the_network_beside_them_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace("b += 0.1 * error", "b -= 0.1 * error"))
    report = check(path, repair=0)
    assert report.verdict == "wrong", report.reason

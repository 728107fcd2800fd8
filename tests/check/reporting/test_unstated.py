"""A term of the loss that nobody computes: only its gradient is added."""

from pathlib import Path

import pytest

from backproof.check import check

# a variational autoencoder: its divergence is 0.5 * sum(exp(v) - 1 - v + m ** 2)
NETWORK = """
import numpy as np
rng = np.random.default_rng(9)
X = rng.random((24, 6))
E, D = rng.normal(0, 0.4, (6, 4)), rng.normal(0, 0.4, (2, 6))
for step in range(60):
    code = X @ E
    m, v = code[:, :2], code[:, 2:]
    noise = rng.normal(size=m.shape)
    z = m + np.exp(0.5 * v) * noise
    y = z @ D
    loss = np.sum((y - X) ** 2){told}
    print(loss)
    d = 2 * (y - X)
    dz = d @ D.T
    dcode = np.append(dz, dz * noise * 0.5 * np.exp(0.5 * v), axis=1)
    dcode = {divergence} + {true}
    D = D - 0.002 * z.T @ d
    E = E - 0.002 * X.T @ dcode
"""
DIVERGENCE = "np.append(m, 0.5 * (np.exp(v) - 1), axis=1)"


@pytest.mark.parametrize(
    ("divergence", "true", "told", "verdict"),
    [
        (DIVERGENCE, "dcode", " + 0.5 * np.sum(np.exp(v) - 1 - v + m ** 2)", "right"),
        (DIVERGENCE, "dcode", "", "cannot-judge"),  # right, if it is meant
        (DIVERGENCE, "dcode * np.array([1, 1, 2, 2])", "", "wrong"),
        ("0.1 * y[:, :4]", "dcode", "", "wrong"),  # not of what it is added to
        ("np.append(m, 0.5 * np.exp(v), axis=1)", "dcode", " + 0.5 * np.sum(np.exp(v) - 1 - v + m ** 2)", "wrong"),
    ],
)
def test_a_gradient_of_a_term_that_nobody_computes(
    tmp_path: Path, divergence: str, true: str, told: str, verdict: str
) -> None:
    path = tmp_path / "network.py"
    path.write_text(NETWORK.format(divergence=divergence, true=true, told=told))
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason
    assert ("variational autoencoder" in report.reason) == (verdict == "cannot-judge")

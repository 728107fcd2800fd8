"""A gradient that is what its name says is not where the mistake is."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.locate.apt_names import says

PROGRAM = """
import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(30, 3))
T = np.sin(X[:, :1])
Wi, Wo = rng.normal(0, 0.5, (3, 4)), rng.normal(0, 0.5, (4, 1))
for sweep in range(40):
    for n in range(30):
        x = X[n:n + 1]
        hid = np.tanh(x @ Wi)
        out = hid @ Wo
        err = out - T[n:n + 1]
        loss = float(np.sum(err ** 2))
        gWo = hid.T @ (2 * err)
        NAME = 2 * err @ Wo.T
        gWi = x.T @ NAME
        Wo = Wo - 0.05 * gWo
        Wi = Wi - 0.05 * gWi
    print(loss)
"""


@pytest.mark.parametrize(
    ("called", "quantity", "apt"),
    [
        ("gHid", "hid", True),
        ("grads['dA1']", "cache['A1']", True),
        ("self.delta_z2", "self.z2", True),
        ("hidden_error", "hidden", True),
        ("dZ1", "A1", False),
        ("delta", "z", False),
        ("dA10", "A1", False),
    ],
)
def test_what_a_name_says(called: str, quantity: str, apt: bool) -> None:
    assert says(called, quantity) is apt


def test_what_is_named_rightly_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace("NAME", "gHid"))
    report = check(path, repair=20.0)
    assert report.findings[0].line == 16, report.reason
    # the other single edit is shown, too
    assert any("(2 * err @ Wo.T) * (1 - hid ** 2)" in fix.diff for fix in report.fixes[1:])


def test_a_name_that_says_something_else_is_no_reason(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace("NAME", "delta"))
    assert check(path, repair=20.0).findings[0].line == 15

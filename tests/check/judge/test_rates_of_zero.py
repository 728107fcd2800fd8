"""A step whose learning rate is 0 moves nothing and accuses nobody; what is moved at no step is wrong all the same."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(3)
X, y = rng.normal(size=(30, 3)), rng.normal(size=(30, 1))
W1, b1, W2 = rng.normal(size=(3, 5)), np.zeros(5), rng.normal(size=(5, 1))
for step in range(40):
    rate = RATE
    h = np.tanh(X @ W1 + b1)
    e = h @ W2 - y
    print(np.mean(e ** 2))
    back = 2 * e / len(X)
    d = back @ W2.T * (1 - h ** 2)
    W2 -= rate * (h.T @ back)
    W1 -= rate * (X.T @ d)
    b1 -= rate * d.sum(axis=0)SHARE
"""


@pytest.mark.parametrize(
    ("rate", "share", "slope", "verdict"),
    [
        ("0.2 * min(step, 10) / 10", "", "(1 - h ** 2)", Verdict.RIGHT),
        ("0.2 * (1 - step / 39)", "", "(1 - h ** 2)", Verdict.RIGHT),
        ("0.0 if step < 3 else 0.1 * 0.9 ** step", "", "(1 - h ** 2)", Verdict.RIGHT),
        ("0.2 * min(step, 10) / 10", "", "(1 - h)", Verdict.WRONG),
        ("0.1", " * 0", "(1 - h ** 2)", Verdict.WRONG),
    ],
)
def test_a_rate_of_zero_tells_nothing(
    sandbox: Sandbox, tmp_path: Path, rate: str, share: str, slope: str, verdict: Verdict
) -> None:
    text = PROGRAM.replace("RATE", rate).replace("SHARE", share).replace("(1 - h ** 2)", slope)
    assert reported(text, tmp_path, sandbox).verdict is verdict


SVM = """import numpy as np
rng = np.random.default_rng(5)
X, W = rng.normal(size=(30, 3)), 0.1 * rng.normal(size=(3, 2))
t = np.where(X[:, :2] + 0.3 * rng.normal(size=(30, 2)) > 0, 1.0, -1.0)
for step in range(30):
    margins = 1 - t * (X @ W)
    active = margins > 0
    print(0.5 * np.sum(W ** 2) + 5 * np.sum(margins[active]) / 30)
    gradient = W - 5 * X.T @ (FACTOR) / 30
    W -= 0.05 * gradient
"""


@pytest.mark.parametrize(("factor", "verdict"), [("t * active", Verdict.RIGHT), ("1.0 * active", Verdict.WRONG)])
def test_a_weight_that_is_added_to_its_gradient_is_no_other_point(
    sandbox: Sandbox, tmp_path: Path, factor: str, verdict: Verdict
) -> None:
    assert reported(SVM.replace("FACTOR", factor), tmp_path, sandbox, 6).verdict is verdict

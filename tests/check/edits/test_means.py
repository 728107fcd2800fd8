"""A mean where the sum of the errors moves a bias: of a weight's gradient, or of all numbers at once."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
TEXT = """import numpy as np
rng = np.random.default_rng(9)
X, Y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
W1, b1 = rng.normal(size=(3, 4)), np.zeros((1, 4))
W2, b2 = rng.normal(size=(4, 2)), np.zeros((1, 2))
for step in range(60):
    h = np.tanh(X @ W1 + b1)
    dZ2 = h @ W2 + b2 - Y
    print(0.5 * np.sum(dZ2 ** 2))
    dW2 = h.T @ dZ2
    dZ1 = (dZ2 @ W2.T) * (1 - h ** 2)
    dW1 = X.T @ dZ1
    W1 -= 0.01 * dW1
    W2 -= 0.01 * dW2
    b1 -= 0.01 * STEP1
    b2 -= 0.01 * STEP2
"""


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    ("steps", "meant"),
    [
        (
            ("np.mean(dW1, axis=0, keepdims=True)", "np.mean(dW2, axis=0, keepdims=True)"),
            ("np.sum(dZ1, axis=0, keepdims=True)", "np.sum(dZ2, axis=0, keepdims=True)"),
        ),
        (
            ("np.sum(dW1, axis=0, keepdims=True)", "np.sum(dW2, axis=0, keepdims=True)"),
            ("np.sum(dZ1, axis=0, keepdims=True)", "np.sum(dZ2, axis=0, keepdims=True)"),
        ),
        (("np.mean(dZ1)", "np.mean(dZ2)"), ("np.sum(dZ1, axis=0", "np.sum(dZ2, axis=0")),
    ],
    ids=["of the gradient of a weight", "summed up", "of all numbers"],
)
def test_the_sum_of_the_errors_moves_the_biases(
    steps: tuple[str, str], meant: tuple[str, str], tmp_path: Path, sandbox: Sandbox
) -> None:
    text = TEXT.replace("STEP1", steps[0]).replace("STEP2", steps[1])
    report = reported(text, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes[0].proved
    mended = report.fixes[0].texts["network.py"]
    assert all(said in mended for said in meant)


def test_errors_that_have_no_name_are_summed_up_as_they_stand(tmp_path: Path, sandbox: Sandbox) -> None:
    text = TEXT.replace(
        "    dZ1 = (dZ2 @ W2.T) * (1 - h ** 2)\n    dW1 = X.T @ dZ1\n",
        "    back = dZ2 @ W2.T\n    dW1 = X.T @ (back * (1 - h ** 2))\n",
    )
    text = text.replace("STEP1", "np.sum(dW1, axis=0, keepdims=True)").replace(
        "STEP2", "np.sum(dZ2, axis=0, keepdims=True)"
    )
    report = reported(text, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert "np.sum(back * (1 - h ** 2), axis=0, keepdims=True)" in report.fixes[0].texts["network.py"]

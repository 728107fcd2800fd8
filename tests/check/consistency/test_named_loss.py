"""What a file calls its loss, and does not print, is held against the loss that it descends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

TEXT = """import numpy as np

rng = np.random.default_rng(2)
x = rng.normal(size=(20, 3))
y = x @ np.array([1.0, -2.0, 0.5]) + 0.3 + 0.1 * rng.normal(size=20)
w, b = np.zeros(3), 0.0
history = []
for epoch in range(100):
    error = y - (x @ w + b)
    NAME = LOSS
    history.append(NAME)
    w = w + 0.05 * x.T @ error / len(x)
    b = b + 0.05 * error.mean()
print(w, b)
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Limits()) as box:
        yield box


@pytest.mark.parametrize("loss", ["sum(error) ** 2 / len(x)", "np.mean(error)", "np.max(np.abs(error))"])
@pytest.mark.parametrize("name", ["loss", "Cost"])
def test_another_loss_that_is_called_so_is_told(loss: str, name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(TEXT.replace("NAME", name).replace("LOSS", loss), tmp_path, sandbox)
    assert report.verdict == "other-loss", report.reason
    assert report.findings[0].line == 10 or "in line 10" in report.reason


@pytest.mark.parametrize(
    "loss",
    ["np.mean(error ** 2)", "np.sqrt(np.mean(error ** 2))", "np.log(np.sum(error ** 2))", "np.mean(np.abs(error))"],
)
def test_the_same_loss_in_another_form_and_the_mean_error_are_right(
    loss: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = reported(TEXT.replace("NAME", "loss").replace("LOSS", loss), tmp_path, sandbox)
    assert report.verdict == "right", report.reason


def test_what_has_another_name_is_no_loss(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(TEXT.replace("NAME", "bias_of_fit").replace("LOSS", "np.mean(error)"), tmp_path, sandbox)
    assert report.verdict == "right", report.reason


def test_an_error_that_is_sent_back_is_no_loss(sandbox: Sandbox, tmp_path: Path) -> None:
    text = TEXT.replace("error.mean()", "loss").replace("NAME", "loss").replace("LOSS", "error.mean()")
    report = reported(text, tmp_path, sandbox)
    assert report.verdict == "right", report.reason


def test_a_loss_that_a_function_gives_back_is_the_one_that_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    text = TEXT.replace("    NAME = LOSS\n", "    loss = measured(error)\n").replace("    history.append(NAME)\n", "")
    head = "import numpy as np\n"
    wrong = text.replace(
        head, head + "\n\ndef measured(error):\n    total = np.sum(error)\n    return total / len(error)\n"
    )
    report = reported(wrong, tmp_path, sandbox)
    assert report.verdict == "other-loss", report.reason
    assert "`loss` is another loss" in report.reason
    report = reported(wrong.replace("np.sum(error)", "np.sum(error ** 2)"), tmp_path, sandbox, name="right.py")
    assert report.verdict == "right", report.reason

"""What a file imports from others beside it, it can call as its own functions."""

from pathlib import Path

import pytest

from backproof.check.edits import Editor, edits_of
from backproof.check.edits.brought import editors_of
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
FILES = {
    "tools/slopes/__init__.py": "from .sigmoid import sigmoid\nfrom .prime import prime as sigmoid_prime\n",
    "tools/slopes/sigmoid.py": "def sigmoid(z):\n    return z\n",
    "tools/slopes/prime.py": "def prime(z):\n    return z * (1 - z)\n",
    "acts.py": "import numpy as np\nrelu = lambda z: np.maximum(z, 0)\nstep = np.vectorize(lambda z: z > 0)\n",
    "losses.py": "def cost(t, p): return t - p\ndef tell(p): print(p)\nclass A:\n    def f(self): return 1\n",
    "deep/losses.py": "def other(t):\n    return t\n",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from acts import relu as r", {"r": 1}),
        ("from losses import *", {"cost": 2}),
        ("import acts", {"acts.relu": 1, "acts.step": 1}),
        ("import acts as A", {"A.relu": 1, "A.step": 1}),
        ("from deep import losses", {"losses.other": 1}),
        ("from tools.slopes import sigmoid, sigmoid_prime", {"sigmoid": 1, "sigmoid_prime": 1}),
        ("from .acts import step", {"step": 1}),
        ("import numpy as np\nfrom numpy import exp", {}),
    ],
)
def test_the_functions_of_the_module_that_is_meant(text: str, expected: dict[str, int]) -> None:
    assert editors_of({**FILES, "main.py": text}, {})["main.py"].brought == expected


def test_modules_that_import_each_other_have_an_end() -> None:
    circle = {"a/__init__.py": "from b import *", "b/__init__.py": "from a import *\ndef f(x):\n    return x\n"}
    assert editors_of(circle, {})["a/__init__.py"].brought == {"f": 1}


def test_a_function_that_is_written_as_a_lambda_can_be_called() -> None:
    editor = Editor("slope = lambda z: z * (1 - z)\nz = np.ones(2)\nd = z - 1\n")
    statement = editor.statement_at(3)
    assert statement is not None
    assert any(edit.apply(editor.text).endswith("d = (z - 1) * slope(z)\n") for edit in edits_of(editor, statement))


NETWORK = """import numpy as np
from acts import squash, squash_slope
rng = np.random.default_rng(2)
x = rng.normal(size=(8, 3))
t = np.sin(x.sum(axis=1, keepdims=True))
w1, w2, w3 = rng.normal(size=(3, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 1))
for turn in range(60):
    z1 = x @ w1
    a1 = squash(z1)
    z2 = a1 @ w2
    p = squash(z2) @ w3
    print(np.sum((p - t) ** 2) / 2)
    d2 = (p - t) @ w3.T * squash_slope(z2)
    d1 = d2 @ w2.T
    w3 -= 0.05 * squash(z2).T @ (p - t)
    w2 -= 0.05 * a1.T @ d2
    w1 -= 0.05 * x.T @ d1
"""


@pytest.mark.slow
def test_a_slope_that_is_imported_is_the_factor_that_is_missing(tmp_path: Path, sandbox: Sandbox) -> None:
    squash = "import numpy as np\ndef squash(z):\n    return z / (1 + np.abs(z))\n"
    slope = "def squash_slope(z):\n    return 1 / (1 + np.abs(z)) ** 2\n"
    (tmp_path / "acts.py").write_text(squash + slope, encoding="utf-8")
    report = reported(NETWORK, tmp_path, sandbox, seconds=15)
    assert report.verdict is Verdict.WRONG
    assert "+    d1 = (d2 @ w2.T) * squash_slope(z1)" in report.fixes[0].diff

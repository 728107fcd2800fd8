"""The perceptron's rule, whose errors are whole numbers: no operation leads from the weights to their moves."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
HEAD = """import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(size=(60, 2)) + 0.3
y = np.where(X[:, 0] - 0.7 * X[:, 1] > 0.2, 1, 0)
"""
FORMS = {
    "a step function": """
def step(z):
    return 1 if z >= 0 else 0
w, b = rng.normal(size=2), 0.4
for epoch in range(10):
    for x, t in zip(X, y):
        z = np.dot(x, w) + b
        error = t - step(z)
        w += 0.1 * error * x
        b += 0.1 * error
""",
    "one array, -1 and 1": """
class Perceptron:
    def __init__(self, eta):
        self.eta, self.w_ = eta, rng.normal(size=3)
    def net_input(self, x):
        return np.dot(x, self.w_[1:]) + self.w_[0]
    def predict(self, x):
        return np.where(self.net_input(x) >= 0.0, 1, -1)
    def fit(self, X, y):
        for _ in range(10):
            errors = 0
            for xi, target in zip(X, y):
                update = self.eta * (target - self.predict(xi))
                self.w_[1:] += update * xi
                self.w_[0] += update
                errors += int(update != 0.0)
            print(errors)
Perceptron(0.05).fit(X, np.where(y == 1, 1, -1))
""",
    "a threshold of a half, in plain Python": """
w = [0.2, -0.3, 0.1]
for epoch in range(10):
    for x, t in zip(X.tolist(), y.tolist()):
        total = w[0] + sum(a * b for a, b in zip(w[1:], x))
        out = 1 if total > 0.5 else 0
        for i in range(2):
            w[i + 1] = w[i + 1] + 0.25 * (t - out) * x[i]
        w[0] = w[0] + 0.25 * (t - out)
""",
    "moved only where it is wrong": """
w, b = np.zeros(2), 0.0
signs = 2 * y - 1
for epoch in range(10):
    for i in range(len(X)):
        if signs[i] * (X[i] @ w + b) <= 0:
            w = w + 0.3 * signs[i] * X[i]
            b = b + 0.3 * signs[i]
""",
}
WRONG = {
    "a step function": [
        ("0.1 * error * x", "0.1 * error * x * x"),
        ("b += 0.1", "b += 0.2"),
        ("t - step", "step(z) - t #"),
    ],
    "one array, -1 and 1": [
        ("= update * xi", "= update * xi[::-1]"),
        ("target - self.predict(xi)", "self.predict(xi) - target"),
    ],
    "a threshold of a half, in plain Python": [("* x[i]\n", "* x[0]\n"), ("(t - out)\n", "(t + out)\n")],
}


@pytest.mark.parametrize("form", FORMS)
def test_the_rule_is_right(form: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(HEAD + FORMS[form], tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.parameters in (1, 2, 3)


@pytest.mark.parametrize("form", WRONG)
def test_another_rule_is_not(form: str, tmp_path: Path, sandbox: Sandbox) -> None:
    for right, wrong in WRONG[form]:
        text = FORMS[form].replace(right, wrong)
        assert text != FORMS[form]
        report = reported(HEAD + text, tmp_path, sandbox)
        assert report.verdict is not Verdict.RIGHT, (wrong, report.reason)


def test_a_bias_that_stays_as_it_is_is_named(tmp_path: Path, sandbox: Sandbox) -> None:
    text = FORMS["a step function"].replace("        b += 0.1 * error\n", "")
    assert reported(HEAD + text, tmp_path, sandbox).verdict is Verdict.INCONSISTENT


ELEMENTS = """
import numpy as np
rng = np.random.default_rng(1)
inputs = np.array([[-1, -1, 1], [-1, 1, 1], [1, -1, 1], [1, 1, 1]])
answers = np.array([-1, 1, 1, 1])
w = 2 * rng.random((3, 1)) - 1
for epoch in range(50):
    for x, t in zip(inputs, answers):
        z = x[0] * w[0] + x[1] * w[1] + x[2] * w[2]
        e = t - (1 if z > 0 else -1)
        w[0] = w[0] + 0.3 * e * x[0]
        w[1] = w[1] + 0.3 * e * x[1]
        w[2] = w[2] + 0.3 * e * x[2]
print(w)
"""
FIXED = """
import numpy as np
inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
answers = np.array([0, 0, 0, 1])
w = np.array([-0.2, 0.4])
for epoch in range(15):
    for x, t in zip(inputs, answers):
        z = (x * w).sum()
        e = t - (1 if z >= 1 else 0)
        if e != 0:
            for i in range(2):
                w[i] = w[i] + 0.2 * e * x[i]
        print(w[0], w[1])
"""


def test_weights_that_are_written_one_by_one_follow_the_rule(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(ELEMENTS, tmp_path, sandbox)
    assert report.verdict == Verdict.RIGHT, report.reason
    report = reported(ELEMENTS.replace("e * x[1]", "e * x[2]"), tmp_path, sandbox)
    assert report.verdict != Verdict.RIGHT


def test_an_output_that_only_goes_up_is_no_loss(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(FIXED, tmp_path, sandbox)
    assert report.verdict not in (Verdict.WRONG, Verdict.OTHER_LOSS, Verdict.INCONSISTENT), report.reason


SHOWN = """
    loss = np.mean(np.log(1 + np.exp(-signs * (X @ w + b))))
    print(loss)
"""


def test_an_entropy_that_is_shown_is_another_loss(tmp_path: Path, sandbox: Sandbox) -> None:
    text = HEAD + FORMS["a step function"].replace("w, b =", "signs = 2 * y - 1\nw, b =")
    assert reported(text, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(text.rstrip() + SHOWN, tmp_path, sandbox)
    assert report.verdict is Verdict.OTHER_LOSS, report.reason

"""A prediction by another network than the trained one gets a fix that was run."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(14, 3))
t = np.sin(x[:, :1])
w1, b1 = 0.6 * rng.normal(size=(3, 5)), np.zeros(5)
w2, b2 = 0.6 * rng.normal(size=(5, 1)), np.zeros(1)
for epoch in range(25):
    a1 = np.tanh(x @ w1 + b1)
    p = a1 @ w2 + b2
    print("mse", np.mean((p - t) ** 2))
    d2 = 2 * (p - t) / len(x)
    d1 = d2 @ w2.T * (1 - a1 ** 2)
    w2 -= 0.1 * a1.T @ d2
    b2 -= 0.1 * d2.sum(axis=0)
    w1 -= 0.1 * x.T @ d1
    b1 -= 0.1 * d1.sum(axis=0)
final = np.tanh(x @ w1 + b1) @ w2 + b2
print("final", np.mean(np.abs(final - t)))
"""


@pytest.mark.parametrize(
    "wrong",
    [
        "np.tanh(x @ w1 + b1) @ w2",
        "np.tanh(x @ w1) @ w2 + b2",
        "np.tanh(x @ w1 + b1) @ w2 - b2",
        "(x @ w1 + b1) @ w2 + b2",
        "x @ w1 @ w2 + b2",
        "np.tanh(x @ w1 + b2[0]) @ w2 + b2",
    ],
)
def test_what_the_prediction_lacks_is_put_in(wrong: str, tmp_path: Path, sandbox: Sandbox) -> None:
    right = "np.tanh(x @ w1 + b1) @ w2 + b2"
    assert reported(PROGRAM, tmp_path, sandbox, 30.0).verdict == Verdict.RIGHT
    report = reported(PROGRAM.replace(f"final = {right}", f"final = {wrong}"), tmp_path, sandbox, 30.0)
    assert report.verdict == Verdict.INCONSISTENT, report.reason
    assert [f.line for f in report.findings] == [18]
    if wrong.startswith("(x @ w1 + b1)"):
        assert report.findings[0].expression == "x @ w1 + b1", "what is behind it is left out, and the product is right"
    assert report.fixes
    assert report.fixes[0].proved
    assert f"+final = {right}" in report.fixes[0].diff.replace("(np.tanh(x @ w1 + b1))", "np.tanh(x @ w1 + b1)")


def test_a_bias_that_is_one_element_of_the_weights_is_missed(tmp_path: Path, sandbox: Sandbox) -> None:
    program = """
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(14, 3))
t = np.sin(x[:, 0]) + 0.5
w = rng.normal(size=4)
for epoch in range(25):
    p = np.dot(x, w[1:]) + w[0]
    print("mse", np.mean((p - t) ** 2))
    d = 2 * (p - t) / len(x)
    w[1:] -= 0.1 * x.T.dot(d)
    w[0] -= 0.1 * d.sum()
final = np.dot(x, w[1:]) + w[0]
print("final", np.mean(np.abs(final - t)))
"""
    assert reported(program, tmp_path, sandbox).verdict == Verdict.RIGHT
    report = reported(program.replace("final = np.dot(x, w[1:]) + w[0]", "final = np.dot(x, w[1:])"), tmp_path, sandbox)
    assert report.verdict == Verdict.INCONSISTENT, report.reason
    assert [f.line for f in report.findings] == [13]


@pytest.mark.parametrize("squash", ["1 / (1 + np.exp(-({0})))", "np.tanh({0})"])
def test_a_sigmoid_that_training_has_not_is_another_network(squash: str, tmp_path: Path, sandbox: Sandbox) -> None:
    final = "np.tanh(x @ w1 + b1) @ w2 + b2"
    wrong = PROGRAM.replace(f"final = {final}", f"final = {final}\nfinal = {squash.format('final')}")
    report = reported(wrong, tmp_path, sandbox)
    assert report.verdict == Verdict.INCONSISTENT, report.reason
    assert [f.line for f in report.findings] == [19]


def test_other_forms_of_an_output_are_no_other_network(tmp_path: Path, sandbox: Sandbox) -> None:
    final = "np.tanh(x @ w1 + b1) @ w2 + b2"
    for form in ("np.exp(final)", "np.maximum(final, 0)", "final * 2.5 + 1"):
        text = PROGRAM.replace(f"final = {final}", f"final = {final}\nfinal = {form}")
        assert reported(text, tmp_path, sandbox).verdict == Verdict.RIGHT, form


def test_a_penalty_on_the_weights_is_no_prediction(tmp_path: Path, sandbox: Sandbox) -> None:
    text = PROGRAM.replace("    d2 = ", "    size = np.sum(w1 ** 2)\n    d2 = ")
    text = text.replace('print("final"', 'print("size", 0.3 * np.sum(w1 ** 2))\nprint("final"')
    assert reported(text, tmp_path, sandbox).verdict == Verdict.RIGHT


MARGIN = """
import numpy as np
rng = np.random.default_rng(1)
x = rng.normal(size=(30, 2)); y = np.where(x[:, 0] - x[:, 1] > 0.2, 1, -1)
class Machine:
    def fit(self, x, y):
        self.w = np.zeros(2)
        self.b = 0
        for _ in range(1000):
            for i, row in enumerate(x):
                if y[i] * (np.dot(row, self.w) - self.b) >= 1:
                    self.w -= 0.01 * 0.02 * self.w
                else:
                    self.w -= 0.01 * (0.02 * self.w - np.dot(row, y[i]))
                    self.b -= 0.01 * y[i]
    def predict(self, x):
        output = np.dot(x, self.w) - self.b
        return np.sign(output)
machine = Machine()
machine.fit(x, y)
print((machine.predict(x) == y).mean())
"""


def test_a_bias_that_is_subtracted_is_part_of_the_prediction(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(MARGIN, tmp_path, sandbox)
    assert report.verdict == Verdict.RIGHT, report.reason
    report = reported(MARGIN.replace("np.dot(x, self.w) - self.b", "np.dot(x, self.w)"), tmp_path, sandbox)
    assert report.verdict == Verdict.INCONSISTENT


LINEAR = """
import numpy as np
class Line:
    def fit(self, X, y):
        self.w_ = np.random.default_rng(1).normal(size=3)
        for turn in range(30):
            errors = y - self.net_input(X)
            self.w_[1:] += 0.005 * X.T.dot(errors)
            self.w_[0] += 0.005 * errors.sum()
            print(np.sum(errors ** 2) / 2)
    def net_input(self, X):
        return np.dot(X, self.w_[1:]) + self.w_[0]
    def predict(self, X):
        return self.net_input(X)
X = np.random.default_rng(0).normal(size=(40, 2))
y = np.where(X[:, 0] - X[:, 1] > 0.2, 1, -1)
line = Line()
line.fit(X, y)
print(line.predict(X)[:5])
"""
WORDS = """
import numpy as np
rng = np.random.default_rng(0)
contexts, targets = rng.integers(0, 9, (20, 4)), rng.integers(0, 9, 20)
E, W = rng.normal(size=(9, 5)) * 0.5, rng.normal(size=(5, 9)) * 0.5
for epoch in range(60):
    h = E[contexts].mean(axis=1)
    exps = np.exp(h @ W)
    probs = exps / exps.sum(axis=1, keepdims=True)
    print(-np.log(probs[np.arange(20), targets]).mean())
    d = (probs - np.eye(9)[targets]) / 20
    dE = np.zeros_like(E)
    for c in range(4):
        np.add.at(dE, contexts[:, c], d @ W.T / 4)
    W -= 0.5 * h.T @ d
    E -= 0.5 * dE
pred = (E[contexts].mean(axis=1) @ W).argmax(axis=1)
print(pred)
"""


@pytest.mark.parametrize(
    ("program", "right", "wrong"),
    [
        (LINEAR, "return self.net_input(X)\nX", "return np.dot(X[:, ::-1], self.w_[1:])\nX"),
        (LINEAR, "return self.net_input(X)\nX", "return np.dot(X, self.w_[1:].copy())\nX"),
        (WORDS, "pred = (E[contexts].mean", "pred = (E[contexts[:, :2]].mean"),
    ],
    ids=["columns turned round", "a copy without its bias", "half of the words"],
)
def test_a_prediction_is_made_of_what_the_forward_pass_computes(
    program: str, right: str, wrong: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    as_meant = reported(program, tmp_path, sandbox)
    assert as_meant.verdict is Verdict.RIGHT
    report = reported(program.replace(right, wrong), tmp_path, sandbox, 30.0)
    assert report.verdict is Verdict.INCONSISTENT, report.reason
    assert report.printed != as_meant.printed
    mended = reported(report.fixes[0].texts["network.py"], tmp_path, sandbox)
    assert mended.verdict is Verdict.RIGHT
    assert mended.printed == as_meant.printed


SQUASHED = """
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(14, 3))
t = rng.uniform(0.2, 0.8, (14, 1))
w1, w2 = 0.6 * rng.normal(size=(3, 5)), 0.6 * rng.normal(size=(5, 1))
def squash(z):
    return 1 / (1 + np.exp(-z))
for epoch in range(25):
    a1 = np.tanh(x @ w1)
    p = squash(a1 @ w2)
    print("mse", np.mean((p - t) ** 2))
    d2 = 2 * (p - t) / len(x) * p * (1 - p)
    d1 = d2 @ w2.T * (1 - a1 ** 2)
    w2 -= 0.1 * a1.T @ d2
    w1 -= 0.1 * x.T @ d1
final = np.tanh(x @ w1) @ w2
print(USED)
"""


@pytest.mark.parametrize(
    ("used", "verdict"),
    [
        ("final[:3]", Verdict.INCONSISTENT),
        ("np.mean(np.abs(final - t))", Verdict.INCONSISTENT),
        ("final > 0", Verdict.RIGHT),
        ("final, squash(np.tanh(x @ w1) @ w2)", Verdict.RIGHT),
        ("np.clip(final, 0, 1)", Verdict.RIGHT),
        ("final[0] > 0", Verdict.RIGHT),
        ("squash(final)", Verdict.RIGHT),
        ("np.argmax(final, axis=1)", Verdict.RIGHT),
    ],
)
def test_what_is_given_out_before_the_last_sigmoid_is_another_output(
    used: str, verdict: Verdict, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(SQUASHED.replace("USED", used), tmp_path, sandbox)
    assert report.verdict is verdict, report.reason

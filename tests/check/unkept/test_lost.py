"""Updates that change nothing: a new array that only a name of the loop gets."""

import ast
from pathlib import Path

import pytest

from backproof.check.edits import Editor
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.unkept.lost import in_place
from tests.check.reported import reported

NETWORK = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)); y = (X[:, :1] > 0).astype(float)
W1 = rng.normal(size=(3, 5)); b1 = np.zeros((1, 5)); W2 = rng.normal(size=(5, 1)); b2 = np.zeros((1, 1))
memories = [np.zeros_like(p) for p in (W1, b1, W2, b2)]
for epoch in range(30):
    h = np.tanh(X @ W1 + b1)
    p = 1 / (1 + np.exp(-(h @ W2 + b2)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    dz = (p - y) / len(X)
    dW2, db2 = h.T @ dz, dz.sum(0, keepdims=True)
    dh = dz @ W2.T * (1 - h ** 2)
    dW1, db1 = X.T @ dh, dh.sum(0, keepdims=True)
    for param, grad, memory in zip([W1, b1, W2, b2], [dW1, db1, dW2, db2], memories):
        memory = memory + grad * grad
        param = param - 0.1 * grad / np.sqrt(memory + 1e-8)
    print(loss)
"""
IN_A_FUNCTION = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)); y = X @ np.array([[1.0], [2.0], [0.5]])
w, b = rng.normal(size=(3, 1)), np.zeros((1, 1))

def update(w, b, dw, db):
    w = w - 0.1 * dw
    b = b - 0.1 * db

for epoch in range(30):
    e = X @ w + b - y
    print(np.mean(e ** 2))
    update(w, b, 2 * X.T @ e / len(X), 2 * e.mean(keepdims=True))
"""


LIMITS = Limits(patience=0.2)


def test_a_name_of_the_loop_that_gets_the_new_weights_is_named_and_mended(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(NETWORK, tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert [(finding.line, finding.kind) for finding in report.findings] == [(16, "lost update")]
    (fix,) = report.fixes
    # the memory of Adagrad is lost in the same way, and has to be kept, too
    assert "+        memory += grad * grad\n+        param -= 0.1 * grad / np.sqrt(memory + 1e-8)\n" in fix.diff
    assert reported(fix.texts["network.py"], tmp_path, sandbox).verdict is Verdict.RIGHT


@pytest.mark.slow
def test_what_else_is_wrong_is_named_and_mended_with_it(tmp_path: Path, sandbox: Sandbox) -> None:
    text = NETWORK.replace("dh = dz @ W2.T * (1 - h ** 2)", "dh = dz @ W2.T * (1 - h)")
    report = reported(text, tmp_path, sandbox, seconds=10)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == [16, 12]
    mended = report.fixes[0].texts["network.py"]
    assert "(1 - h ** 2)" in mended
    assert "param -= 0.1 * grad" in mended
    assert reported(mended, tmp_path, sandbox).verdict is Verdict.RIGHT


def test_arguments_that_get_new_values_are_named_each(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(IN_A_FUNCTION, tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == [7, 8]
    assert len(report.fixes) == 1


def test_a_new_value_that_is_handed_back_is_not_lost(tmp_path: Path, sandbox: Sandbox) -> None:
    text = IN_A_FUNCTION.replace("    b = b - 0.1 * db\n", "    b = b - 0.1 * db\n    return w, b\n")
    report = reported(text.replace("    update(", "    w, b = update("), tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT


def test_a_value_that_is_only_looked_at_is_no_update(tmp_path: Path, sandbox: Sandbox) -> None:
    text = NETWORK.replace("        param = param - 0.1", "        shown = param - 0.1")
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.CANNOT_JUDGE


def test_what_follows_a_line_stays_as_it_is() -> None:
    text = "for a in b:\n    a = a + (1 -  # why\n        2)  # here\n    c = 1\n"
    editor = Editor(text)
    statement = editor.statement_at(2)
    assert isinstance(statement, ast.Assign)
    assert in_place(editor, [statement]) == text.replace("a = a + (1", "a += (1")


HANDED_BACK = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)); y = X @ np.array([[1.0], [2.0], [0.5]])

def update(params, grads):
    w, b = params["w"], params["b"]
    w = w - 0.1 * grads["w"]
    b = b - 0.1 * grads["b"]
    changed = {"w": w, "b": b}
    return params

params = {"w": rng.normal(size=(3, 1)), "b": np.zeros((1, 1))}
for epoch in range(30):
    e = X @ params["w"] + params["b"] - y
    print(np.mean(e ** 2))
    params = update(params, {"w": 2 * X.T @ e / len(X), "b": 2 * e.mean(keepdims=True)})
"""


def test_a_function_that_hands_back_the_old_values_is_told_which_it_made(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(HANDED_BACK, tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert [(f.line, f.expression) for f in report.findings] == [(10, "return params")]
    (fix,) = report.fixes
    assert "+    return changed" in fix.diff
    assert reported(fix.texts["network.py"], tmp_path, sandbox).verdict is Verdict.RIGHT


def test_names_of_entries_that_get_new_values_are_named_each(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(HANDED_BACK.replace('    changed = {"w": w, "b": b}\n', ""), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert [f.line for f in report.findings] == [7, 8]
    assert reported(report.fixes[0].texts["network.py"], tmp_path, sandbox).verdict is Verdict.RIGHT


def test_what_is_handed_back_is_right(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(HANDED_BACK.replace("return params", "return changed"), tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason

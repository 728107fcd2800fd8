"""Networks that are given pandas' tables and columns as they are: these are followed as arrays are."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LOGISTIC = """import numpy as np
import pandas as pd
rng = np.random.default_rng(0)
table = pd.DataFrame(rng.normal(size=(50, 3)), columns=["a", "b", "c"])
table["level"] = rng.integers(0, 4, 50)
table["told"] = (table["a"] - table["b"] > 0.1).astype(int)
X, y = table.drop(columns="told"), table["told"]
w, b = np.zeros(4), 0.0
for epoch in range(40):
    p = 1 / (1 + np.exp(-(np.dot(X, w) + b)))
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
    dw = np.dot(X.T, p - y) / len(y)
    db = (p - y).mean()
    w = w - 0.1 * dw
    b = b - 0.1 * db
    if epoch % 10 == 0:
        print(loss)
print(table.head(2))
"""
FORMS = {
    "as it is": ("", ""),
    "a table times a vector": ("np.dot(X, w)", "X @ w"),
    "a table's own product": ("np.dot(X.T, p - y)", "X.T.dot(p - y)"),
    "its values": ("p - y) / len(y)", "p - y.values) / len(y)"),
    "its numbers": ('X, y = table.drop(columns="told")', 'X, y = table.drop(columns="told").to_numpy()'),
    "sums": ("(p - y).mean()", "np.sum(p - y) / y.shape[0]"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_network_of_tables_is_right(form: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(LOGISTIC.replace(*FORMS[form]), tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.loss is not None
    assert report.loss.line == 11


@pytest.mark.slow
def test_a_mistake_beside_tables_is_named_and_mended(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(LOGISTIC.replace("(p - y).mean()", "(p - y).sum()"), tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 13
    assert report.fixes[0].texts["network.py"] == LOGISTIC


def test_a_table_that_is_changed_is_another_one(tmp_path: Path, sandbox: Sandbox) -> None:
    text = LOGISTIC.replace("    p = 1 /", "    X.iloc[:, 0] = X.iloc[:, 0] * 0.9\n    p = 1 /")
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


def test_weights_that_become_a_column_and_are_changed_in_place_are_followed(tmp_path: Path, sandbox: Sandbox) -> None:
    program = LOGISTIC.replace("dw = np.dot(X.T, p - y) / len(y)", "dw = X.T @ (p - y) / len(y)")
    program = program.replace("w = w - 0.1 * dw", "w -= 0.1 * dw").replace("np.dot(X, w)", "X @ w")
    report = reported(program, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.parameters == 2
    report = reported(program.replace("w -= 0.1", "w -= 0.2"), tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, "a rate of its own is no mistake"
    report = reported(program.replace("/ len(y)\n", "\n"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG

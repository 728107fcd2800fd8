"""An update that is missing is said as one that is there is said, for another parameter."""

import ast
from pathlib import Path

import pytest

from backproof.check.cut.parameters import Training
from backproof.check.edits import Editor
from backproof.check.edits.patterns import behind_loop, beside_loop, bias_steps, in_lists, said_for
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.programs import NUMBERS
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)


@pytest.mark.parametrize(
    ("text", "own", "name", "wanted"),
    [
        ("syn1 += l1.T.dot(l2_delta)", "syn1", "syn0", "syn0 += l0.T.dot(l1_delta)"),
        ("Ws[2] -= lr * a2.T @ g3", "Ws[2]", "Ws[1]", "Ws[1] -= lr * a1.T @ g2"),
        ("ws[i] -= lr * gw / np.sqrt(cw[i])", "ws[i]", "bs[i]", "bs[i] -= lr * gb / np.sqrt(cb[i])"),
        ("self.weights -= lr * self.dw", "self.weights", "self.bias", "self.bias -= lr * self.db"),
        ("bu[u] += a * (e - c * bu[u])", "bu[u]", "bi[i]", "bi[i] += a * (e - c * bi[i])"),
    ],
)
def test_a_text_is_said_for_another_parameter(text: str, own: str, name: str, wanted: str) -> None:
    known = {"bs", "gb", "cb", "bias", "db", "self", "lr"}
    assert wanted in list(said_for(text, own, name, known))


def first(text: str, kind: type[ast.stmt]) -> tuple[Editor, ast.stmt]:
    editor = Editor(text)
    return editor, next(node for node in ast.walk(editor.tree) if isinstance(node, kind))


def test_a_bias_takes_the_sum_of_what_its_weight_is_a_product_with() -> None:
    editor, statement = first("w -= lr * x.T @ delta[k] / n\n", ast.AugAssign)
    made = list(bias_steps(editor, statement, "b"))
    assert "b -= lr * delta[k].sum(axis=0)" in made
    assert "b -= lr * np.mean(delta[k])" in made


def test_a_loop_gets_the_line_that_the_one_beside_it_has() -> None:
    text = (
        "for o, n in enumerate(out):\n    n.w -= r * d_out[o] * n.x\n    n.b -= r * d_out[o]\n"
        "for h, n in enumerate(hidden):\n    n.w -= r * d_hidden[h] * n.x\n"
    )
    editor = Editor(text)
    statement = editor.statement_at(3)
    assert statement is not None
    (edit,) = beside_loop(editor, statement)
    assert edit.apply(text) == text + "    n.b -= r * d_hidden[h]\n"


def test_the_bias_in_a_list_of_weights_is_updated_behind_their_loop() -> None:
    text = "for j in range(n):\n    w[j] -= rate * delta * x[j]\n"
    editor, statement = first(text, ast.AugAssign)
    (edit,) = behind_loop(editor, statement, "weights[-1]")
    assert edit.apply(text) == text + "w[-1] -= rate * delta\n"


def test_a_list_of_pairs_or_of_new_values_gets_the_one_that_it_lacks() -> None:
    pairs = "def own(self):\n    return [(self.W, self.dW), (self.V, self.dV)]\nself.b = self.db = 0\n"
    texts = [edit.apply(pairs) for edit in in_lists(Editor(pairs), "self.b", {"self", "b", "db"})]
    assert any("[(self.W, self.dW), (self.b, self.db), (self.V, self.dV)]" in text for text in texts)
    handed = "def step():\n    return w1 - r * g1, b1 - r * d1, b2\n"
    texts = [edit.apply(handed) for edit in in_lists(Editor(handed), "b2", {"b2", "d2"})]
    assert any("b1 - r * d1, b2 - r * d2" in text for text in texts)


def test_a_missing_update_is_found_and_proved(tmp_path: Path, sandbox: Sandbox) -> None:
    program = """
import numpy as np
rng = np.random.default_rng(1)
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
syn0, syn1 = 2 * rng.random((3, 4)) - 1, 2 * rng.random((4, 1)) - 1
for j in range(200):
    l0 = X
    l1 = 1 / (1 + np.exp(-l0.dot(syn0)))
    l2 = 1 / (1 + np.exp(-l1.dot(syn1)))
    l2_error = y - l2
    if j % 20 == 0:
        print(np.mean(l2_error ** 2))
    l2_delta = l2_error * l2 * (1 - l2)
    l1_delta = l2_delta.dot(syn1.T) * l1 * (1 - l1)
    syn1 += l1.T.dot(l2_delta)
    syn0 += l0.T.dot(l1_delta)
"""
    line = "    syn0 += l0.T.dot(l1_delta)\n"
    assert reported(program, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(program.replace(line, ""), tmp_path, sandbox, 30.0)
    assert report.verdict is Verdict.INCONSISTENT
    assert f"+{line}" in report.fixes[0].diff


@pytest.mark.slow
def test_a_loop_over_layers_that_leaves_one_out_gets_the_turn_that_it_lacks(tmp_path: Path, sandbox: Sandbox) -> None:
    program = """
import numpy as np
rng = np.random.default_rng(1)
x = rng.normal(size=(9, 3))
y = x[:, :1] * x[:, 1:2]
w = [0.7 * rng.normal(size=s) for s in ((3, 4), (4, 4), (4, 1))]
for epoch in range(60):
    a = [x]
    for k in range(3):
        a.append(np.tanh(a[k] @ w[k]))
    print(np.mean((a[3] - y) ** 2))
    d, g = 2 * (a[3] - y) / 9 * (1 - a[3] ** 2), [0, 0, 0]
    for k in range(2, -1, -1):
        g[k] = a[k].T @ d
        d = d @ w[k].T * (1 - a[k] ** 2)
    for k in range(len(w)):
        w[k] = w[k] - 0.1 * g[k]
"""
    for wrong in ("range(len(w) - 1)", "range(1, len(w))"):
        report = reported(program.replace("range(len(w))", wrong), tmp_path, sandbox, 20.0)
        assert report.verdict is Verdict.INCONSISTENT
        assert report.findings[0].line == 16
        mended = report.fixes[0].texts["network.py"].replace("range(0, len(w))", "range(len(w))")
        assert mended == program


def test_of_many_lines_that_may_be_missing_most_are_seen_to_help_nothing_at_a_glance(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole judgement of many single numbers takes seconds; it is passed on what trains all of them alone."""
    judged: list[int] = []

    def counted(training: Training, *, brief: bool = False) -> Judgement:
        judged.extend([len(training.parameters)] * brief)
        return judge(training, brief=brief)

    monkeypatch.setattr("backproof.check.repair.insertions.judge", counted)
    report = reported(NUMBERS.replace("        c = c - 0.1 * dh\n", ""), tmp_path, sandbox, 20.0)
    assert report.verdict is Verdict.INCONSISTENT
    assert report.fixes
    assert "c = c - " in report.fixes[0].texts["network.py"]
    assert judged == [5], "one attempt was judged as a whole"


@pytest.mark.slow
def test_all_updates_that_are_missing_are_written(tmp_path: Path, sandbox: Sandbox) -> None:
    program = """
import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def slope(a):
    return a * (1 - a)
X, y = np.array([[0.3, 0.5], [1.0, 0.2], [0.4, 0.9]]), np.array([[0.9], [0.2], [0.6]])
wh, bh, wout, bout = (np.random.uniform(size=s) for s in ((2, 4), (1, 4), (4, 1), (1, 1)))
for i in range(200):
    hidden = sigmoid(np.dot(X, wh) + bh)
    output = sigmoid(np.dot(hidden, wout) + bout)
    d_output = (y - output) * slope(output)
    d_hidden = d_output.dot(wout.T) * slope(hidden)
    wout += hidden.T.dot(d_output) * 0.5
print(output)
"""
    report = reported(program, tmp_path, sandbox, 20.0)
    assert report.verdict is Verdict.INCONSISTENT
    assert len(report.findings) == 3
    mended = report.fixes[0].texts["network.py"]
    assert "    wh += X.T.dot(d_hidden) * 0.5\n" in mended
    assert "    bh += d_hidden.sum(axis=0) * 0.5\n" in mended
    assert "    bout += d_output.sum(axis=0) * 0.5\n" in mended
    assert reported(mended, tmp_path, sandbox).verdict is Verdict.RIGHT

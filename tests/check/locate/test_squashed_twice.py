"""A sigmoid, or a tanh, that the backward pass applies to what it gave in the forward pass."""

from pathlib import Path

import pytest

from backproof.check.judge.judge import judge
from backproof.check.locate.squashed_twice import squashed_twice
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
TEXT = """import numpy as np
rng = np.random.default_rng(6)
X = rng.normal(size=(3, 20))
Y = np.sin(X[:1] * X[1:2])
def act(z):
    {act}
def slope(z):
    {slope}
W, b = rng.normal(size=(4, 3)), np.zeros((4, 1))
V, c = rng.normal(size=(1, 4)), np.zeros((1, 1))
for step in range(30):
    z = W @ X + b
    a = act(z)
    out = V @ a + c
    loss = np.mean((out - Y) ** 2)
    print(loss)
    d_out = 2 * (out - Y) / Y.size
    d = V.T @ d_out * slope({at})
    V -= 0.3 * d_out @ a.T
    c -= 0.3 * d_out.sum()
    W -= 0.3 * d @ X.T
    b -= 0.3 * d.sum(axis=1, keepdims=True)
"""
SIGMOID = "return 1 / (1 + np.exp(-z))"
FORMS = {
    "tanh": ("return np.tanh(z)", "return 1 - np.tanh(z) ** 2", 1),
    "sigmoid by its function": (SIGMOID, "return act(z) * (1 - act(z))", 2),
    "sigmoid written out again": (SIGMOID, "s = 1 / (1 + np.exp(-z))\n    return s * (1 - s)", 1),
    "tanh written out": (
        "return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))",
        "return 1 - act(z) ** 2",
        1,
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_it_is_seen_where_the_activation_is_handed_over_and_nowhere_else(
    form: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    act, slope, times = FORMS[form]
    for at, expected in (("z", 0), ("a", times)):
        path = tmp_path / "network.py"
        path.write_text(TEXT.format(act=act, slope=slope, at=at))
        judgement = judge(sandbox.run(read_source(path)).trainings[0])
        assert judgement.verdict == ("right" if at == "z" else "wrong")
        assert judgement.match is not None
        frame = judgement.frames[0]
        found = list(squashed_twice(frame, judgement.match.loss))
        assert len(found) == expected
        for twice in found:
            assert frame.trace.shape(twice.read) == (4, 20)


@pytest.mark.slow(but=2)
@pytest.mark.parametrize("form", FORMS)
def test_a_derivative_that_is_used_for_activations_alone_is_mended(form: str, sandbox: Sandbox, tmp_path: Path) -> None:
    act, slope, _ = FORMS[form]
    text = TEXT.format(act=act, slope=slope, at="a").replace("z = W @ X + b\n    a = act(z)", "a = act(W @ X + b)")
    report = reported(text, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    assert reported(report.fixes[0].texts["network.py"], tmp_path, sandbox).verdict is Verdict.RIGHT

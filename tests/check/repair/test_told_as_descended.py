"""Where every parameter follows another loss than the one that is told, telling that one is a fix, too."""

from pathlib import Path

import pytest

from backproof.check.forms.words import proof
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
ROWS = """import numpy as np
rng = np.random.default_rng(2)
X, Y = rng.normal(size=(20, 3)), (rng.random((20, 1)) > 0.5).astype(float)
w, b = rng.normal(size=(3, 1)), np.zeros((1, 1))


def told(guess, wanted, weight):
    return LOSS


for epoch in range(40):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    print(told(p, Y, w))
    d = GRADIENT
    w, b = w - 0.1 * (X.T @ d + DECAY), b - 0.1 * d.sum(axis=0, keepdims=True)
"""
BINARY = "-np.mean(wanted * np.log(guess) + (1 - wanted) * np.log(1 - guess))"


@pytest.mark.slow(but=2)
@pytest.mark.parametrize(
    ("loss", "gradient", "decay", "meant"),
    [
        ("np.mean((guess - wanted) ** 2)", "(p - Y) / 20", "0", BINARY),
        (BINARY, "2 * (p - Y) * p * (1 - p) / 20", "0", "np.mean((guess - wanted) ** 2)"),
        ("0.5 * np.sum((wanted - guess) ** 2)", "(p - Y)", "0", BINARY),
    ],
    ids=["an entropy is descended", "a square is descended", "of a sum"],
)
def test_the_loss_that_is_descended_is_told(
    loss: str, gradient: str, decay: str, meant: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    text = ROWS.replace("GRADIENT", gradient).replace("DECAY", decay)
    right = text.replace("LOSS", meant)
    report = reported(text.replace("LOSS", loss), tmp_path, sandbox, 20)
    assert report.verdict is Verdict.OTHER_LOSS
    texts = [fix.texts["network.py"] for fix in report.fixes]
    assert right in texts
    assert all(fix.proved for fix in report.fixes)
    assert report.findings[-1].line == 8
    assert reported(right, tmp_path, sandbox).verdict is Verdict.RIGHT


def test_where_a_penalty_is_told_as_well_the_gradient_is_mended(tmp_path: Path, sandbox: Sandbox) -> None:
    text = ROWS.replace("LOSS", f"{BINARY} + 0.01 * np.sum(weight ** 2)").replace("DECAY", "0.02 * w")
    report = reported(text.replace("GRADIENT", "2 * (p - Y) * p * (1 - p) / 20"), tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes[0].texts["network.py"] == text.replace("GRADIENT", "(p - Y) / 20")


def test_nothing_is_bent_to_follow_what_holds_no_target(tmp_path: Path, sandbox: Sandbox) -> None:
    text = ROWS.replace("GRADIENT", "2 * (p - Y) * p * (1 - p) / 20").replace("DECAY", "0")
    text = text.replace("told(p, Y, w)", "np.mean(np.abs(p))").replace("LOSS", "0")
    report = reported(text, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.OTHER_LOSS
    assert report.fixes
    told = next(line for line in text.splitlines() if "print" in line)
    for fix in report.fixes:
        kept = [line for line in fix.texts["network.py"].splitlines() if "print" not in line]
        assert kept == [line for line in text.splitlines() if line != told], "what is told is mended, and no gradient"


@pytest.mark.slow
def test_single_numbers_need_no_numpy(tmp_path: Path, sandbox: Sandbox) -> None:
    program = """import math
rows = [(0.3, 0.9, 1.0), (-0.8, 0.1, 0.0), (0.7, -0.6, 1.0), (0.1, 0.4, 0.0)]
a, b, c = 0.3, -0.2, 0.1
for epoch in range(50):
    total = 0
    for x, z, y in rows:
        p = 1 / (1 + math.exp(-(a * x + b * z + c)))
        total += (y - p) ** 2
        d = p - y
        a -= 0.1 * d * x
        b -= 0.1 * d * z
        c -= 0.1 * d
    print(total)
"""
    report = reported(program, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.OTHER_LOSS
    meant = program.replace("total += (y - p) ** 2", "total += -(y * math.log(p) + (1 - y) * math.log(1 - p))")
    assert meant in [fix.texts["network.py"] for fix in report.fixes]


def test_of_two_fixes_that_train_alike_the_one_without_an_idle_factor_is_shown(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """A probability is above zero everywhere: `* (p > 0)` would do as well as nothing."""
    text = ROWS.replace("LOSS", BINARY).replace("DECAY", "0")
    report = reported(text.replace("GRADIENT", "(p - Y) * p * (1 - p) / 20"), tmp_path, sandbox, 20)
    assert report.fixes[0].texts["network.py"] == text.replace("GRADIENT", "(p - Y) / 20")


def test_after_another_mistake_is_mended_the_loss_is_told_too(tmp_path: Path, sandbox: Sandbox) -> None:
    text = """import numpy as np
rng = np.random.default_rng(3)
x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
v, w = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
for epoch in range(40):
    h = np.tanh(x @ v)
    y = h @ w
    error = t - y
    print("loss", np.mean(error ** 4))
    w += 0.01 * h.T @ error
    v += 0.01 * x.T @ (error @ w.T * (1 - h ** 2))
"""
    report = reported(text, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 11
    assert report.findings[-1].line == 9
    assert report.fixes[0].proved
    mended = report.fixes[0].texts["network.py"]
    assert "error ** 4" not in mended
    assert reported(mended, tmp_path, sandbox).verdict is Verdict.RIGHT


@pytest.mark.slow
def test_what_is_added_up_is_told_where_it_is_computed(tmp_path: Path, sandbox: Sandbox) -> None:
    text = """import numpy as np
rng = np.random.default_rng(2)
X, Y = rng.normal(size=(12, 3)), rng.uniform(0.2, 0.8, size=12)
w, b = rng.normal(size=3), 0.0


def told(y, p):
    return (p - y) ** 2


for epoch in range(40):
    cost, dw, db = 0, np.zeros(3), 0.0
    for i in range(len(X)):
        p = 1 / (1 + np.exp(-(X[i] @ w + b)))
        cost += told(Y[i], p)
        dw += (p - Y[i]) * X[i]
        db += p - Y[i]
    cost /= len(X)
    print(cost)
    w, b = w - 0.1 * dw / len(X), b - 0.1 * db / len(X)
"""
    report = reported(text, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.OTHER_LOSS
    meant = text.replace("(p - y) ** 2", "-(y * np.log(p) + (1 - y) * np.log(1 - p))")
    assert meant in [fix.texts["network.py"] for fix in report.fixes]
    assert report.findings[-1].line == 8


def test_a_loss_of_another_file_is_told_there(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "losses.py").write_text(
        "import numpy as np\n\ndef told(guess, wanted):\n    return -np.sum(wanted * np.log(guess)) / len(guess)\n"
    )
    text = ROWS.replace("GRADIENT", "(p - Y) / 20").replace("DECAY", "0").replace("told(p, Y, w)", "told(p, Y)")
    begin, end = text.index("def told"), text.index("for epoch")
    report = reported(text[:begin] + "from losses import told\n\n" + text[end:], tmp_path, sandbox, 20)
    assert report.verdict is Verdict.OTHER_LOSS
    assert any("(1 - wanted)" in fix.texts["losses.py"] for fix in report.fixes)


@pytest.mark.slow
def test_an_entropy_of_all_samples_with_a_wrong_sign_is_mended_in_its_file(tmp_path: Path, sandbox: Sandbox) -> None:
    wrong = "-np.mean(wanted * np.log(guess) - (1 - wanted) * np.log(1 - guess))"
    (tmp_path / "losses.py").write_text(f"import numpy as np\n\ndef told(guess, wanted):\n    return {wrong}\n")
    text = """import numpy as np
from losses import told
rng = np.random.default_rng(2)
X, Y = rng.normal(size=(20, 3)), (rng.random((20, 1)) > 0.5).astype(float)
w, b = rng.normal(size=(3, 1)), np.zeros((1, 1))
for epoch in range(40):
    for start in range(0, 20, 5):
        x, y = X[start:start + 5], Y[start:start + 5]
        d = 1 / (1 + np.exp(-(x @ w + b))) - y
        w -= 0.1 * x.T @ d
        b -= 0.1 * d.sum(axis=0, keepdims=True)
    print(told(1 / (1 + np.exp(-(X @ w + b))), Y))
"""
    report = reported(text, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.OTHER_LOSS
    assert report.findings[0].line == 4
    assert report.fixes[0].proved
    assert "np.log(guess) + (1 - wanted)" in report.fixes[0].texts["losses.py"]


CLIPPED = """import numpy as np

rng = np.random.default_rng(7)
X, Y = rng.normal(size=(24, 3)), np.eye(3)[rng.integers(0, 3, size=24)]
v, w = rng.normal(size=(3, 5)), rng.normal(size=(5, 3))


def entropy(guess, wanted):
    guess = np.clip(guess, 1e-9, 1 - 1e-9)
    return -np.sum(wanted * np.log(guess)) / len(guess)

OTHERS
for epoch in range(40):
    h = np.tanh(X @ v)
    out = h @ w
    loss = entropy(out, Y)
    d = (out - Y) / len(X)
    e = d @ w.T * (1 - h ** 2)
    w -= 0.1 * h.T @ d
    v -= 0.1 * X.T @ e
    if epoch % 5 == 0:
        print("loss", loss)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("others", "meant"),
    [
        ("\ndef squares(a, b):\n    return np.sum((a - b) ** 2) / 2\n\n", "loss = squares(out, Y)"),
        ("", "loss = np.mean((out - Y) ** 2)"),
    ],
    ids=["another function", "written out"],
)
def test_where_the_told_loss_changes_its_outputs_another_one_is_called(
    others: str, meant: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(CLIPPED.replace("OTHERS", others), tmp_path, sandbox, 20)
    assert report.verdict is Verdict.OTHER_LOSS
    assert [fix.proved for fix in report.fixes] == [True]
    assert f"+    {meant}" in report.fixes[0].diff


SUMS = """import numpy as np
rng = np.random.default_rng(2)
X, T = rng.normal(size=(24, 3)), np.eye(4)[rng.integers(0, 4, 24)]
w, b = rng.normal(size=(3, 4)), np.zeros((1, 4))
def told(p):
    return np.mean((p - T) ** 2)
for epoch in range(30):
    for k in range(0, 24, 8):
        e = np.exp(X[k : k + 8] @ w + b)
        d = (e / e.sum(axis=1, keepdims=True) - T[k : k + 8]) / 8
        w -= 0.1 * X[k : k + 8].T @ d
        b -= 0.1 * np.sum(d)
    e = np.exp(X @ w + b)
    print(epoch, told(e / e.sum(axis=1, keepdims=True)))
"""


def test_a_mistake_is_mended_where_another_loss_is_told_as_well(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(SUMS, tmp_path, sandbox, 10)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 12
    mended = report.fixes[0].texts["network.py"]
    assert "np.log(p)" in mended, "an entropy is told"
    assert reported(mended, tmp_path, sandbox).verdict is Verdict.RIGHT


# the slope is taken of what is rectified already, and the loss is told by an object, where it is not written anew
TOLD_BY_AN_OBJECT = """import numpy as np
rng = np.random.default_rng(2)
class Squared:
    def __call__(self, truth, guess):
        difference = truth - guess
        return difference.T @ difference / 2
class Rectifier:
    def __call__(self, z):
        return np.maximum(0, z)
    def slope(self, z):
        return np.where(z < 0, 0.0, 1.0)
class Softmax:
    def __call__(self, z):
        e = np.exp(z - z.max())
        return e / e.sum()
class Layer:
    def __init__(self, before, size, function):
        self.W, self.b, self.function = rng.normal(size=(size, before)) * 0.4, np.zeros((size, 1)), function
        self.dW, self.db = np.zeros(self.W.shape), np.zeros(self.b.shape)
    def forward(self, x):
        self.x, self.z = x, self.W @ x + self.b
        self.a = self.function(self.z)
        return self.a
    def backward(self, after):
        self.error = after.W.T @ after.error * self.function.slope(self.a)
    def gather(self):
        self.dW += np.outer(self.error, self.x)
        self.db += self.error
    def update(self, rate):
        self.W, self.b = self.W - rate * self.dW, self.b - rate * self.db
        self.dW, self.db = np.zeros(self.W.shape), np.zeros(self.b.shape)
X = rng.normal(size=(24, 3))
T = np.eye(3)[X.argmax(axis=1)]
layers, measure = [Layer(3, 6, Rectifier()), Layer(6, 5, Rectifier()), Layer(5, 3, Softmax())], Squared()
for epoch in range(12):
    loss = 0
    for number, (x, t) in enumerate(zip(X, T), start=1):
        a = x.reshape(-1, 1)
        for layer in layers:
            a = layer.forward(a)
        t = t.reshape(-1, 1)
        loss += measure(t, a).item()
        layers[-1].error = a - t
        for layer, after in zip(layers[-2::-1], layers[::-1]):
            layer.backward(after)
        for layer in layers:
            layer.gather()
        if number % 4 == 0:
            for layer in layers:
                layer.update(0.05)
    print(loss / len(X))
"""


@pytest.mark.slow
def test_a_loss_that_an_object_computes_of_each_sample_is_told(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(TOLD_BY_AN_OBJECT, tmp_path, sandbox, 20)
    assert [finding.line for finding in report.findings] == [25, 42]
    slope, told = added(report.fixes[0])
    assert slope.endswith("self.function.slope(self.z)")
    assert told == "loss += -np.sum(t * np.log(a))"


@pytest.mark.slow
def test_where_the_told_loss_stays_another_one_the_gradient_is_mended(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backproof.check.reporting.reports.told_as_descended", lambda *_: [])
    monkeypatch.setattr("backproof.check.reporting.reports.told_after", lambda *_: [])
    report = reported(TOLD_BY_AN_OBJECT, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert [finding.kind for finding in report.findings] == ["variable", "other-loss"]
    fix = report.fixes[0]
    assert [line.partition(" * ")[2] for line in added(fix)] == ["self.function.slope(self.z)"]
    assert fix.of_loss == "cross-entropy"
    assert fix.factor is None
    assert not fix.proved
    assert proof(fix).endswith("of cross-entropy; the loss that the file tells is another one")


# the slope of a sigmoid is taken of what is squashed already, and what is told is not what is descended
SQUASHED_TWICE = """import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(40, 4))
T = np.eye(3)[X[:, :3].argmax(axis=1)]
W1, W2 = rng.normal(size=(4, 6)) * 0.5, rng.normal(size=(6, 3)) * 0.5


def slope(x):
    t = 1.0 / (1 + np.exp(-x))
    return t * (1.0 - t)


for epoch in range(40):
    h = 1.0 / (1 + np.exp(-(X @ W1)))
    p = 1.0 / (1 + np.exp(-(h @ W2)))
    print(-np.sum(T * np.log(p)) / len(X))
    d2 = slope(p) * (p - T)
    d1 = slope(h) * (d2 @ W2.T)
    W2 -= 0.1 * h.T @ d2
    W1 -= 0.1 * X.T @ d1
"""


def test_where_nothing_follows_what_is_told_another_loss_may_be_followed(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(SQUASHED_TWICE, tmp_path, sandbox, 10)
    assert report.verdict is Verdict.WRONG
    assert 9 in [finding.line for finding in report.findings]
    assert "t = x" in added(report.fixes[0]), report.fixes


WEIGHTED = """import numpy as np
rng = np.random.default_rng(2)
X, y = rng.normal(size=(24, 3)), rng.integers(0, 3, 24)
weight = rng.uniform(0.5, 2, 24)
W = np.zeros((3, 3))
for epoch in range(20):
    z = np.exp(X @ W)
    p = z / z.sum(axis=1, keepdims=True)
    chosen = np.log(p[np.arange(24), y])
    loss = -np.mean(chosen * weight)
    p[np.arange(24), y] -= 1
    W -= 0.5 * X.T @ p
    print(loss)
"""


def test_the_logarithm_of_a_logarithm_is_no_loss(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(WEIGHTED, tmp_path, sandbox, 8)
    assert report.verdict is Verdict.OTHER_LOSS
    assert added(report.fixes[0]) == ["W -= 0.5 * X.T * weight @ p"]
    assert not any("np.log(chosen)" in fix.diff for fix in report.fixes)

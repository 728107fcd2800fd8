"""The trainings of several folds, where one line moves several arrays of a shape."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
FOLDS = """import numpy as np
rng = np.random.default_rng(1)
X, y = rng.normal(size=(40, 3)), rng.normal(size=40)
class Net:
    def __init__(self, seed):
        r = np.random.default_rng(seed)
        self.W, self.b, self.v = r.normal(size=(3, 5)), np.zeros(5), r.normal(size=5)
    def forward(self, x):
        self.x, self.h = x, np.tanh(x @ self.W + self.b)
        return self.h @ self.v
    def backward(self, g):
        self.gv = self.h.T @ g
        d = np.outer(g, self.v) * (1 - self.h ** 2)
        self.gW, self.gb = self.x.T @ d, d.sum(0)
    def step(self):
        for k in ["W", "b", "v"]:
            getattr(self, k)[...] -= 0.1 * getattr(self, "g" + k)
for fold in range(4):
    train = np.arange(40) % 4 != fold
    net = Net(fold)
    for epoch in range(15):
        error = net.forward(X[train]) - y[train]
        loss = np.mean(error ** 2)
        net.backward(2 * error / len(error))
        net.step()
    print(fold, loss)
"""


def test_the_first_of_several_trainings_is_judged(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(FOLDS, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.parameters == 3
    assert reported(FOLDS.replace("d.sum(0)", "d.sum()"), tmp_path, sandbox).verdict is Verdict.WRONG


# the record ends a few steps after the second training has begun, with a bias that begins as a plain number
LATE = """import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(60, 4))
y = (X[:, 0] > 0.2).astype(float)
class Model:
    def fit(self, X, y, Xv, yv):
        self.w, self.b = np.full(4, 0.01), 0.0
        self.told, self.held = [], []
        for it in range(80):
            self.told.append(self.loss(X, y))
            self.held.append(self.loss(Xv, yv))
            err = self.p(X) - y
            self.w = self.w - 0.3 * (X.T.dot(err) / len(y) + 0.01 * np.sign(self.w))
            self.b = self.b - 0.3 * err.mean()
        return self
    def p(self, X):
        return 1.0 / (1.0 + np.exp(-(X.dot(self.w) + self.b)))
    def loss(self, X, y):
        p = self.p(X)
        return -np.mean(np.where(y == 1, np.log(p), np.log(1 - p))) + 0.01 * np.abs(self.w).sum()
for k in range(4):
    held = np.arange(60) % 4 == k
    model = Model().fit(X[~held], y[~held], X[held], y[held])
    print(k, model.told[-1], model.held[-1])
"""


def test_a_training_that_has_just_begun_is_no_part_of_the_one_before(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(LATE, tmp_path, sandbox)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 2), report.reason

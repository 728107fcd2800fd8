"""Where a backward pass is wrong in many ways, all its gradients are written anew."""

from pathlib import Path

import numpy as np
import torch

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
# the slope of another function, twice; weights as factors of their own gradients; a slope at what is squashed already
PROGRAM = """import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(40, 3))
T = (X[:, :1] * X[:, 1:2] > 0).astype(float)
W1, W2 = rng.normal(size=(3, 5)) * 0.5, rng.normal(size=(5, 1)) * 0.5
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def tanh_slope(z):
    return 1 - np.tanh(z) ** 2
for epoch in range(60):
    for x, t in zip(X, T):
        h = np.tanh(np.dot(x, W1))
        o = sigmoid(np.dot(h, W2))
        delta2 = tanh_slope(np.dot(h, W2)) * (t - o)
        delta1 = np.dot(W2, delta2) * tanh_slope(h)
        step2 = 0.1 * delta2 * (h[:, None] * W2)
        step1 = 0.1 * delta1 * (x[:, None] * W1)
        W2 += step2
        W1 += step1
print(np.mean((sigmoid(np.tanh(X @ W1) @ W2) - T) ** 2))
"""


def test_a_backward_pass_that_is_wrong_all_over_is_written_anew(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM, tmp_path, sandbox, 10)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == [16, 17]
    mended = PROGRAM
    for line, made in zip(("step2", "step1"), added(report.fixes[0]), strict=True):
        whole = next(each for each in PROGRAM.splitlines() if each.strip().startswith(line))
        mended = mended.replace(whole.strip(), made)
    assert reported(mended, tmp_path, sandbox, name="mended.py").verdict is Verdict.RIGHT


def test_what_is_written_is_what_autograd_says(sandbox: Sandbox, tmp_path: Path) -> None:
    """The texts themselves, computed with numbers of our own."""
    report = reported(PROGRAM, tmp_path, sandbox, 10)
    second, first = (line.partition("=")[2] for line in added(report.fixes[0]))
    rng = np.random.default_rng(11)
    x, t = rng.normal(size=3), rng.normal(size=1)
    weights = [torch.tensor(rng.normal(size=shape), requires_grad=True) for shape in ((3, 5), (5, 1))]
    hidden = torch.tanh(torch.tensor(x) @ weights[0])
    output = torch.sigmoid(hidden @ weights[1])
    loss = ((output - torch.tensor(t)) ** 2).sum()
    own = {"W1": weights[0].detach().numpy(), "W2": weights[1].detach().numpy()}
    known = {"np": np, "x": x, "t": t, "h": hidden.detach().numpy(), "o": output.detach().numpy(), **own}
    for text, gradient in zip((first, second), torch.autograd.grad(loss, weights), strict=True):
        np.testing.assert_allclose(eval(text, known), -0.05 * gradient.numpy(), rtol=1e-9)

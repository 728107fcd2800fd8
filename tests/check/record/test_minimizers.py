"""SciPy's minimizers: the gradient that a file hands to one is held against the loss that it hands with it."""

import subprocess
import sys
from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
NETWORK = """import numpy as np
from scipy import optimize

rng = np.random.default_rng(5)
x = rng.normal(size=(40, 3))
y = (x[:, :1] * x[:, 1:2] > 0).astype(float)


def forward(theta):
    w1, w2 = theta[:16].reshape(4, 4), theta[16:].reshape(5, 1)
    a1 = np.hstack([np.ones((40, 1)), x])
    z2 = a1 @ w1
    a2 = np.hstack([np.ones((40, 1)), 1 / (1 + np.exp(-z2))])
    return w2, a1, a2, 1 / (1 + np.exp(-a2 @ w2))


def cost(theta, decay):
    *_, h = forward(theta)
    return -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h)) + decay / 2 * np.sum(theta ** 2)


def gradient(theta, decay):
    w2, a1, a2, h = forward(theta)
    d3 = (h - y) / len(x)
    d2 = (d3 @ w2.T)[:, 1:] * a2[:, 1:] * (1 - a2[:, 1:])
    return np.concatenate([(a1.T @ d2).ravel(), (a2.T @ d3).ravel()]) + decay * theta


theta = rng.normal(size=21)
"""
CALLS = {
    "minimize, two functions": "result = optimize.minimize(cost, theta, (0.01,), 'CG', gradient)\nprint(result.fun)",
    "minimize, one function": (
        "result = optimize.minimize(lambda t, l: (cost(t, l), gradient(t, l)), x0=theta, args=(0.01,), jac=True)\n"
        "print(result.fun, result.nfev)"
    ),
    "fmin_bfgs": "print(optimize.fmin_bfgs(cost, theta, fprime=gradient, args=(0.01,), disp=False)[:3])",
    "fmin_cg, a column": (
        "g = lambda t, l: gradient(t, l).reshape(-1, 1).flatten()\n"
        "print(optimize.fmin_cg(cost, theta, g, (0.01,), maxiter=30))"
    ),
    "fmin_tnc, one function": "print(optimize.fmin_tnc(lambda t: (cost(t, 0.1), gradient(t, 0.1)), theta)[1:])",
    "fmin_l_bfgs_b": "print(optimize.fmin_l_bfgs_b(cost, theta, gradient, args=(0.0,))[1])",
}
SLIPS = [
    ("* a2[:, 1:] * (1 - a2[:, 1:])", "* (1 - a2[:, 1:])"),
    ("(h - y) / len(x)", "(h - y)"),
    ("+ decay * theta", "+ 2 * decay * theta"),
]


@pytest.mark.slow(but=2)
@pytest.mark.parametrize("call", CALLS)
def test_the_gradient_that_is_handed_over_is_judged(call: str, tmp_path: Path, sandbox: Sandbox) -> None:
    text = f"{NETWORK}{CALLS[call]}\n"
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    plain = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert plain.stdout.startswith(report.printed)
    assert report.steps > 1


@pytest.mark.slow(but=2)
@pytest.mark.parametrize(("right", "wrong"), SLIPS)
def test_a_wrong_gradient_is_found(right: str, wrong: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert right in NETWORK
    text = f"{NETWORK.replace(right, wrong)}{CALLS['minimize, two functions']}\n"
    report = reported(text, tmp_path, sandbox)
    assert report.verdict in (Verdict.WRONG, Verdict.OTHER_LOSS), report.reason


def test_a_minimizer_without_a_gradient_is_not_judged(tmp_path: Path, sandbox: Sandbox) -> None:
    text = f"{NETWORK}print(optimize.minimize(cost, theta, args=(0.01,), options={{'maxiter': 3}}).nit)\n"
    assert reported(text, tmp_path, sandbox).verdict is Verdict.CANNOT_JUDGE

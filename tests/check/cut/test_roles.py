"""What an optimizer keeps beside a parameter, and what only follows one, is told from what is trained by its use."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(7)
x = rng.normal(size=(60, 5))
y = (x[:, :1] * x[:, 1:2] > 0).astype(float)
p = {"w1": rng.normal(size=(5, 8)), "b1": np.zeros(8), "w2": rng.normal(size=(8, 1)) * 0.5, "b2": np.zeros(1)}


def forward(p, x):
    z = x @ p["w1"] + p["b1"]
    h = np.where(z > 0, z, 0.1 * z)
    return z, h, 1 / (1 + np.exp(-(h @ p["w2"] + p["b2"])))


def gradients(p):
    z, h, out = forward(p, x)
    d = (out - y) / len(x)
    dz = d @ p["w2"].T * np.where(z > 0, 1, 0.1)
    return {"w1": x.T @ dz, "b1": dz.sum(0), "w2": h.T @ d, "b2": d.sum(0)}


def loss(p):
    *_, out = forward(p, x)
    return -np.mean(y * np.log(out) + (1 - y) * np.log(1 - out))


{BEFORE}
for t in range(1, 41):
    print(loss(p))
    g = gradients(p)
    for k in p:
        {UPDATE}
{AFTER}
"""
OPTIMIZERS = {
    "Rprop's step sizes": (
        "size = {k: np.full_like(w, 0.01) for k, w in p.items()}\nlast = {k: np.zeros_like(w) for k, w in p.items()}",
        """turn = np.sign(g[k] * last[k])
        size[k][turn > 0] = np.minimum(size[k][turn > 0] * 1.2, 0.5)
        size[k][turn < 0] = np.maximum(size[k][turn < 0] * 0.5, 1e-6)
        g[k][turn < 0] = 0
        p[k] -= np.sign(g[k]) * size[k]
        last[k][...] = g[k]""",
    ),
    "Adadelta's two means": (
        "eg = {k: np.zeros_like(w) for k, w in p.items()}\ned = {k: np.zeros_like(w) for k, w in p.items()}",
        """eg[k] = 0.95 * eg[k] + 0.05 * g[k] ** 2
        step = -np.sqrt(ed[k] + 1e-6) / np.sqrt(eg[k] + 1e-6) * g[k]
        ed[k] = 0.95 * ed[k] + 0.05 * step ** 2
        p[k] += step""",
    ),
    "Adamax, its mean drawn a share of the way": (
        "m = {k: np.zeros_like(w) for k, w in p.items()}\nu = {k: np.zeros_like(w) for k, w in p.items()}",
        """m[k] += 0.1 * (g[k] - m[k])
        u[k] = np.maximum(0.999 * u[k], np.abs(g[k]) + 1e-8)
        p[k] -= 0.01 / (1 - 0.9 ** t) * m[k] / u[k]""",
    ),
    "a mean of the weights": (
        "m = {k: np.zeros_like(w) for k, w in p.items()}\nmean = {k: w.copy() for k, w in p.items()}",
        """m[k] = 0.9 * m[k] + g[k]
        p[k] -= 0.05 * m[k]
        mean[k] = 0.99 * mean[k] + 0.01 * p[k]""",
    ),
    "a decay beside a momentum": (
        "s = {k: np.zeros_like(w) for k, w in p.items()}\nm = {k: np.zeros_like(w) for k, w in p.items()}",
        """s[k] += 0.1 * (g[k] * g[k] - s[k])
        m[k] = 0.8 * m[k] + 0.01 * g[k] / np.sqrt(s[k] + 1e-8)
        p[k] -= m[k] + 1e-4 * p[k]""",
    ),
    "AdamW of gradients that are small beside epsilon": (
        "m = {k: np.zeros_like(w) for k, w in p.items()}\nv = {k: np.zeros_like(w) for k, w in p.items()}",
        """p[k] *= 1 - 0.01 * 0.01
        m[k] = 0.9 * m[k] + 0.1 * g[k] / 30
        v[k] = 0.999 * v[k] + 0.001 * (g[k] / 30) ** 2
        p[k] -= 0.01 * m[k] / (1 - 0.9 ** t) / (np.sqrt(v[k] / (1 - 0.999 ** t)) + 1e-8)""",
    ),
    "a decay within a momentum that is looked ahead of": (
        "v = {k: np.zeros_like(w) for k, w in p.items()}",
        """before = v[k].copy()
        v[k] = 0.9 * v[k] - 0.05 * (g[k] + 1e-4 * p[k])
        p[k] += -0.9 * before + 1.9 * v[k]""",
    ),
    "a rate of its own for each layer, from two norms": (
        "",
        """rate = 0.02 * np.linalg.norm(p[k] + 0.1) / (np.linalg.norm(g[k]) + 1e-9) / (1 + t / 50)
        p[k] -= rate * g[k]""",
    ),
    "a norm that rows are kept within": (
        "v = {k: np.zeros_like(w) for k, w in p.items()}",
        """v[k] = 0.9 * v[k] - 0.05 * g[k]
        p[k] += v[k]
        if k == "w1":
            p[k] *= np.minimum(1, 2 / np.sqrt((p[k] ** 2).sum(axis=0, keepdims=True)))""",
    ),
    "a mean and a square whose difference is rooted": (
        "m = {k: np.zeros_like(w) for k, w in p.items()}\ns = {k: np.zeros_like(w) for k, w in p.items()}",
        """m[k] = 0.95 * m[k] + 0.05 * g[k]
        s[k] = 0.95 * s[k] + 0.05 * g[k] ** 2
        p[k] -= 0.01 * g[k] / np.sqrt(s[k] - m[k] ** 2 + 1e-4)""",
    ),
}
SLIP = ("np.where(z > 0, 1, 0.1)", "np.where(h > 0, 1, 0.2)")


def program(optimizer: str, after: str = "") -> str:
    before, update = OPTIMIZERS[optimizer]
    return PROGRAM.replace("{BEFORE}", before).replace("{UPDATE}", update).replace("{AFTER}", after)


@pytest.mark.slow(but=2)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_right_program_is_right_and_a_wrong_gradient_is_found(
    optimizer: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    text = program(optimizer)
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.parameters == 4
    wrong = text.replace(*SLIP)
    assert wrong != text
    assert reported(wrong, tmp_path, sandbox).verdict is Verdict.WRONG


def test_a_network_that_is_drawn_after_another_gives_targets_and_is_not_trained(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    text = program("a mean of the weights").replace("(out - y) / len(x)", "(out - forward(mean, x)[-1]) / len(x)")
    text = text.replace("print(loss(p))", "print(t)").replace("np.zeros(8)", "rng.normal(size=8)")
    text = text.replace("mean = {k: w.copy()", "mean = {k: w + rng.normal(size=w.shape)")
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert reported(text.replace(*SLIP), tmp_path, sandbox).verdict is not Verdict.RIGHT


FLAT = """import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(30, 4))
y = np.sin(x[:, :1])
flat, grad = rng.normal(size=31) * 0.5, np.zeros(31)


def parts(v):
    return v[:20].reshape(4, 5), v[20:25], v[25:30].reshape(5, 1), v[30:]


w1, b1, w2, b2 = parts(flat)
g1, c1, g2, c2 = parts(grad)
b1[:] = 0
b2[:] = 0
s, m = np.zeros(31), np.zeros(31)
for epoch in range(40):
    h = np.tanh(x @ w1 + b1)
    e = h @ w2 + b2 - y
    print(np.mean(e ** 2))
    d = 2 * e / len(x)
    dh = d @ w2.T * (1 - h ** 2)
    g2[:] = h.T @ d
    c2[:] = d.sum(axis=0)
    g1[:] = x.T @ dh
    c1[:] = dh.sum(axis=0)
    s += 0.1 * (grad * grad - s)
    m = 0.8 * m + 0.01 * grad / np.sqrt(s + 1e-8)
    flat -= m + 1e-4 * flat
"""


def test_parts_of_one_vector_are_trained_together(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(FLAT, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert reported(FLAT.replace("(1 - h ** 2)", "(1 - h)"), tmp_path, sandbox).verdict is Verdict.WRONG

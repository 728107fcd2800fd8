"""What is trained is found by what happens to it: parameters, what an optimizer keeps beside them, and neither."""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import types
from dataclasses import dataclass

import pytest

from backproof.check.cut.parameters import Training
from backproof.check.record.instrument import instrument
from backproof.check.record.recorder import Recorder
from backproof.check.record.trace import trace_of
from backproof.check.record.untold import RECORDER, Site

HEAD = """
import numpy as np
rng = np.random.default_rng(0)
x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
w, b = rng.normal(size=(3, 2)), np.zeros(2)
"""
GRADIENT = """
    d = x @ w + b - t
    gw, gb = x.T @ d, d.sum(axis=0)
"""


@dataclass
class Found:
    """What was found, by the lines that replace it."""

    parameters: list[str]
    states: list[str]
    steps: int


def found(text: str) -> Found:
    recorder = Recorder(enough=10**9)
    sites: list[Site] = []
    code = compile(instrument(ast.parse(text), sites), "network", "exec")
    setattr(builtins, RECORDER, recorder)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(code, types.ModuleType("__main__").__dict__)
    finally:
        delattr(builtins, RECORDER)
    training = Training(trace_of(recorder))
    lines = text.splitlines()

    def line(number: int) -> str:
        return lines[sites[training.chains[number].site].line - 1].strip()

    return Found(
        sorted(line(n) for n in training.parameters), sorted(line(n) for n in training.states), len(training.steps)
    )


def loop(update: str, before: str = "", gradient: str = GRADIENT, turns: int = 8) -> str:
    lines = "".join(f"    {line}\n" for line in update.splitlines())
    return f"{HEAD}{before}\nfor epoch in range({turns}):{gradient}{lines}"


PLAIN = "w -= 0.01 * gw\nb -= 0.01 * gb"


@pytest.mark.parametrize(
    "update",
    [
        PLAIN,
        "w = w - 0.01 * gw\nb = b - 0.01 * gb",
        "w += -0.01 * gw\nb += -0.01 * gb",
        "w = np.subtract(w, 0.01 * gw)\nb = np.subtract(b, 0.01 * gb)",
        "np.subtract(w, 0.01 * gw, out=w)\nnp.subtract(b, 0.01 * gb, out=b)",
        "w[:] = w - 0.01 * gw\nb[...] = b - 0.01 * gb",
        "w[...] -= 0.01 * gw\nb[:] -= 0.01 * gb",
        "w = 0.999 * w - 0.01 * gw\nb = b - 0.01 * gb",
        *(
            f"{update}\nb = b - 0.01 * gb"
            for update in (
                "w = (w.T - 0.01 * gw.T).T",
                "w = np.clip(w - 0.01 * gw, -9, 9)",
                "w = (w - 0.01 * gw).reshape(3, 2)",
                "w = np.array(w - 0.01 * gw)",
                "w = (w - 0.01 * gw).copy()",
            )
        ),
    ],
)
def test_a_parameter_is_what_is_replaced_by_itself_less_something(update: str) -> None:
    result = found(loop(update))
    assert len(result.parameters) == 2
    assert result.states == []
    assert result.steps == 8


ADAM = "w = w - 0.1 * (m / (1 - 0.9 ** (epoch + 1))) / (np.sqrt(v / (1 - 0.999 ** (epoch + 1))) + 1e-8)"
STATES = {
    "momentum": (
        "vw = 0.9 * vw - 0.01 * gw\nvb = 0.9 * vb - 0.01 * gb\nw += vw\nb += vb",
        "vw, vb = np.zeros_like(w), np.zeros_like(b)",
        ["b += vb", "w += vw"],
    ),
    "momentum in place": (
        "vw *= 0.9\nvw += gw\nvb *= 0.9\nvb += gb\nw -= 0.01 * vw\nb -= 0.01 * vb",
        "vw, vb = np.zeros_like(w), np.zeros_like(b)",
        ["b -= 0.01 * vb", "w -= 0.01 * vw"],
    ),
    "Nesterov": (
        "ow, ob = vw, vb\nvw = 0.9 * vw - 0.01 * gw\nvb = 0.9 * vb - 0.01 * gb\n"
        "w += -0.9 * ow + 1.9 * vw\nb += -0.9 * ob + 1.9 * vb",
        "vw, vb = np.zeros_like(w), np.zeros_like(b)",
        ["b += -0.9 * ob + 1.9 * vb", "w += -0.9 * ow + 1.9 * vw"],
    ),
    "AdaGrad": (
        "cw += gw ** 2\ncb += gb ** 2\nw -= 0.1 * gw / (np.sqrt(cw) + 1e-8)\nb -= 0.1 * gb / (np.sqrt(cb) + 1e-8)",
        "cw, cb = np.zeros_like(w), np.zeros_like(b)",
        ["b -= 0.1 * gb / (np.sqrt(cb) + 1e-8)", "w -= 0.1 * gw / (np.sqrt(cw) + 1e-8)"],
    ),
    "RMSProp": (
        "cw = 0.9 * cw + 0.1 * gw ** 2\ncb = 0.9 * cb + 0.1 * gb ** 2\n"
        "w -= 0.1 * gw / np.sqrt(cw + 1e-8)\nb -= 0.1 * gb / np.sqrt(cb + 1e-8)",
        "cw, cb = np.zeros_like(w), np.zeros_like(b)",
        ["b -= 0.1 * gb / np.sqrt(cb + 1e-8)", "w -= 0.1 * gw / np.sqrt(cw + 1e-8)"],
    ),
    "Adam": (
        f"m = 0.9 * m + 0.1 * gw\nv = 0.999 * v + 0.001 * gw ** 2\n{ADAM}\nb -= 0.01 * gb",
        "m, v = np.zeros_like(w), np.zeros_like(w)",
        ["b -= 0.01 * gb", ADAM],
    ),
    "an average of the weights": (
        "w -= 0.01 * gw\nb -= 0.01 * gb\nsmooth = 0.9 * smooth + 0.1 * w",
        "smooth = w.copy()",
        ["b -= 0.01 * gb", "w -= 0.01 * gw"],
    ),
    "a loss that is summed up": (
        "total += np.sum(d ** 2)\nw -= 0.01 * gw\nb -= 0.01 * gb",
        "total = 0.0",
        ["b -= 0.01 * gb", "w -= 0.01 * gw"],
    ),
    "a loss that is smoothed": (
        "smooth = 0.99 * smooth + 0.01 * np.sum(d ** 2)\nw -= 0.01 * gw\nb -= 0.01 * gb",
        "smooth = 1.0",
        ["b -= 0.01 * gb", "w -= 0.01 * gw"],
    ),
    "a rate that decays": (
        "rate *= 0.9\nw -= rate * gw\nb -= rate * gb",
        "rate = 0.01",
        ["b -= rate * gb", "w -= rate * gw"],
    ),
    "a rate that falls in steps": (
        "rate = rate - 0.0001\nw -= rate * gw\nb -= rate * gb",
        "rate = 0.01",
        ["b -= rate * gb", "w -= rate * gw"],
    ),
    "a count": ("n += 1\nw -= 0.01 * gw\nb -= 0.01 * gb", "n = 0", ["b -= 0.01 * gb", "w -= 0.01 * gw"]),
    "a count in floats": (
        "n += 1.0\nw -= 0.01 * gw\nb -= 0.01 * gb",
        "n = 0.0",
        ["b -= 0.01 * gb", "w -= 0.01 * gw"],
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_what_is_kept_beside_the_parameters_is_none(name: str) -> None:
    update, before, parameters = STATES[name]
    assert found(loop(update, before)).parameters == parameters


@pytest.mark.parametrize("name", ["momentum", "Nesterov", "AdaGrad", "RMSProp"])
def test_what_an_optimizer_keeps_is_its_state(name: str) -> None:
    update, before, _ = STATES[name]
    assert len(found(loop(update, before)).states) == 2


def test_adam_keeps_two_states() -> None:
    update, before, _ = STATES["Adam"]
    assert found(loop(update, before)).states == sorted(update.splitlines()[:2])


def test_the_running_means_of_batch_normalization_are_no_parameters() -> None:
    gradient = """
    h = x @ w
    m, v = h.mean(axis=0), h.var(axis=0)
    running_m = 0.9 * running_m + 0.1 * m
    running_v = 0.9 * running_v + 0.1 * v
    n = (h - m) / np.sqrt(v + 1e-5)
    d = gamma * n + b - t
    gb, gg = d.sum(axis=0), (d * n).sum(axis=0)
    dn = d * gamma
    gw = x.T @ ((dn - dn.mean(axis=0) - n * (dn * n).mean(axis=0)) / np.sqrt(v + 1e-5))
"""
    before = "gamma, running_m, running_v = np.ones(2), np.zeros(2), np.ones(2)\n"
    update = "w -= 0.01 * gw\nb -= 0.01 * gb\ngamma -= 0.01 * gg"
    assert found(loop(update, before, gradient)).parameters == sorted(update.splitlines())


def test_the_hidden_state_of_a_recurrent_network_is_no_parameter() -> None:
    text = """
import numpy as np
rng = np.random.default_rng(0)
xs, ts = rng.normal(size=(5, 3)), rng.normal(size=5)
u, w, v = 0.5 * rng.normal(size=(4, 3)), 0.5 * rng.normal(size=(4, 4)), rng.normal(size=4)
for epoch in range(8):
    h, hs = np.zeros(4), [np.zeros(4)]
    for x in xs:
        h = np.tanh(u @ x + w @ h)
        hs.append(h)
    du, dw, dv, dh = np.zeros_like(u), np.zeros_like(w), np.zeros_like(v), np.zeros(4)
    for k in range(4, -1, -1):
        e = v @ hs[k + 1] - ts[k]
        dv += e * hs[k + 1]
        dh = dh + e * v
        dz = dh * (1 - hs[k + 1] ** 2)
        du += np.outer(dz, xs[k])
        dw += np.outer(dz, hs[k])
        dh = w.T @ dz
    u -= 0.01 * du
    w -= 0.01 * dw
    v -= 0.01 * dv
"""
    result = found(text)
    assert result.parameters == ["u -= 0.01 * du", "v -= 0.01 * dv", "w -= 0.01 * dw"]
    assert result.steps == 8


def test_gradients_that_are_summed_over_a_batch_are_no_parameters() -> None:
    gradient = """
    gw, gb = np.zeros_like(w), np.zeros_like(b)
    for i in range(8):
        d = x[i] @ w + b - t[i]
        gw += np.outer(x[i], d)
        gb += d
"""
    result = found(loop(PLAIN, gradient=gradient))
    assert result.parameters == sorted(PLAIN.splitlines())
    assert result.steps == 8


def test_gradients_kept_in_place_from_turn_to_turn_are_no_parameters() -> None:
    gradient = """
    gw[:] = 0
    gb[:] = 0
    for i in range(8):
        d = x[i] @ w + b - t[i]
        gw += np.outer(x[i], d)
        gb += d
"""
    result = found(loop(PLAIN, "gw, gb = np.zeros_like(w), np.zeros_like(b)", gradient))
    assert result.parameters == sorted(PLAIN.splitlines())


@pytest.mark.parametrize(
    "reset", ["{0}[...] = 0", "{0}[:] = 0.0", "{0} *= 0", "{0}.fill(0)", "{0}[:] = np.zeros_like({0})"]
)
def test_gradients_that_are_set_to_zero_in_place_are_no_parameters(reset: str) -> None:
    gradient = f"""
    {reset.format("gw")}
    {reset.format("gb")}
    d = x @ w + b - t
    gw += x.T @ d
    gb += d.sum(axis=0)
"""
    moves = ["b -= 0.1 * gb / np.sqrt(cb + 1e-8)", "w -= 0.1 * gw / np.sqrt(cw + 1e-8)"]
    means = ["cw *= 0.9", "cw += 0.1 * gw ** 2", "cb *= 0.9", "cb += 0.1 * gb ** 2"]
    before = "gw, gb, cw, cb = (np.zeros_like(a) for a in (w, b, w, b))"
    result = found(loop("\n".join([*means, *moves]), before, gradient))
    assert result.parameters == moves
    assert result.steps == 8


def test_an_update_element_by_element_is_one_step() -> None:
    update = "for i in range(3):\n    for j in range(2):\n        w[i, j] -= 0.01 * gw[i, j]\nb -= 0.01 * gb"
    result = found(loop(update))
    assert result.parameters == ["b -= 0.01 * gb", "w[i, j] -= 0.01 * gw[i, j]"]
    assert result.steps == 8


def test_elements_that_have_a_line_each_are_one_parameter() -> None:
    """Between two updates of one element there are as many others as the array has elements."""
    text = """
import numpy as np
rng = np.random.default_rng(0)
x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 4))
w = rng.normal(size=(4, 3))
for epoch in range(8):
    d = t - x @ w.T
    g = d.T @ x
"""
    moves = [f"w[{i}][{j}] += 0.01 * g[{i}][{j}]" for i in range(4) for j in range(3)]
    result = found(text + "".join(f"    {move}\n" for move in moves))
    assert len(result.parameters) == 1
    assert result.parameters[0] in moves
    assert result.steps == 8


def test_an_update_row_by_row_is_one_step() -> None:
    result = found(loop("for i in range(3):\n    w[i] = w[i] - 0.01 * gw[i]\nb -= 0.01 * gb"))
    assert result.parameters == ["b -= 0.01 * gb", "w[i] = w[i] - 0.01 * gw[i]"]
    assert result.steps == 8


def test_weights_in_a_list_are_a_parameter_each() -> None:
    text = """
import numpy as np
rng = np.random.default_rng(0)
x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
ws = [rng.normal(size=(3, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 2))]
for epoch in range(8):
    a = [x]
    for w in ws:
        a.append(np.tanh(a[-1] @ w))
    d = (a[-1] - t) * (1 - a[-1] ** 2)
    for k in (2, 1, 0):
        g = a[k].T @ d
        d = d @ ws[k].T * (1 - a[k] ** 2)
        ws[k] -= 0.01 * g
"""
    result = found(text)
    assert result.parameters == ["ws[k] -= 0.01 * g"] * 3
    assert result.steps == 8


def test_floats_in_a_list_are_a_parameter_each() -> None:
    text = """
import math
xs, ts = [[0.1, 0.9], [-0.4, 0.3], [0.7, -0.2]], [0.2, 0.8, 0.5]
w, b = [0.3, -0.4], 0.1
for epoch in range(6):
    for x, t in zip(xs, ts):
        p = 1 / (1 + math.exp(-(w[0] * x[0] + w[1] * x[1] + b)))
        d = (p - t) * p * (1 - p)
        for k in range(2):
            w[k] -= 0.5 * d * x[k]
        b -= 0.5 * d
"""
    result = found(text)
    assert result.parameters == ["b -= 0.5 * d", "w[k] -= 0.5 * d * x[k]", "w[k] -= 0.5 * d * x[k]"]
    assert result.steps == 18


def test_attributes_and_entries_are_parameters() -> None:
    text = """
import numpy as np
rng = np.random.default_rng(0)
x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
class Layer:
    def __init__(self, n, m):
        self.p = {'w': rng.normal(size=(n, m)), 'b': np.zeros(m)}
    def forward(self, x):
        self.x = x
        return x @ self.p['w'] + self.p['b']
    def backward(self, d):
        back = d @ self.p['w'].T
        self.p['w'] -= 0.01 * self.x.T @ d
        self.p['b'] -= 0.01 * d.sum(axis=0)
        return back
layers = [Layer(3, 4), Layer(4, 2)]
for epoch in range(8):
    a = x
    for layer in layers:
        a = layer.forward(a)
    d = a - t
    for layer in reversed(layers):
        d = layer.backward(d)
"""
    result = found(text)
    assert len(result.parameters) == 4
    assert result.steps == 8


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np\ntotal = np.zeros(3)\nfor i in range(9):\n    total += np.arange(3.0) * i\nprint(total)",
        "import numpy as np\nx = np.ones(3)\nfor i in range(9):\n    y = x * i + 1\nprint(y)",
        "s = ''\nfor i in range(9):\n    s += str(i)",
        "n = 0\nfor i in range(9):\n    n += i",
        "import numpy as np\nprint(np.ones(3) + 1)",
        "",
    ],
)
def test_where_nothing_is_trained_there_are_no_steps(text: str) -> None:
    assert found(text).steps == 0


def test_one_update_is_no_training() -> None:
    assert found(loop(PLAIN, turns=1)).steps == 0


@pytest.mark.parametrize(("rows", "steps"), [(3, 5), (2, 4)])
def test_a_step_that_was_left_before_its_last_row_does_not_count(rows: int, steps: int) -> None:
    text = f"""{HEAD}
for step in range(5):
    d = x @ w + b - t
    gw = x.T @ d
    b = b - 0.1 * d.sum(axis=0)
    for k in range({rows} if step == 4 else 3):
        w[k] -= 0.1 * gw[k]
"""
    assert found(text).steps == steps


def test_a_cell_that_gates_carry_on_is_not_trained() -> None:
    text = """
import numpy as np
rng = np.random.default_rng(0)
xs = rng.normal(size=(6, 4, 1))
wf, wc, wy = rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), rng.normal(size=(1, 3))
def cell(c, x):
    f = 1 / (1 + np.exp(-(wf @ x)))
    c = f * c + (1 - f) * np.tanh(wc @ x)
    return f, c
c = np.zeros((3, 1))
for x in xs:
    _, c = cell(c, x)
for epoch in range(8):
    for x in xs:
        f, c = cell(c, x)
        e = wy @ c - 1
        gy, gc = e @ c.T, wy.T @ e
        wf = wf - 0.01 * (gc * f * (1 - f)) @ x.T
        wc = wc - 0.01 * (gc * (1 - f)) @ x.T
        wy = wy - 0.01 * gy
"""
    assert sorted(found(text).parameters) == [
        "wc = wc - 0.01 * (gc * (1 - f)) @ x.T",
        "wf = wf - 0.01 * (gc * f * (1 - f)) @ x.T",
        "wy = wy - 0.01 * gy",
    ]


def test_weights_whose_gradient_is_computed_where_nobody_looks_are_no_state_of_others() -> None:
    gradient = GRADIENT + "    gw = np.frombuffer((gw * 1.0).tobytes()).reshape(3, 2)\n"
    result = found(loop(PLAIN, gradient=gradient))
    assert result.states == []


def test_a_bias_whose_gradient_is_computed_where_nobody_looks_is_no_state_of_others() -> None:
    gradient = GRADIENT + "    gb = np.frombuffer((gb * 1.0).tobytes())\n"
    result = found(loop(PLAIN, gradient=gradient))
    assert result.states == []
    assert result.parameters == sorted(PLAIN.splitlines())


def test_the_cell_of_a_network_that_only_predicts_is_not_trained() -> None:
    text = """
import numpy as np
rng = np.random.default_rng(0)
wh, wx = rng.normal(size=(3, 6)), rng.normal(size=(1, 6))
h = c = np.zeros((1, 3))
for x in rng.normal(size=(9, 1, 1)):
    a = x @ wx + h @ wh
    f = 1 / (1 + np.exp(-a[:, :3]))
    c = f * c + (1 - f) * np.tanh(a[:, 3:])
    h = np.tanh(c)
"""
    assert found(text).parameters == []


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("keeps", ["theta = temp.copy()", "theta = temp"])
def test_values_that_are_put_into_a_temporary_array_one_by_one_are_one_parameter(keeps: str) -> None:
    text = f"""
import numpy as np
rng = np.random.default_rng(0)
x, y = np.matrix(rng.normal(size=(8, 3))), np.matrix(rng.normal(size=(8, 1)))
theta, temp = np.matrix(np.zeros((1, 3))), np.matrix(np.zeros((1, 3)))
for epoch in range(7):
    error = x * theta.T - y
    for j in range(3):
        temp[0, j] = theta[0, j] - 0.1 / 8 * np.sum(np.multiply(error, x[:, j]))
    {keeps}
"""
    result = found(text)
    assert result.parameters == ["temp[0, j] = theta[0, j] - 0.1 / 8 * np.sum(np.multiply(error, x[:, j]))"]
    assert result.steps == 7


def test_a_running_mean_of_what_is_given_is_not_trained() -> None:
    gradient = """
    baseline = baseline + 0.05 * (float(t[0, 0]) - baseline)
    d = (x @ w + b - t) * (float(t[1, 1]) - baseline)
    gw, gb = x.T @ d, d.sum(axis=0)
"""
    result = found("baseline = 0.0\n" + loop(PLAIN, gradient=gradient))
    assert result.parameters == sorted(PLAIN.splitlines())


@pytest.mark.parametrize(
    ("shift", "trained"),
    [
        ("z[:, k] -= np.max(z[:, k])", False),  # of itself, as in a softmax
        ("z[:, k] -= np.mean(z[:, k]) * 2 * (T[:, k] - 1)", True),
    ],
)
def test_what_is_shifted_by_itself_is_no_parameter(shift: str, trained: bool) -> None:
    # one column after the other, and more often in one step than the weights in all of them
    text = f"""
import numpy as np
rng = np.random.default_rng(3)
X, T = rng.normal(size=(4, 30)), np.eye(3)[rng.integers(0, 3, 30)].T
W = rng.normal(0, 0.3, (3, 4))
for epoch in range(2):
    z = np.abs(W @ X)
    p = np.zeros_like(z)
    for k in range(30):
        {shift}
        p[:, k] = np.exp(z[:, k]) / np.sum(np.exp(z[:, k]))
    W = W - 0.5 * (p - T) @ X.T
"""
    made = found(text)
    assert (shift in made.parameters) is trained, made


@pytest.mark.parametrize(
    ("scaled", "trained"),
    [
        ("(X[:, k] - X[:, k].min()) / (X[:, k].max() - X[:, k].min() + 1e-7)", False),
        ("(X[:, k] - mean[k]) / spread[k]", False),
        ("X[:, k] - 0.1 * X[:, k].mean() * T[k]", True),
    ],
)
def test_data_that_are_standardised_in_place_are_no_parameter(scaled: str, trained: bool) -> None:
    text = f"""
import numpy as np
rng = np.random.default_rng(3)
X, T = rng.normal(size=(30, 5)), rng.normal(size=(30, 1))
mean, spread = np.mean(X, axis=0), np.std(X, axis=0)
for k in range(X.shape[1]):
    X[:, k] = {scaled}
W = rng.normal(0, 0.3, (5, 1))
for epoch in range(4):
    W = W - 0.5 * X.T @ (X @ W - T)
"""
    made = found(text)
    assert any(line.startswith("X[") for line in made.parameters) is trained, made

"""What is computed from a value keeps its lineage: the gradient that is replayed is that of differences."""

from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest

from backproof.check.record.recorder import Recorder
from tests.check.recorded import Run

START = "import numpy as np, math, copy\nw = np.array([0.31, -0.72, 1.13, 0.44])\n"
"""What every text begins with; `y` is what it ends with."""

WAYS = {
    "nothing much": "y = w * 2 + 1",
    "operators of the file's own": (
        "class P:\n    def __matmul__(self, v):\n        self.made = v * w ** 2\n        return self.made\n"
        "    def __neg__(self):\n        return self.made\np = P()\ny = (p @ w) * -p"
    ),
    "float()": "y = float(w[1]) ** 2",
    "item()": "y = w[2].item() * 3 + w.item(0)",
    "math": "y = math.exp(w[0]) + math.tanh(w[1]) * math.sqrt(w[2])",
    "math of plain floats": "a = float(w[0])\ny = math.exp(a) * math.cos(a) + math.pow(a, 3) + math.fabs(a)",
    "the larger of two numbers": (
        "a, b = float(w[0]), float(w[1])\ny = max(a * a, 0.0) * min(b, a) + max(a - 1.0, 0.0)\n"
        "y = y + max(a, 2 * b, key=abs) ** 2"
    ),
    "sum of an array": "y = sum(w * w)",
    "sum of a generator": "y = sum(v * v for v in w)",
    "sum of a list": "y = sum([v ** 3 for v in w])",
    "sum from a start": "y = sum([w[0] * 2, w[1] * 3], w[2])",
    "lists": "a = [v for v in w]\na.append(a[0] * a[1])\ny = a[4] + a[2]",
    "tolist": "a = w.tolist()\ny = a[0] * a[1] * a[2]",
    "a list of lists": "a = w.reshape(2, 2).tolist()\ny = a[0][0] * a[1][1]",
    "rows of texts and numbers": 'a = np.array([["b", 2.0]], dtype=object).tolist()\ny = w[0] * a[0][1] * len(a[0][0])',
    "arrays of objects that are numbers": (
        "row = np.array([0.5, -1, 2.0, 'a'], dtype=object)\nrow[3] = 0.25\n"
        "y = np.dot(w, row) * w.dot(row) + row.dot(w) + (w * row / 3 + row).sum() + np.outer(row, w)[1, 2]"
    ),
    "np.array of scalars": "y = np.array([w[0] * 2, w[1] ** 2]) * 3",
    "np.array of lists": "y = np.array([[w[0], 1.0], [2.0, w[1] * w[1]]])",
    "unpacking": "a, b, c, d = w\ny = a * b + c * d",
    "unpacking with a star": "a, *b = w\ny = a * b[0] * b[-1]",
    "a star in a call": "y = (lambda a, b, c, d: a * b + c * d)(*w)",
    "a star in a list": "a = [1.0, *w]\ny = a[1] * a[2] * a[4]",
    "unpacking a tuple": "(a, b), c = (w[0], w[1]), w[2]\ny = a * b * c",
    "walking": "y = 1.0\nfor v in w:\n    y = y * v",
    "zip": "y = 0.0\nfor a, b in zip(w, w[::-1]):\n    y += a * b * b",
    "enumerate": "y = 0.0\nfor i, a in enumerate(w):\n    y += a ** (i + 1)",
    "reversed": "y = 0.0\nfor a in reversed(w):\n    y = y * 0.5 + a",
    "map": "y = sum(map(lambda v: v * v * v, w))",
    "rows": "y = 0.0\nfor row in w.reshape(2, 2):\n    y = y + np.dot(row, row)",
    "rows by zip": "m = w.reshape(2, 2)\ny = 0.0\nfor a, b in zip(m, m.T):\n    y = y + a @ b",
    "a function": "def f(a, k=2):\n    return a ** k\ny = f(w) * f(w[0], k=3)",
    "np.vectorize": "f = np.vectorize(lambda v: v * v if v > 0 else 0.1 * v)\ny = f(w)",
    "np.vectorize as a decorator": "@np.vectorize\ndef f(v):\n    return math.tanh(2 * v)\ny = f(w)",
    "np.vectorize of math": "f = np.vectorize(math.exp)\ny = f(w.reshape(2, 2))",
    "np.vectorize of a matrix": "f = np.vectorize(lambda v: v * v)\ny = f(np.asmatrix(w[:2])) * w[2:].reshape(2, 1)",
    "copies": "a = w.copy()\na[0] = 5.0\ny = a * w",
    "copy.deepcopy": "a = copy.deepcopy({'w': [w * 2]})\ny = a['w'][0] ** 2",
    "copy.deepcopy of objects that know each other": """
class Unit:
    def __init__(self):
        self.units, self.w = [], w * 3
a, b = Unit(), Unit()
a.units.append(b), b.units.append(a)
y = copy.deepcopy(a).units[0].w ** 2
""",
    "copy.copy": "a = copy.copy(w * 3)\ny = a * a",
    "np.copy": "y = np.copy(w) ** 2",
    "out=": "a = np.zeros(4)\nnp.multiply(w, w, out=a)\ny = a * 2",
    "out= of itself": "a = w * 1\nnp.exp(a, out=a)\nnp.add(a, w, a)\ny = a * a",
    "np.add.at": "a = np.zeros(2)\nnp.add.at(a, [0, 1, 0, 0], w * w)\ny = a * np.array([2.0, 3.0])",
    "np.subtract.at": "a = np.ones(2)\nnp.subtract.at(a, np.array([0, 1, 1, 1]), w)\ny = a ** 2",
    "windows": "y = np.lib.stride_tricks.sliding_window_view(w * w, 2) @ np.array([1.0, 3.0])",
    "windows of a table": """
m = (w * w).reshape(2, 2).repeat(2, axis=0)
s = m.strides
a = np.lib.stride_tricks.as_strided(m, shape=(3, 2, 2), strides=(s[0], s[0], s[1]))
y = np.tensordot(a, np.array([[1.0, 2.0], [3.0, 4.0]]), axes=([1, 2], [0, 1]))
""",
    "windows of every second row": "y = np.lib.stride_tricks.sliding_window_view((w ** 3)[::2], 2).sum(axis=1)",
    "matrices": "m = np.asmatrix(w.reshape(2, 2))\ny = 2 * m * m.T * 3 + np.multiply(m, m)",
    "rows and columns of a matrix": "m = np.asmatrix(w.reshape(2, 2)) * 2\ny = m[0] * m[:, -1] + m[-1, :] * m[:, 0]",
    "rows of a matrix added up": "m = np.asmatrix(w.reshape(4, 1)) * 2\ny = sum(m)[0, 0] * sum(np.multiply(m, m))",
    "sums of a matrix": "m = np.asmatrix(w.reshape(2, 2)) * 2\ny = m.sum(axis=0) * np.mean(m, axis=1) * m.max()",
    "a matrix as an array": "m = np.asmatrix(w) * 2\ny = m.A1 * m.getA()[0] + m.A[0] + m.ravel() * m.T + m.flatten()",
    "a matrix that is written in place": "m = np.asmatrix(w * 1)\nm += m[0, 1] * 2\nm *= 3\ny = m * m.T",
    "flat": "y = np.diag((w * w).flat) @ w",
    "functools.reduce": "import functools\ny = functools.reduce(np.multiply, [w, w * 2, np.cos(w)])",
    "operators as functions": "import operator as o\ny = o.sub(o.mul(w, 2), o.neg(w)) * o.truediv(w, 3)\no.iadd(y, w)",
    "functools.reduce from a start": "import functools\ny = functools.reduce(lambda a, b: a * b + a, w, w[0] * 2)",
    "a list that meets an array": "y = (w - [v * v for v in w]) * [1.0, 2.0, 3.0, 4.0]",
    "in place": "a = w * 2\na += w * w\na *= 3\na -= 1\na /= w\na **= 2\ny = a",
    "elements in place": "a = w * 1\na[0] *= a[1]\na[2:] += a[:2]\na[a > 0.5] = 0\ny = a * a",
    "an array that is filled": "a = np.zeros(4)\nfor i in range(4):\n    a[i] = w[i] ** 2\ny = a * 2",
    "an array of two dimensions that is filled": "a = np.zeros((2, 4))\na[0] = w\na[1, :] = a[0] * w\ny = a",
    "a view that is written": "a = w * 1\nb = a[1:3]\nb *= 5\nb[0] = w[3]\ny = a * a",
    "a row that is written": "a = (w * 1).reshape(2, 2)\nfor row in a:\n    row *= row[0]\ny = a * 2",
    "the transposed that is written": "a = (w * 1).reshape(2, 2)\nb = a.T\nb[0] += 3 * w[:2]\ny = a * a",
    "a view after writing": "a = (w * 1).reshape(2, 2)\nb = a.T\na *= w[0]\ny = b * b",
    "rows of zip after writing": (
        "a = (w * 1).reshape(2, 2)\nrows = list(zip(a, a))\na += 1\na *= w[0]\ny = rows[0][0] * rows[1][1]"
    ),
    "a flattened view after writing": "a = (w * 1).reshape(2, 2)\nb = a.ravel()\nb[1] = w[0] * w[1]\ny = a ** 2",
    "reshaped in place": "a = w * w\na.shape = (2, 2)\ny = a * 2",
    "the attribute T": "a = w.reshape(2, 2)\ny = a.T @ a",
    "places that are written twice": "a = np.zeros(3)\na[np.array([2, 0, 2, 0])] = w * w\ny = a * a",
    "a mask": "a = w * 1\na[w < 0] *= 0.1\ny = a * a",
    "where": "y = np.where(w > 0, w * w, 0.1 * w)",
    "a mask as a factor": "y = (w > 0) * w * w",
    "np.c_": "y = np.c_[w, np.ones(4), w * w]",
    "np.r_": "y = np.r_[w, w * w]",
    "append": "y = np.append(w, w[0] * w[1])",
    "hstack": "y = np.hstack([w, w * w])",
    "split": "a, b = np.split(w * w, 2)\ny = a * b",
    "max and min of Python": "y = max(w[0], w[1]) * min(w[2], w[3])",
    "abs, pow and round of Python": "y = abs(w[1]) + pow(w[0], 3) + 0 * round(w[2], 1)",
    "a default and a keyword": "def f(a, b=w * 2):\n    return a * b\ny = f(a=w)",
    "attributes": "class C:\n    pass\nc = C()\nc.w = w * w\nc.w += w\ny = c.w * 2",
    "entries": "d = {'w': w * 1}\nd['w'] *= d['w']\nd['w'][0] += 2 * w[1]\ny = d['w'] * 3",
    "a property": "class C:\n    @property\n    def v(self):\n        return w * w\ny = C().v * 2",
    "a generator": "def g():\n    for v in w:\n        yield v * v\ny = sum(g())",
    "a closure": (
        "def f():\n    a = w * 2\n    def g():\n        nonlocal a\n        a = a * w\n        return a\n"
        "    return g\nh = f()\nh()\ny = h()"
    ),
    "along rows": "a = np.apply_along_axis(lambda r, k: r * r[0] * k, 1, w.reshape(2, 2), 3.0)\ny = a[0, 1] * a[1, 0]",
    "along columns": "a = np.apply_along_axis(np.exp, 0, w.reshape(2, 2))\ny = a[0, 1] * a[1, 0] + a[1, 1]",
    "along, to numbers": "y = np.prod(np.apply_along_axis(np.sum, 0, (w * w).reshape(2, 2)))",
    "a reduction": "from functools import reduce\ny = reduce(lambda a, b: a * b, list(w))",
    "a walrus": "y = (a := w * 2) * a",
    "chained methods": "y = w.reshape(2, 2).sum(axis=1, keepdims=True).T.dot(w.reshape(2, 2)).mean()",
    "numbers as numbers": "a = 0.5\na *= w[0]\na -= w[1] / 3\na = -a\ny = a ** 2 + (+a) % 7",
    "mean, var and norm": "y = w.mean() * w.var() + np.linalg.norm(w) + np.std(w)",
    "np.float64 by a call": "y = np.float64(w[0]) * 2",
    "a softmax": "e = np.exp(w - np.max(w))\ny = (e / e.sum()) * np.array([1.0, 2.0, 3.0, 4.0])",
    "a dot of lists": "y = np.dot([w[0], w[1]], [w[2], 2.0])",
    "single precision": "a = w.astype(np.float32)\ny = (a * a).astype(float)",
    "matmul with an array in place": "a = w.reshape(2, 2).copy()\na @= a\ny = a",
    "fill": "a = np.zeros(4)\na.fill(w[0] * 2)\ny = a * w",
    "full": "y = np.full(4, 2.0) * w",
    "swapping": "a = w * 1\na[0], a[1] = a[1] * 2, a[0] * 3\ny = a * w",
    "sorting the places": "y = w[np.argsort(w)] * np.array([1.0, 2.0, 3.0, 4.0])",
    "insert": "y = np.insert(w, 0, w[1] * 2) ** 2",
    "delete": "y = np.delete(w, 0) ** 2",
    "outer and einsum": "y = np.outer(w, w) * np.einsum('i,i->', w, w)",
}
BROKEN = {
    "item()": "item(0) of an array is recorded as float()",
    "np.vectorize of math": "a function of math's is called without being told of, and nobody hears of it",
    "reshaped in place": "the recorded value takes on the new shape too",
    "numbers as numbers": "+a of a number loses its lineage",
    "sorting the places": "argsort is not replayed",
}


def _plain(text: str, values: Any) -> float:
    """The sum of `y` with other numbers in `w`, by plain Python."""
    module = types.ModuleType("__main__")
    first, _, rest = (START + text).partition("w = np.array([0.31, -0.72, 1.13, 0.44])\n")
    exec(first, module.__dict__)
    module.__dict__["w"] = np.array(values)
    exec(rest, module.__dict__)
    return float(np.sum(module.__dict__["y"]))


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("way", WAYS)
def test_the_lineage_is_kept(way: str, request: pytest.FixtureRequest) -> None:
    if way in BROKEN:
        request.applymarker(pytest.mark.xfail(reason=BROKEN[way], strict=False))
    run = Run(START + WAYS[way])
    start = np.array([0.31, -0.72, 1.13, 0.44])
    assert np.array_equal(run.names["w"], start)
    found = run.gradient("y", run.first(0.31))
    step = 3e-3 if way == "single precision" else 1e-6
    wanted = [
        (_plain(WAYS[way], start + step * e) - _plain(WAYS[way], start - step * e)) / (2 * step) for e in np.eye(4)
    ]
    np.testing.assert_allclose(found, wanted, rtol=1e-3 if way == "single precision" else 1e-6, atol=1e-8)


def test_what_is_heavy_and_can_be_computed_again_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    text = START + "b = np.exp(w * 2)\nc = np.tanh(b)\ny = c * b + w"
    whole = Run(text)
    wanted = whole.gradient("y", whole.first(0.31))
    monkeypatch.setattr("backproof.check.record.log.HEAVY", 8)
    monkeypatch.setattr("backproof.check.record.memory.HEAVY", 8)
    monkeypatch.setattr("backproof.check.record.log._ROOM", -1)
    light = Run(text)
    assert len(light.trace.samples) >= 5
    assert light.recorder.bytes < whole.recorder.bytes
    np.testing.assert_allclose(light.gradient("y", light.first(0.31)), wanted, rtol=1e-12)


def test_what_is_shown_is_marked() -> None:
    run = Run("import numpy as np\na = np.ones(3)\nloss = np.mean(a * 2)\nother = np.sum(a)\nprint('loss', loss)\n")
    shown = run.trace.shown
    assert run.nodes["loss"] in shown
    assert run.nodes["other"] not in shown


@pytest.mark.parametrize(
    "how", ["f'{loss:.3f}'", "'%.3f' % loss", "'{}'.format(loss)", "str(loss)", "'%s %s' % (1, loss)"]
)
def test_what_is_put_into_a_text_is_shown(how: str) -> None:
    run = Run(f"import numpy as np\nloss = np.mean(np.ones(3) * 2)\nprint({how})\n")
    assert run.nodes["loss"] in run.trace.shown


@pytest.mark.parametrize(
    "how",
    [
        "import logging\nlogging.getLogger('run').info('loss %.3f', loss)",
        "import logging\nlogging.debug('at %d: %s', 3, loss)",
        "class Bar:\n    def set_postfix(self, **told):\n        pass\nBar().set_postfix(loss=loss)",
        "class Bar:\n    def set_postfix(self, told):\n        pass\nBar().set_postfix({'loss': loss})",
    ],
)
def test_what_is_logged_or_stands_beside_a_bar_is_shown(how: str) -> None:
    run = Run(f"import numpy as np\nloss = np.mean(np.ones(3) * 2)\nother = np.sum(np.ones(2) * 3)\n{how}\n")
    assert run.nodes["loss"] in run.trace.shown
    assert run.nodes["other"] not in run.trace.shown


def test_what_is_kept_in_a_list_is_shown() -> None:
    run = Run("import numpy as np\nlosses = []\nloss = np.mean(np.ones(3) * 2)\nlosses.append(loss)\n")
    assert run.nodes["loss"] in run.trace.shown


def test_a_function_that_is_not_followed_is_told() -> None:
    run = Run("import numpy as np\nw = np.ones(4)\na = w * 2\ny = np.apply_over_axes(np.sum, a, 0)\n")
    assert list(run.recorder.lost.values()) or "apply_over_axes" in run.trace.operations


def test_equal_numbers_are_not_taken_for_one_another() -> None:
    run = Run("import numpy as np\nw = np.array([0.5, 0.5])\na = float(w[0])\nb = 0.5\ny = b * 2\n")
    assert run.nodes["a"] is not None
    assert run.nodes["b"] is None


def test_the_log_starts_anew_once_enough_was_seen() -> None:
    run = Run("import numpy as np\nw = np.ones(3)\nfor i in range(4):\n    w = w * 2\n__backproof__.stop()\n")
    assert len(run.trace) <= 1


def test_what_is_first_seen_transposed_is_known_when_it_is_written() -> None:
    """A look that begins in the middle meets `w.T` first, in the forward pass, and `w` in the move."""
    recorder = Recorder()
    w = np.arange(6.0).reshape(2, 3).copy()
    view, whole = recorder.encode(w.T), recorder.encode(w)
    assert recorder.operations[view] == "view"
    assert recorder.arguments[view][0] == whole


def test_what_looks_at_an_array_that_nobody_has_is_new_itself() -> None:
    """As an array does that was loaded from a file."""
    recorder = Recorder()
    loaded = np.arange(6.0).copy().reshape(2, 3)
    assert recorder.operations[recorder.encode(loaded)] == "leaf"

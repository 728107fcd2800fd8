"""Networks whose parts stand in modules: beside the file, or in a folder above that it puts on the path."""

import json
from pathlib import Path

import numpy as np
import pytest

from backproof.check.examine import examine
from backproof.check.report import Verdict
from backproof.check.reporting.reports import Options
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LAYERS = """import numpy as np

rng = np.random.default_rng(3)


class Dense:
    def __init__(self, inputs, outputs):
        self.w = rng.normal(size=(inputs, outputs)) * 0.7
        self.b = np.zeros((1, outputs))

    def forward(self, x):
        self.x = x
        self.out = 1 / (1 + np.exp(-(np.dot(x, self.w) + self.b)))
        return self.out

    def backward(self, d):
        self.d = d * self.out * (1 - self.out)
        return self.d @ self.w.T
"""
NETWORK = """import numpy as np
from layers import Dense

x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = np.array([[0.0], [1.0], [1.0], [0.0]])
net = [Dense(2, 5), Dense(5, 4), Dense(4, 1)]
for epoch in range(60):
    a = x
    for layer in net:
        a = layer.forward(a)
    print(np.mean((a - y) ** 2))
    d = 2 * (a - y) / len(x)
    for layer in reversed(net):
        d = layer.backward(d)
    for layer in net:
        layer.w -= 0.4 * layer.x.T @ layer.d
        layer.b -= 0.4 * layer.d.sum(axis=0, keepdims=True)
"""


def test_a_layer_of_a_module_that_is_never_trained_is_named(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "layers.py").write_text(LAYERS, encoding="utf-8")
    assert reported(NETWORK, tmp_path, sandbox).verdict is Verdict.RIGHT
    head, _, tail = NETWORK.rpartition("in net:")
    report = reported(f"{head}in net[1:]:{tail}", tmp_path, sandbox)
    assert report.verdict is Verdict.INCONSISTENT
    assert (report.findings[0].file, report.findings[0].line) == (str(tmp_path / "network.py"), 15)
    assert "`self.w`" in report.reason


def above(folder: Path, layers: str, looks: str = "os.path.abspath('..')") -> Path:
    """A notebook that finds its layers in a folder beside its own, or in the one above, as it says where it looks."""
    (folder / "src").mkdir()
    (folder / "src" / "layers.py").write_text(layers, encoding="utf-8")
    (folder / "notebooks").mkdir()
    cells = [
        f"import os, sys\nfrom pathlib import Path\nsys.path.append({looks})",
        NETWORK if "src" in looks else NETWORK.replace("from layers", "from src.layers"),
    ]
    made = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells]
    path = folder / "notebooks" / "network.ipynb"
    path.write_text(json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


def test_a_module_of_a_folder_above_is_followed(tmp_path: Path, sandbox: Sandbox) -> None:
    report = examine(above(tmp_path, LAYERS), Options(LIMITS, 0.0), [sandbox])
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.parameters == 6


@pytest.mark.parametrize("looks", ["'../src'", "str(Path.cwd().parent / 'src')", "os.path.join('..', 'src')"])
def test_a_module_of_a_folder_beside_is_followed(looks: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = examine(above(tmp_path, LAYERS, looks), Options(LIMITS, 0.0), [sandbox])
    assert report.verdict is Verdict.RIGHT, report.reason


@pytest.mark.parametrize("slope", ["(1 - self.out)", "(1 + self.out)"])
def test_a_module_two_folders_above_is_followed(slope: str, tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "layers.py").write_text(LAYERS.replace("(1 - self.out)", slope), encoding="utf-8")
    folder = tmp_path / "examples" / "xor"
    folder.mkdir(parents=True)
    looks = "import os, sys\nsys.path.append(os.path.dirname(os.path.dirname(os.getcwd())))\n"
    report = reported(looks + NETWORK, folder, sandbox)
    assert report.verdict is (Verdict.RIGHT if "-" in slope else Verdict.WRONG), report.reason


def test_a_module_of_a_folder_above_is_mended(tmp_path: Path, sandbox: Sandbox) -> None:
    wrong = LAYERS.replace("d * self.out * (1 - self.out)", "d * self.out * (1 + self.out)")
    report = examine(above(tmp_path, wrong), Options(LIMITS, 30.0), [sandbox])
    assert report.verdict is Verdict.WRONG
    module = tmp_path / "src" / "layers.py"
    assert (report.findings[0].file, report.findings[0].line) == (str(module), 17)
    assert report.fixes[0].proved
    (written,) = report.apply_fix()
    assert written == tmp_path / "src" / "layers.fixed.py"
    assert written.read_text(encoding="utf-8") == LAYERS
    assert module.read_text(encoding="utf-8") == wrong


def test_a_library_that_is_not_there_is_still_named(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "own").mkdir()
    report = reported("import sys\nsys.path.append('..')\nimport nowhere\n", tmp_path / "own", sandbox)
    assert report.verdict is Verdict.CANNOT_JUDGE
    assert "nowhere" in report.reason


def test_data_of_the_folder_above_are_found_by_the_place_of_the_file(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("\n".join(f"{0.1 * n},{0.3 * n + 0.2}" for n in range(20)))
    (tmp_path / "src").mkdir()
    path = tmp_path / "src" / "network.py"
    path.write_text(
        "from pathlib import Path\n"
        "import numpy as np\n"
        "root = Path(__file__).resolve().parents[1]\n"
        "x, t = np.loadtxt(root / 'data' / 'x.csv', delimiter=',').T\n"
        "w, b = np.zeros(1), np.zeros(1)\n"
        "for epoch in range(30):\n"
        "    e = w * x + b - t\n"
        "    print(np.mean(e ** 2))\n"
        "    w -= 0.2 * np.mean(e * x)\n"
        "    b -= 0.2 * np.mean(e)\n"
    )
    report = examine(path, Options(LIMITS, 0.0), [sandbox])
    assert report.verdict == "right", report.reason
    path.write_text(path.read_text().replace("x.csv", "y.csv"))
    reason = examine(path, Options(LIMITS, 0.0), [sandbox]).reason
    assert "../data/y.csv not found. Put the file" in reason
    assert str(tmp_path) not in reason


def test_a_file_that_is_to_be_run_from_the_folder_above_finds_its_data(tmp_path: Path, sandbox: Sandbox) -> None:
    folder = tmp_path / "src"
    folder.mkdir()
    np.savetxt(folder / "table.csv", np.random.default_rng(1).normal(size=(12, 3)), delimiter=",")
    text = """import numpy as np
table = np.loadtxt("src/table.csv", delimiter=",")
x, t = table[:, :2], table[:, 2:]
w = np.zeros((2, 1))
for epoch in range(20):
    error = x @ w - t
    w -= 0.05 * x.T @ error
    print(np.sum(error ** 2))
"""
    report = reported(text, folder, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    lacking = reported(text.replace("src/table", "src/other"), folder, sandbox)
    assert lacking.verdict is Verdict.CANNOT_JUDGE
    assert "src/other.csv" in lacking.reason

"""A file that only defines a network: the report names the files that import it."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.reporting.callers import callers

NETWORK = "import numpy as np\n\nclass Net:\n    def forward(self, x):\n        return np.tanh(x)\n"


def lay_out(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "model" / "network.py"


@pytest.mark.parametrize(
    ("line", "imports"),
    [
        ("from network import Net", True),
        ("from model.network import Net", True),
        ("from .network import Net", True),
        ("import os, network", True),
        ("import model.network as net", True),
        ("from model import network", True),
        ('{"source": ["from network import Net\\n"]}', True),
        ("import networks", False),
        ("from network_of_others import Net", False),
        ("import numpy as network", False),
        ("print('network')", False),
    ],
)
def test_a_file_calls_another_if_it_imports_it(line: str, imports: bool, tmp_path: Path) -> None:
    path = lay_out(tmp_path, {"model/network.py": NETWORK, "model/train.py": line + "\n"})
    assert callers(path) == (["train.py"] if imports else [])


def test_files_beside_it_come_first_then_those_below_then_those_above(tmp_path: Path) -> None:
    files = [
        "model/zebra.py",
        "model/tests/check.ipynb",
        "main.py",
        "model/__init__.py",
        "model/venv/site.py",
        "a/b.py",
    ]
    path = lay_out(tmp_path, {"model/network.py": NETWORK} | dict.fromkeys(files, "from network import Net\n"))
    assert callers(path) == ["zebra.py", "tests/check.ipynb", "../main.py"]


def test_the_report_names_them(tmp_path: Path) -> None:
    path = lay_out(tmp_path, {"model/network.py": NETWORK, "main.py": "from model.network import Net\n"})
    assert check(path).reason.endswith("check the file that calls them: ../main.py.")

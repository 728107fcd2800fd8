"""Libraries are loaded once, before the files that need them are run, and never in the place of a file's own."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.forks import Forks
from backproof.check.sandbox.libraries import imported_by
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
EARLY = "import sys\nprint('scipy.special' in sys.modules)\n"


def test_the_libraries_are_those_that_a_file_names() -> None:
    text = "import pandas as pd\nfrom sklearn import datasets\nfrom sklearn.model_selection import train_test_split\n"
    assert imported_by(text) == ["pandas", "sklearn.datasets", "sklearn.model_selection"]
    assert imported_by("import matplotlib.pyplot as plt, os\nfrom . import csv\n") == ["matplotlib.pyplot"]
    assert imported_by("import pandas as") == []


def printed(folder: Path, text: str, sandbox: Sandbox) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / "network.py"
    path.write_text(text, encoding="utf-8")
    return sandbox.run(read_source(path)).printed


def test_a_library_is_there_before_the_line_that_imports_it(tmp_path: Path, sandbox: Sandbox) -> None:
    assert printed(tmp_path, f"{EARLY}import scipy.special\n", sandbox) == "True\n"


def test_a_library_that_a_module_beside_the_file_imports_is_there_for_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("import scipy.special\n", encoding="utf-8")
    text = "import sys\nprint('scipy.special' in sys.modules)\nimport beside\n"
    with Sandbox(LIMITS) as fresh:
        assert printed(tmp_path, text, fresh) == "False\n"
        assert printed(tmp_path, text, fresh) == "True\n"


def test_another_sandbox_can_load_them_while_something_else_goes_on(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("import scipy.special\n", encoding="utf-8")
    text = "import sys\nprint('scipy.special' in sys.modules)\nimport beside\n"
    with Sandbox(LIMITS) as first, Sandbox(LIMITS) as second:
        printed(tmp_path, text, first)
        assert "scipy.special" in first.imported
        second.prepare(first.imported)
        begun = second._forks._process
        for _ in range(2):  # the process lasts though the threads that ask it end
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(printed, tmp_path, text, second).result() == "True\n"
        assert second._forks._process is begun


def test_a_process_that_is_kept_has_loaded_them_for_the_next_file_and_nothing_of_a_file(tmp_path: Path) -> None:
    first = "import sys\nimport scipy.special\nsys.modules['json'] = None\nsys.path.append('left')\n"
    second = "import sys\nprint('scipy.special' in sys.modules, sys.modules.get('json') is None, 'left' in sys.path)\n"
    forks = Forks()
    try:
        with Sandbox(LIMITS, forks) as one:
            printed(tmp_path / "a", first, one)
        with Sandbox(LIMITS, forks) as other:
            assert printed(tmp_path / "b", second, other) == "True False False\n"
    finally:
        forks.stop()


def test_what_stands_beside_the_file_comes_before_a_library_that_was_loaded(tmp_path: Path, sandbox: Sandbox) -> None:
    printed(tmp_path / "a", "import scipy.special\n", sandbox)
    own = tmp_path / "b"
    own.mkdir()
    (own / "scipy.py").write_text("here = True\n", encoding="utf-8")
    assert printed(own, "import scipy\nprint(scipy.here)\n", sandbox) == "True\n"
    assert printed(tmp_path / "a", "import scipy\nprint(hasattr(scipy, 'here'))\n", sandbox) == "False\n"


def test_nothing_is_loaded_from_the_folder_that_the_check_is_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scipy.py").write_text(f"import os\nos.mkdir({str(tmp_path / 'escaped')!r})\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with Sandbox(LIMITS) as fresh:
        printed(tmp_path / "a", "import scipy.special\n", fresh)
        printed(tmp_path / "a", "import scipy.special\n", fresh)
    assert not os.path.exists(tmp_path / "escaped")


def test_a_library_that_asks_for_another_one_is_told_that_it_is_not_there(tmp_path: Path, sandbox: Sandbox) -> None:
    text = """import torch
import seaborn as sns
from tqdm import trange
import numpy as np
x, w = np.arange(5.0), 0.0
for epoch in trange(30):
    d = w * x - 2 * x
    w -= 0.02 * np.mean(d * x)
sns.lineplot(x)
print(np.mean(d ** 2), torch.tensor(1.0).item())
"""
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason

"""What several tests share: networks, data, and running the command line in this process."""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

import backproof as bp
from backproof.network import Network
from backproof.ops.op import Array

# on a busy machine, it takes a while to draw examples, and that is no failure
settings.register_profile("busy", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

Command = Callable[..., tuple[int, str, str]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also the tests that take long, and all their variants")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is marked as slow, all but the first so many of its variants."""
    if config.getoption("--slow"):
        return
    seen: Counter[object] = Counter()
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        mark, test = item.get_closest_marker("slow"), getattr(item, "function", item)
        seen[test] += 1
        (kept if mark is None or seen[test] <= mark.kwargs.get("but", 0) else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spares the garbage collector all that was loaded, which lives until the end: a tenth of the time of the tests."""
    del session
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session", autouse=True)
def compiled_programs(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is compiled is kept among the files of this run of the tests, for all of its processes."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    os.environ["BACKPROOF_CACHE"] = str(shared / "compiled")


@pytest.fixture
def notebook() -> tuple[Network, Array, Array]:
    """The notebook's network and its five points."""
    network = bp.Network([bp.Linear(1, 1), bp.Sigmoid(), bp.Linear(1, 1), bp.Sigmoid()], loss=bp.MSELoss())
    x = np.array([[-2.0], [-1.0], [0.0], [1.0], [2.0]])
    y = np.array([[0.0], [0.0], [0.0], [1.0], [1.0]])
    return network, x, y


@pytest.fixture
def backproof(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `backproof ARGUMENTS` in this process; gives exit code, output, error output."""
    from backproof.cli import main

    monkeypatch.delenv("COLUMNS", raising=False)

    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["backproof", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """A small table with numbers, categories, missing values and three classes that can be told apart."""
    chance = np.random.default_rng(5)
    lines = ["petal,sepal,colour,kind"]
    for row in range(90):
        kind = row % 3
        petal = f"{chance.normal(3 * kind, 0.4):.3f}" if row % 11 else ""
        colour = ("red", "blue", "white")[kind] if row % 7 else ""
        lines.append(f"{petal},{chance.normal(0, 1):.3f},{colour},{('rose', 'iris', 'lily')[kind]}")
    path = tmp_path / "flowers.csv"
    path.write_text("\n".join(lines) + "\n")
    return path

"""The examples run, the real tables are trained both ways with the proof holding, and the README tells the truth."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import backproof as bp
from tests.conftest import Command

ROOT = Path(__file__).parent.parent
TABLES = {"breast_cancer": "target", "wine": "target", "digits": "target", "diabetes": "target", "penguins": "species"}


def load(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    written: list[Path] = load(ROOT / "examples" / "make_tables.py").make_tables(folder)
    assert {path.stem for path in written} == set(TABLES)
    return folder


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(("name", "target"), TABLES.items())
def test_real_tables_are_trained_both_ways_and_the_proof_holds(
    backproof: Command, tables: Path, name: str, target: str
) -> None:
    code, output, errors = backproof(
        "train", tables / f"{name}.csv", "-t", target, "--validation", 0.25, "--epochs", 20, "--json"
    )
    assert code == 0, errors
    found = json.loads(output)
    assert found["proof"]["holds"]
    compiled, torch = (found["engines"][engine]["metrics"] for engine in ("compiled", "torch"))
    assert compiled == pytest.approx(torch, rel=1e-6)
    if name == "diabetes":
        assert compiled["validation_r2"] > 0.3
    else:
        assert compiled["validation_accuracy"] > 0.93


@pytest.mark.slow
def test_the_comparison_with_scikit_learn_runs(tables: Path) -> None:
    ours, theirs, holds = load(ROOT / "examples" / "compare_with_scikit_learn.py").score("wine", tables, 0)
    assert holds
    assert ours > 0.9
    assert theirs > 0.9


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def test_the_readmes_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(blocks()[0], names)
    proof = names["proof"]
    assert isinstance(proof, bp.Proof)
    assert proof.holds


def test_the_readmes_op_is_an_op(tmp_path: Path) -> None:
    path = tmp_path / "softsign.py"
    path.write_text(blocks()[1])
    op = load(path).Softsign()
    x = np.random.default_rng(0).normal(size=(6, 2))
    network = bp.Network([bp.Linear(2, 3), op, bp.Linear(3, 1)], bp.MSELoss())
    assert bp.prove(network, x, x[:, :1], epochs=3).holds

"""The program: derived lines, names, and texts that give the engine's losses to the last digit."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import backproof as bp
from backproof.network import Network
from backproof.ops.op import Array
from backproof.program.derivation import Derivation
from backproof.training import Run

CHANCE = np.random.default_rng(0)
X = CHANCE.normal(size=(29, 2))
CLASSES = CHANCE.integers(0, 3, 29)
DEEP = [
    bp.Linear(2, 4),
    bp.BatchNorm1d(4),
    bp.ReLU(),
    bp.Dropout(0.3),
    bp.Linear(4, 5, bias=False),
    bp.LayerNorm(5),
    bp.GELU(),
    bp.Linear(5, 3),
]


def printed_losses(source: str) -> list[str]:
    """What the program prints when it is run here, as `python file.py` would."""
    output = io.StringIO()
    default = torch.get_default_dtype()
    settings = np.geterr()
    try:
        with contextlib.redirect_stdout(output):
            exec(compile(source, "program.py", "exec"), {"__name__": "__main__"})
    finally:
        torch.set_default_dtype(default)
        np.seterr(**settings)
    return [line.split("loss ")[1].split(",")[0] for line in output.getvalue().splitlines() if "loss" in line]


def engine_losses(run: Run) -> list[str]:
    return [str(loss) for loss in run.losses.tolist()[:: run.settings.every]]


SETTINGS: list[dict[str, Any]] = [
    {"optimizer": bp.SGD(0.1)},
    {"optimizer": bp.Adam(0.01), "batch_size": 8, "report_every": 1},
    {"optimizer": bp.SGD(0.1, momentum=0.9, dampening=0.2, weight_decay=0.01), "batch_size": 10, "clip_norm": 0.1},
    {"optimizer": bp.Adagrad(initial_accumulator_value=0.1, lr_decay=0.1), "schedule": bp.CosineAnnealingLR(4)},
    {"optimizer": bp.RMSprop(centered=True, momentum=0.5), "validation": 0.3, "patience": 3, "report_every": 1},
    {"optimizer": bp.AdamW(0.05), "batch_size": 6, "validation": 0.25, "patience": 2, "min_delta": 0.01, "init": "he"},
    {"optimizer": bp.SGD(0.1), "dtype": "float32", "batch_size": 12, "init": "torch", "report_every": 2},
]


@pytest.mark.slow(but=8)
@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: str(settings["optimizer"]))
@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_the_text_prints_the_losses_of_the_engine_to_the_last_digit(settings: dict[str, Any], engine: str) -> None:
    run = bp.train(Network(DEEP, bp.CrossEntropyLoss(0.1)), X, CLASSES, epochs=12, seed=3, engine=engine, **settings)
    source = run.program.source if engine == "numpy" else run.program.torch_source
    assert printed_losses(source) == engine_losses(run)


@pytest.mark.parametrize("loss", [bp.MSELoss(), bp.HalfSquaredError(), bp.L1Loss(), bp.HuberLoss(0.5)], ids=str)
@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_the_text_of_a_regression_in_batches(loss: Any, engine: str) -> None:
    network = Network([bp.Linear(2, 3), bp.Tanh(), bp.Linear(3, 2)], loss)
    run = bp.train(network, X, X * 2, epochs=6, batch_size=8, engine=engine, optimizer=bp.SGD(0.01))
    source = run.program.source if engine == "numpy" else run.program.torch_source
    assert printed_losses(source) == engine_losses(run)


def test_early_stopping_with_a_single_parameter() -> None:
    network = Network([bp.Linear(2, 1, bias=False)], bp.MSELoss())
    run = bp.train(network, X, X[:, :1] + 1, optimizer=bp.SGD(0.3), epochs=50, patience=2, min_delta=0.01)
    assert run.stopped_early
    assert printed_losses(run.program.source) == engine_losses(run)


def test_long_tables_and_given_weights_are_packed_to_the_last_bit() -> None:
    x = CHANCE.normal(size=(200, 2))
    weights = {"w1": CHANCE.normal(size=(2, 200)), "b1": CHANCE.normal(size=200), "w2": CHANCE.normal(size=(200, 1))}
    network = Network([bp.Linear(2, 200), bp.SiLU(), bp.Linear(200, 1, bias=False)], bp.MSELoss())
    for dtype in ("float64", "float32"):
        for engine in ("numpy", "torch"):
            run = bp.train(network, x, x[:, :1], epochs=5, init=weights, engine=engine, dtype=dtype)
            source = run.program.source if engine == "numpy" else run.program.torch_source
            assert "unpack(" in source
            assert printed_losses(source) == engine_losses(run)


def test_python_runs_the_file_and_prints_the_predictions(
    notebook: tuple[Network, Array, Array], tmp_path: Path
) -> None:
    network, x, y = notebook
    new = np.array([[0.75], [3.0]])
    run = bp.train(network, x, y, optimizer=bp.SGD(0.1), epochs=50, seed=42, x_new=new)
    for to in ("numpy", "torch"):
        path = tmp_path / f"by_{to}.py"
        run.program.write(path, to)
        done = subprocess.run([sys.executable, "-W", "error", path], capture_output=True, text=True, check=True)
        lines = done.stdout.splitlines()
        assert lines[0] == f"epoch 0: loss {run.losses[0]}"
        answers = re.findall(r"0\.\d+", " ".join(lines[5:]))
        np.testing.assert_allclose([float(answer) for answer in answers], run.predict(new)[:, 0], atol=1e-4)


def test_a_program_is_not_written_where_it_would_hide_its_library(
    notebook: tuple[Network, Array, Array], tmp_path: Path
) -> None:
    program = bp.train(*notebook, epochs=1).program
    for name in ("numpy.py", "random.py", "math.py"):
        with pytest.raises(bp.BackproofError, match="import itself"):
            program.write(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_the_notebooks_program_is_what_a_teacher_would_write(notebook: tuple[Network, Array, Array]) -> None:
    network, x, y = notebook
    source = bp.train(network, x, y, optimizer=bp.SGD(0.1), epochs=1, seed=42).program.source
    lines = [line.strip() for line in source.splitlines()]
    wanted = [
        "random = np.random.RandomState(42)",
        "z1 = x @ w1 + b1",
        "a1 = 1.0 / (1.0 + np.exp(-z1))",
        "z2 = a1 @ w2 + b2",
        "loss = np.mean(error * error)",
        "d_z2 = d_a2 * a2 * (1.0 - a2)",
        "d_w2 = a1.T @ d_z2",
        "d_w1 = x.T @ d_z1",
        "w1 = w1 - learning_rate * d_w1",
    ]
    places = [lines.index(line) for line in wanted]
    assert places == sorted(places)
    assert len(lines) < 75
    # nobody needs the gradient of the data
    assert "d_x" not in source


def test_the_outline_has_the_lines_of_the_source() -> None:
    x = CHANCE.normal(size=(200, 2))
    program = bp.train(Network([bp.Linear(2, 1)], bp.MSELoss()), x, x[:, :1], epochs=1).program
    outline, source = str(program).splitlines(), program.source.splitlines()
    assert len(outline) == len(source)
    assert [a for a, b in zip(outline, source, strict=True) if a != b] == [a for a in outline if 'unpack("' in a]
    assert max(map(len, outline)) < 121


def test_numbers_go_up_when_a_name_would_repeat() -> None:
    network = Network([bp.Linear(2, 2), bp.Linear(2, 2), bp.Tanh(), bp.Dropout(), bp.Linear(2, 1)], bp.MSELoss())
    derived = Derivation(network, bp.SGD())
    assert [step.name for step in derived.forward] == ["z1", "z2", "a2", "mask2", "dropped2", "z3"]
    assert [tensor.name for tensor in derived.tensors] == ["w1", "b1", "w2", "b2", "w3", "b3"]


def test_every_name_is_assigned_once_but_for_what_is_carried_from_step_to_step() -> None:
    derived = Derivation(Network(DEEP, bp.CrossEntropyLoss()), bp.AdamW(), bp.StepLR(3), clip_norm=1.0)
    names = [step.name for step in derived.steps]
    carried = {tensor.name for tensor in derived.tensors} | {state.name for state in derived.states} | {"t", "squares"}
    assert all(names.count(name) == 1 for name in names if name not in carried)


def test_a_traceback_shows_the_line_of_the_program(notebook: tuple[Network, Array, Array]) -> None:
    import traceback

    from backproof.engines.numpy import NumPyEngine

    network, x, y = notebook
    engine = NumPyEngine(bp.train(network, x, y, epochs=1).program)
    try:
        engine.step(np.zeros((2, 7)), y, 0)
    except ValueError:
        shown = traceback.format_exc()
    assert "z1 = x @ w1 + b1" in shown

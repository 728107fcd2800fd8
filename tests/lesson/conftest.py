"""Lessons that several tests read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import backproof as bp
from backproof.cli.options import TrainingOptions
from backproof.cli.task import make_task
from backproof.lesson import Lesson
from backproof.lesson import explain as explain_program


@pytest.fixture(scope="session")
def notebook_lesson() -> Lesson:
    """The notebook's network, at sample 3 of epoch 1000."""
    task = make_task(TrainingOptions())
    return explain_program(task.program, sample=3, epoch=1000, columns=task.columns, target=task.target)


@pytest.fixture(scope="session")
def penguins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The penguins as a CSV file."""
    from palmerpenguins import load_penguins

    path = tmp_path_factory.mktemp("tables") / "penguins.csv"
    load_penguins().to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def penguins_lesson(penguins: Path) -> Lesson:
    """Two hidden layers on the penguins, at a batch of epoch 4 that row 17 is in."""
    task = make_task(TrainingOptions(data=penguins, target="species", hidden="8,6", epochs=20, validation=0.2))
    return explain_program(task.program, sample=17, epoch=4, columns=task.columns, target=task.target)


@pytest.fixture(scope="session")
def digits_lesson(tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    """Handwritten digits."""
    from sklearn.datasets import load_digits

    path = tmp_path_factory.mktemp("tables") / "digits.csv"
    load_digits(as_frame=True).frame.to_csv(path, index=False)
    task = make_task(TrainingOptions(data=path, target="target", epochs=4, validation=0.25))
    return explain_program(task.program, sample=7, epoch=2, columns=task.columns, target=task.target)


@pytest.fixture(scope="session")
def everything_lesson() -> Lesson:
    """Every kind of layer at once, with a schedule, clipping, early stopping and float32."""
    chance = np.random.default_rng(3)
    x = chance.normal(size=(50, 4))
    y = x @ chance.normal(size=(4, 2))
    network = bp.Network(
        [
            bp.LayerNorm(4),
            bp.Linear(4, 7, bias=False),
            bp.BatchNorm1d(7),
            bp.GELU(),
            bp.Dropout(0.2),
            bp.Linear(7, 5),
            bp.Softmax(),
            bp.Linear(5, 2),
        ],
        loss=bp.HuberLoss(),
    )
    run = bp.train(
        network,
        x,
        y,
        epochs=6,
        batch_size=12,
        validation=0.2,
        optimizer=bp.AdamW(0.01, amsgrad=True),
        schedule=bp.CosineAnnealingLR(5),
        clip_norm=0.5,
        patience=5,
        dtype="float32",
        x_new=x[:3],
    )
    return bp.explain(run, sample=5, epoch=2)

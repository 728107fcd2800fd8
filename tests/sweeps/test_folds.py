"""Cross-validation: every row is set aside once, and each fold is what a training with these rows set aside is."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import backproof as bp
from backproof.errors import BackproofError
from backproof.network import Network
from backproof.sweeps.folds import mean_of, split_folds
from backproof.sweeps.training import Outcome
from tests.conftest import Command

CHANCE = np.random.default_rng(4)
X = CHANCE.normal(size=(41, 3))
LABELS = np.repeat([0, 1, 2], [20, 15, 6])
CLASSES = Network([bp.Linear(3, 5), bp.Tanh(), bp.Linear(5, 3)], bp.CrossEntropyLoss())
NUMBERS = Network([bp.Linear(3, 5), bp.Tanh(), bp.Linear(5, 1)], bp.MSELoss())


def test_every_row_is_set_aside_once_and_classes_keep_their_proportions() -> None:
    x = np.column_stack([np.arange(41.0), LABELS])
    parts = split_folds(x, LABELS, 3, seed=1)
    aside = np.concatenate([part.x_validation[:, 0] for part in parts if part.x_validation is not None])
    assert sorted(aside) == list(range(41))
    for part in parts:
        assert part.x_validation is not None
        assert not {*part.x[:, 0]} & {*part.x_validation[:, 0]}
        counts = Counter(part.x_validation[:, 1])
        assert counts[2.0] == 2
        assert counts[1.0] == 5
        assert np.array_equal(part.x[:, 1], part.y)


@pytest.mark.slow
@pytest.mark.parametrize("batch_size", [None, 8])
def test_each_fold_is_what_that_training_is_alone(batch_size: int | None) -> None:
    y = np.sin(X[:, :1])
    sweep = bp.sweep(
        NUMBERS, X, y, folds=4, seed=3, optimizer="Adam", learning_rate=[0.01, 0.1], epochs=15, batch_size=batch_size
    )
    assert list(sweep.table.columns) == ["learning_rate", "loss", "validation_loss", "validation_loss_std"]
    for place, point in enumerate(sweep.points):
        alone = []
        for data, outcome in zip(split_folds(X, y, 4, 3), sweep.by_fold[place], strict=True):
            run = bp.train(
                NUMBERS,
                data.x,
                data.y,
                validation=(data.x_validation, data.y_validation),
                seed=3,
                optimizer=point.settings.optimizer,
                epochs=15,
                batch_size=batch_size,
            )
            assert run.validation_losses is not None
            alone.append(run.validation_losses[-1])
            assert outcome.validation_loss == pytest.approx(alone[-1], rel=1e-9)
        row = sweep.table.iloc[place]
        assert row["validation_loss"] == pytest.approx(np.mean(alone), rel=1e-9)
        assert row["validation_loss_std"] == pytest.approx(np.std(alone), rel=1e-9)


def test_what_fails_in_a_fold_has_failed() -> None:
    good = Outcome(1.0, np.arange(3), np.array([3.0, 2.0, 1.0]), {}, 2.0)
    bad = Outcome(float("nan"), np.zeros(0, int), np.zeros(0), {}, None, "It went wrong.")
    assert mean_of([good, bad]).error == "In fold 2: It went wrong."
    assert mean_of([good, good]).validation_loss == 2.0
    short = Outcome(2.0, np.arange(2), np.array([5.0, 2.0]), {}, 4.0)
    assert np.array_equal(mean_of([good, short]).losses, [4.0, 2.0])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"folds": 1}, "whole number above 1"),
        ({"folds": 50}, "only 41 rows"),
        ({"folds": 7}, "class 2 has only 6 rows"),
        ({"folds": 3, "validation": 0.2}, "not both"),
    ],
)
def test_bad_folds_are_refused(given: dict[str, object], words: str) -> None:
    with pytest.raises(BackproofError, match=words):
        bp.sweep(CLASSES, X, LABELS, epochs=2, **given)  # type: ignore[arg-type]


def test_a_table_is_prepared_anew_in_each_fold(backproof: Command, tmp_path: Path) -> None:
    # one row has a value so far out that whoever learnt the mean from all rows would show it in every fold
    table = pd.DataFrame({"a": X[:, 0], "b": ["x", "y"] * 20 + ["rare"], "kind": np.array(list("pqr"))[LABELS]})
    table.loc[0, "a"] = 1e6
    path = tmp_path / "table.csv"
    table.to_csv(path, index=False)
    code, output, _ = backproof(
        "sweep", path, "-t", "kind", "--folds", 3, "--epochs", 5, "--vary", "seed=0,1", "--json", "--engine", "numpy"
    )
    assert code == 0
    rows = json.loads(output)["trainings"]
    assert len(rows) == 2
    assert {"validation_loss", "validation_loss_std", "accuracy"} <= rows[0].keys()
    assert 0 <= rows[0]["accuracy"] <= 1

    from backproof.data.table import prepare_folds

    tables = prepare_folds(table, "kind", folds=3)
    assert sorted(len(made.data.x) for made in tables) == [27, 27, 28]
    widths = sorted(made.data.x.shape[1] for made in tables)
    assert widths[0] < widths[-1]  # in one fold nobody has seen what is rare
    largest = sorted(float(np.abs(made.data.x[:, 0]).max()) for made in tables)
    assert largest[0] < 4 < largest[-1]


def test_folds_need_a_table(backproof: Command) -> None:
    code, _, errors = backproof("sweep", "--folds", 3)
    assert code == 2
    assert "--folds needs a table" in errors

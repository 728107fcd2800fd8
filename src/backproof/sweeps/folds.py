"""Cross-validation: the rows are split into parts, and each part is set aside once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backproof.data.folds import folds_of
from backproof.errors import DataError
from backproof.settings import Data
from backproof.sweeps.training import Outcome


def split_folds(x: Any, y: Any, folds: int, seed: int) -> list[Data]:
    """The data of each fold. Whole numbers in one column are classes, which keep their proportions in every fold.

    Raises DataError where there cannot be so many folds.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim < 1 or y.ndim < 1 or len(x) != len(y):
        raise DataError(f"x has shape {x.shape} and y has shape {y.shape}: they must have as many rows.")
    labels = y if y.ndim == 1 and y.dtype.kind in "iub" else None
    return [Data(x[rows], y[rows], x[aside], y[aside]) for rows, aside in folds_of(len(x), labels, folds, seed)]


def mean_of(outcomes: Sequence[Outcome]) -> Outcome:
    """What came of one point, as the mean of its folds: of the losses of each epoch as far as all were trained.

    If it failed in some fold, it failed.
    """
    for number, outcome in enumerate(outcomes, start=1):
        if outcome.error:
            nothing = np.zeros(0)
            return Outcome(float("nan"), nothing.astype(int), nothing, {}, None, f"In fold {number}: {outcome.error}")
    shortest = min((outcome.epochs for outcome in outcomes), key=len)
    losses = np.mean([np.interp(shortest, o.epochs, o.losses) for o in outcomes], axis=0)
    validated = [o.validation_loss for o in outcomes if o.validation_loss is not None]
    mean = float(np.mean(validated)) if len(validated) == len(outcomes) else None
    return Outcome(float(np.mean([o.loss for o in outcomes])), shortest, losses, {}, mean)

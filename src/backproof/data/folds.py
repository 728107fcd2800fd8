"""Which rows are set aside in each fold of a cross-validation."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from backproof.errors import DataError

Rows = npt.NDArray[np.intp]


def folds_of(count: int, labels: Any, folds: int, seed: int) -> list[tuple[Rows, Rows]]:
    """The rows to learn from and the rows to validate on, for each fold: every row is set aside once.

    Args:
        count: how many rows there are.
        labels: the class of each row, which keep their proportions in every fold; None where a number is predicted.

    Raises:
        DataError: there cannot be so many folds.
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    if isinstance(folds, bool) or not isinstance(folds, int) or folds < 2:
        raise DataError(f"folds is {folds!r}, but it must be a whole number above 1.")
    if folds > count:
        raise DataError(f"folds is {folds}, but there are only {count} rows: each fold needs one to set aside.")
    if labels is None:
        return list(KFold(folds, shuffle=True, random_state=seed).split(np.zeros(count)))
    known, counts = np.unique(np.asarray(labels), return_counts=True)
    if counts.min() < folds:
        rare = known[counts.argmin()]
        raise DataError(
            f"folds is {folds}, but class {rare} has only {counts.min()} rows: each fold needs some of every class."
        )
    return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(np.zeros(count), labels))

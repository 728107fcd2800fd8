"""A table ready to be trained on: arrays, the facts about its columns, and the split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backproof.data.columns import Column, encode_columns, fit_columns, sort_columns
from backproof.data.folds import folds_of
from backproof.data.read import require_columns
from backproof.data.target import Target, describe_target, standardise
from backproof.errors import DataError
from backproof.ops.op import Loss
from backproof.settings import Data

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Table:
    """Arrays for training and validation, and what was done to get them."""

    data: Data
    columns: tuple[Column, ...]
    target: Target
    loss: Loss
    left_out: int
    """Rows without a target."""


def prepare(
    frame: pandas.DataFrame,
    target: str,
    *,
    features: Sequence[str] = (),
    exclude: Sequence[str] = (),
    loss: Loss | None = None,
    validation: float = 0.0,
    seed: int = 0,
    where: str = "The table",
) -> Table:
    """Turn a table into arrays.

    The facts (means, medians, categories) are learnt from the training rows alone. Classes keep their proportions in
    the split. Raises DataError with the column and, where there is one, the row.
    """
    known = _sort(frame, target, features, exclude, loss, where)
    return known.table(*_split(known.kept, known.target, validation, seed, where))


def prepare_folds(
    frame: pandas.DataFrame,
    target: str,
    *,
    folds: int,
    features: Sequence[str] = (),
    exclude: Sequence[str] = (),
    loss: Loss | None = None,
    seed: int = 0,
    where: str = "The table",
) -> list[Table]:
    """Turn a table into arrays once for each fold of a cross-validation: every row is set aside once.

    In each, the facts are learnt from the rows that are not set aside. Raises DataError as `prepare` does, and where
    there cannot be so many folds.
    """
    known = _sort(frame, target, features, exclude, loss, where)
    labels = known.kept[target].astype(str).to_numpy() if known.target.classes else None
    parts = folds_of(len(known.kept), labels, folds, seed)
    return [known.table(known.kept.iloc[training], known.kept.iloc[aside]) for training, aside in parts]


@dataclass(frozen=True)
class _Sorted:
    """What is known of a table before it is split."""

    frame: pandas.DataFrame
    kept: pandas.DataFrame  # the rows with a target
    numbers: list[str]
    categories: list[str]
    target: Target
    loss: Loss
    where: str

    def table(self, training: pandas.DataFrame, aside: pandas.DataFrame | None) -> Table:
        """The arrays of some rows, and of those that are set aside, by the facts of the former."""
        where = self.where
        empty = [name for name in (*self.numbers, *self.categories) if training[name].notna().sum() == 0]
        if empty:
            raise DataError(f"{where}: column {empty[0]!r} has no values in the training rows: leave it out.")
        columns = fit_columns(training, self.numbers, self.categories)
        target = standardise(self.target, training[self.target.name])
        x, y = encode_columns(training, columns, where), target.encode(training[target.name], self.loss, where)
        data = Data(x, y)
        if aside is not None:
            x_aside, y_aside = (
                encode_columns(aside, columns, where),
                target.encode(aside[target.name], self.loss, where),
            )
            data = Data(x, y, x_aside, y_aside)
        return Table(data, columns, target, self.loss, len(self.frame) - len(self.kept))


def _sort(
    frame: pandas.DataFrame,
    target: str,
    features: Sequence[str],
    exclude: Sequence[str],
    loss: Loss | None,
    where: str,
) -> _Sorted:
    """Look at the columns of a table. Raises DataError where one cannot be used."""
    require_columns(frame, [target, *features, *exclude], where)
    names = list(dict.fromkeys(features)) or [name for name in frame.columns if name != target and name not in exclude]
    if target in names:
        raise DataError(f"{where}: {target!r} is the target, so it cannot be among the features.")
    if not names:
        raise DataError(f"{where}: there is no column to predict {target!r} from.")
    kept = frame[frame[target].notna()].reset_index(drop=True)
    numbers, categories = sort_columns(frame, names, where, chosen=bool(features))
    described, chosen_loss = describe_target(frame[target], target, loss, where)
    return _Sorted(frame, kept, numbers, categories, described, chosen_loss, where)


def _split(
    frame: pandas.DataFrame, target: Target, validation: float, seed: int, where: str
) -> tuple[pandas.DataFrame, pandas.DataFrame | None]:
    from sklearn.model_selection import train_test_split

    if validation == 0:
        return frame, None
    if not 0 < validation < 1:
        raise DataError(f"--validation is {validation}, but it must be a part between 0 and 1, such as 0.2.")
    labels = frame[target.name] if target.classes else None
    if labels is not None and labels.value_counts().min() < 2:
        labels = None
    try:
        training, aside = train_test_split(frame, test_size=validation, random_state=seed, stratify=labels)
    except ValueError:
        raise DataError(
            f"{where}: {len(frame)} rows are too few to set {validation:.0%} of them aside for validation: "
            "use another part, or more rows."
        ) from None
    if target.classes and training[target.name].nunique() < len(target.classes):
        raise DataError(
            f"{where}: some class has too few rows to be in both parts: use another --validation or --seed."
        )
    return training, aside

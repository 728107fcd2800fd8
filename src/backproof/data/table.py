"""A table ready to be trained on: arrays, the facts about its columns, and the split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backproof.data.columns import Column, encode_columns, fit_columns, sort_columns
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
    require_columns(frame, [target, *features, *exclude], where)
    names = list(dict.fromkeys(features)) or [name for name in frame.columns if name != target and name not in exclude]
    if target in names:
        raise DataError(f"{where}: {target!r} is the target, so it cannot be among the features.")
    if not names:
        raise DataError(f"{where}: there is no column to predict {target!r} from.")
    kept = frame[frame[target].notna()].reset_index(drop=True)
    numbers, categories = sort_columns(frame, names, where, chosen=bool(features))
    described, chosen_loss = describe_target(frame[target], target, loss, where)
    training, aside = _split(kept, described, validation, seed, where)
    missing_everywhere = [name for name in names if training[name].notna().sum() == 0]
    if missing_everywhere:
        raise DataError(f"{where}: column {missing_everywhere[0]!r} has no values in the training rows: leave it out.")
    columns = fit_columns(training, numbers, categories)
    described = standardise(described, training[target])
    x = encode_columns(training, columns, where)
    y = described.encode(training[target], chosen_loss, where)
    data = Data(x, y)
    if aside is not None:
        x_aside = encode_columns(aside, columns, where)
        data = Data(x, y, x_aside, described.encode(aside[target], chosen_loss, where))
    return Table(data, columns, described, chosen_loss, len(frame) - len(kept))


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

"""The column to predict: a number, or one of several classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backproof.data.columns import MISSING, as_numbers, as_words, check_size, is_number, quoted
from backproof.errors import DataError, ModelError
from backproof.ops.op import Array, Loss
from backproof.ops.registry import find

if TYPE_CHECKING:
    import pandas

MOST_WHOLE_CLASSES = 20
"""Whole numbers are taken for classes when there are at most so many different ones."""
FOR_NUMBERS = ("MSELoss", "HalfSquaredError", "L1Loss", "HuberLoss")
FOR_YES_OR_NO = ("BCELoss", "BCEWithLogitsLoss")


@dataclass(frozen=True)
class Target:
    """What is predicted, and how a prediction is turned back into the column's own values."""

    name: str
    classes: tuple[str, ...] = ()
    """The classes by their original names; none for a number."""
    mean: float = 0.0
    scale: float = 1.0

    @property
    def is_number(self) -> bool:
        return not self.classes

    def outputs(self, loss: Loss) -> int:
        """How many numbers the network has to answer."""
        return len(self.classes) if type(loss).__name__ == "CrossEntropyLoss" else 1

    def sentence(self) -> str:
        """What the target is taken for."""
        if self.classes:
            shown = ", ".join(map(quoted, self.classes[:8])) + (", …" if len(self.classes) > 8 else "")
            return f"{len(self.classes)} classes: {shown}"
        if self.mean == 0 and self.scale == 1:
            return "a number, as it is"
        return f"a number, minus {self.mean:.6g}, divided by {self.scale:.6g}"

    def encode(self, values: pandas.Series[Any], loss: Loss, where: str) -> Array:
        """The targets that this loss compares with. Raises DataError for text where a number is due."""
        if self.is_number:
            numbers = as_numbers(values, self.name, where).to_numpy(dtype=float)
            encoded: Array = ((numbers - self.mean) / self.scale)[:, None]
            return encoded
        known = {label: position for position, label in enumerate(self.classes)}
        indices: Array = as_words(values).map(known).to_numpy(dtype=int)
        return indices if self.outputs(loss) > 1 else indices[:, None].astype(float)

    def probabilities(self, output: Array, loss: Loss) -> Array:
        """The probability of every class, (rows, classes), from the network's output."""
        output = np.asarray(output, dtype=float)
        if loss.link:
            from backproof.ops.op import Activation

            with np.errstate(over="ignore"):
                output = find(loss.link, Activation).forward(output)
        return np.concatenate([1.0 - output, output], axis=1) if output.shape[1] == 1 else output

    def decode(self, output: Array, loss: Loss) -> Array:
        """Predictions in the column's own values: numbers, or the names of classes."""
        if self.is_number:
            decoded: Array = np.asarray(output[:, 0], dtype=float) * self.scale + self.mean
            return decoded
        labels: Array = np.array(self.classes, dtype=object)
        named: Array = labels[np.argmax(self.probabilities(output, loss), axis=1)]
        return named


def describe_target(values: pandas.Series[Any], name: str, loss: Loss | None, where: str) -> tuple[Target, Loss]:
    """What the column is, and the loss for it where none was asked for.

    Raises DataError when there is nothing to learn, or the loss does not fit.
    """
    given = values.dropna()
    if given.nunique() < 2:
        only = f"only one value, {as_words(given).iloc[0]}" if len(given) else "no values"
        missing = f" ({values.isna().sum()} rows are {MISSING})" if values.isna().any() else ""
        raise DataError(f"{where}: the target {name!r} has {only}{missing}: there is nothing to learn.")
    numeric = is_number(values, name, where)
    asked = type(loss).__name__ if loss else ""
    if asked in FOR_NUMBERS and not numeric:
        raise DataError(
            f"{where}: {loss} needs numbers, but the target {name!r} holds {given.iloc[0]!r}: "
            "leave --loss out, or use CrossEntropyLoss."
        )
    if numeric:
        check_size(as_numbers(given, name, where), name, where)
    if numeric and (asked in FOR_NUMBERS or (not loss and not _few_whole_numbers(as_numbers(given, name, where)))):
        return Target(name), loss or find("MSELoss", Loss)()
    classes = _classes(given, name, where, numeric)
    if asked in FOR_YES_OR_NO and len(classes) != 2:
        raise DataError(f"{where}: {loss} is for two classes, but {name!r} has {len(classes)}: use CrossEntropyLoss.")
    chosen = find("BCEWithLogitsLoss" if len(classes) == 2 else "CrossEntropyLoss", Loss)
    return Target(name, classes), loss or chosen()


def _few_whole_numbers(numbers: pandas.Series[Any]) -> bool:
    different = numbers.unique()
    whole = bool(np.all(different == np.round(different)))
    return whole and len(different) <= MOST_WHOLE_CLASSES and 2 * len(different) <= len(numbers)


def _classes(given: pandas.Series[Any], name: str, where: str, numeric: bool) -> tuple[str, ...]:
    labels = as_words(given).unique()
    if len(labels) > 20 and len(labels) > len(given) / 2:
        raise DataError(
            f"{where}: the target {name!r} has {len(labels)} different values in {len(given)} rows: no classes."
        )
    return tuple(sorted(labels, key=float) if numeric else sorted(labels))


def standardise(target: Target, values: pandas.Series[Any]) -> Target:
    """The target with the mean and the deviation of these rows, when it is a number."""
    if not target.is_number:
        return target
    numbers = values.to_numpy(dtype=float)
    return Target(target.name, (), float(numbers.mean()), float(numbers.std()) or 1.0)


def target_from_json(facts: Any) -> Target:
    """The facts back. Raises ModelError for anything else."""
    try:
        target = Target(
            str(facts["name"]),
            tuple(map(str, facts["classes"])),
            float(facts["mean"]),
            float(facts["scale"]),
        )
    except (KeyError, TypeError, ValueError):
        raise ModelError("its facts about the target are damaged") from None
    if not (np.isfinite([target.mean, target.scale]).all()):
        raise ModelError("its facts about the target are damaged")
    return target

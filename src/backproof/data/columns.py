"""What each input column is and what is done to it: numbers are standardised, categories one-hot encoded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backproof.errors import DataError, ModelError
from backproof.ops.op import Array

if TYPE_CHECKING:
    import pandas

MOSTLY = 0.8
"""A text column of which so large a part are numbers, or dates, is taken for a column of these."""
DATE = re.compile(r"\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([ T].*)?\s*")
DECORATED = re.compile(r"\s*[-+]?[$€£]?\s*[-+]?\d[\d.,' ]*\s*[%$€£]?\s*")
MISSING = "missing (empty, NA, NaN or null)"
ID = re.compile(r"(^|[\s_.-])(id|uuid|guid|index|rownames|key)$|[a-z]I[Dd]$|^unnamed: 0$|^ID$|^Id$", re.ASCII)


@dataclass(frozen=True)
class Number:
    """A column of numbers: a missing one becomes the median, then the mean is taken off and the rest divided."""

    name: str
    mean: float
    scale: float
    fill: float
    missing: int = 0
    kind: str = "number"

    @property
    def width(self) -> int:
        return 1

    def sentence(self) -> str:
        """What is done to the column."""
        mean = 0.0 if abs(self.mean) < 1e-12 * self.scale else self.mean
        words = f"minus {mean:.6g}, divided by {self.scale:.6g}"
        if self.mean == 0 and self.scale == 1:
            words = "as it is"
        return words + (f"; {self.missing} missing become {self.fill:.6g}, the median" if self.missing else "")

    def encode(self, values: pandas.Series[Any], where: str) -> Array:
        """The column as (rows, 1). Raises DataError for text and infinities, with row and value."""
        numbers = as_numbers(values, self.name, where).to_numpy(dtype=float, na_value=np.nan)
        filled = np.where(np.isnan(numbers), self.fill, numbers)
        encoded: Array = ((filled - self.mean) / self.scale)[:, None]
        return encoded


@dataclass(frozen=True)
class Category:
    """A column of words: one output for each known word, 1 where it stands and 0 elsewhere."""

    name: str
    categories: tuple[str, ...]
    fill: str
    missing: int = 0
    kind: str = "category"

    @property
    def width(self) -> int:
        return len(self.categories)

    def sentence(self) -> str:
        """What is done to the column."""
        shown = ", ".join(map(quoted, self.categories[:6])) + (", …" if len(self.categories) > 6 else "")
        words = f"one input for each of {len(self.categories)}: {shown}"
        return words + (
            f"; {self.missing} missing become {quoted(self.fill)}, the most frequent" if self.missing else ""
        )

    def encode(self, values: pandas.Series[Any], where: str) -> Array:  # noqa: ARG002
        """The column as (rows, categories); a word that is not known gives a row of zeros."""
        given = as_words(values).astype(object)
        words = given.where(given.notna(), self.fill).to_numpy(dtype=object)
        encoded: Array = (words[:, None] == np.array(self.categories, dtype=object)).astype(float)
        return encoded

    def unknown(self, values: pandas.Series[Any]) -> list[str]:
        """The words in the column that were not there when the model was trained."""
        words = as_words(values).dropna()
        return sorted(set(words[~words.isin(self.categories)]))


Column = Number | Category


def as_words(values: pandas.Series[Any]) -> pandas.Series[Any]:
    """The column as Python strings, missing ones as NaN; 1.0 and 1 are both "1"."""
    words = values.astype(object).map(_without_point)
    return words.where(values.isna(), words.map(str)).where(values.notna(), np.nan)


def _without_point(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    return int(value) if isinstance(value, float) and value.is_integer() else value


def quoted(word: str) -> str:
    """A word as it is listed among others: in quotes where commas or line breaks would mislead."""
    return word if word.isprintable() and "," not in word and word else repr(word)


def as_numbers(values: pandas.Series[Any], name: str, where: str) -> pandas.Series[Any]:
    """The column as floats. Raises DataError for the first text or infinity, with its row and value."""
    import pandas

    numbers = pandas.to_numeric(values, errors="coerce").astype(float)
    text = values.notna() & numbers.isna()
    if text.any():
        row = int(np.flatnonzero(text)[0])
        raise DataError(
            f"{where}: column {name!r}, row {row + 1} holds {values.iloc[row]!r}, which is not a number "
            f"({int(text.sum())} such {'row' if text.sum() == 1 else 'rows'}; row 1 comes after the header). "
            "Mend the value or leave it empty."
        )
    infinite = np.isinf(numbers)
    if infinite.any():
        row = int(np.flatnonzero(infinite)[0])
        raise DataError(f"{where}: column {name!r}, row {row + 1} is infinite. Mend the value or leave it empty.")
    return numbers


def check_size(numbers: pandas.Series[Any], name: str, where: str) -> None:
    """Raise DataError for numbers whose squares cannot be computed in float64."""
    largest = float(numbers.abs().max())
    if largest > 1e100 or 0 < largest < 1e-100:
        size = "large" if largest > 1 else "small"
        raise DataError(f"{where}: column {name!r} reaches {largest:g}, too {size} to compute with: use other units.")


def sort_columns(
    frame: pandas.DataFrame, names: Sequence[str], where: str, *, chosen: bool
) -> tuple[list[str], list[str]]:
    """Which of these columns are numbers and which are categories.

    Raises DataError for a column that is neither: dates, ids, free text, nothing. A column of row numbers is
    accepted where the user has `chosen` the columns.
    """
    numbers, categories = [], []
    for name in names:
        values = frame[name]
        if is_number(values, name, where):
            check_size(as_numbers(values, name, where), name, where)
            reason = "" if chosen or len(names) == 1 else _id_reason(values, name)
            numbers.append(name)
        else:
            reason = _word_reason(values)
            categories.append(name)
        if values.notna().sum() == 0:
            reason = "has no values"
        if reason:
            rest = ",".join(other for other in names if other != name)
            hint = f"leave it out, as with --features {rest}"
            if len(rest) > 60:
                hint = f"leave it out with --exclude {name!r}"
            elif not rest:
                hint = "it is the only column to predict from, so give the table another one"
            raise DataError(f"{where}: column {name!r} {reason}: {hint}.")
    return numbers, categories


def is_number(values: pandas.Series[Any], name: str, where: str) -> bool:
    """Whether a column holds numbers. Raises DataError when most of it does and some of it is text."""
    import pandas
    from pandas.api import types

    given = values.dropna()
    if types.is_datetime64_any_dtype(values) or types.is_timedelta64_dtype(values):
        return False
    if types.is_bool_dtype(values) or (len(given) and all(isinstance(value, (bool, np.bool)) for value in given)):
        # yes and no are words
        return False
    if types.is_numeric_dtype(values):
        return True
    share = float(pandas.to_numeric(given, errors="coerce").notna().mean()) if len(given) else 0.0
    if share >= MOSTLY:
        as_numbers(values, name, where)
    return share == 1.0


def _id_reason(values: pandas.Series[Any], name: str) -> str:
    given = values.dropna().to_numpy()
    whole = bool(np.all(given == np.round(given.astype(float))))
    if not whole or len(np.unique(given)) < len(given):
        return ""
    if ID.search(name):
        return "looks like an id, which says nothing about a new row"
    rows = np.arange(len(values))
    if len(given) == len(values) >= 10 and (np.array_equal(given, rows) or np.array_equal(given, rows + 1)):
        return "numbers the rows, which says nothing about a new row"
    return ""


def _word_reason(values: pandas.Series[Any]) -> str:
    from pandas.api import types

    if types.is_datetime64_any_dtype(values) or types.is_timedelta64_dtype(values):
        return "holds dates or times: turn it into numbers such as the year or the month, or"
    given = as_words(values).dropna()
    if len(given) and given.map(lambda word: bool(DATE.fullmatch(word))).mean() >= MOSTLY:
        return f"holds dates such as {given.iloc[0]!r}: turn it into numbers such as the year or the month, or"
    if len(given) and given.map(lambda word: bool(DECORATED.fullmatch(word))).mean() >= MOSTLY and given.nunique() > 2:
        return f"holds numbers with other signs, such as {given.iloc[0]!r}: write plain numbers such as 1234.5, or"
    different = given.nunique()
    if different > 20 and different > len(given) / 2:
        return f"holds {different} different texts in {len(given)} rows, an id or free text"
    return ""


def fit_columns(frame: pandas.DataFrame, numbers: list[str], categories: list[str]) -> tuple[Column, ...]:
    """Learn from these rows what has to be done to each column: numbers first, then categories."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    prepared = frame[[]].copy()
    for name in numbers:
        prepared[name] = frame[name].astype(float)
    for name in categories:
        prepared[name] = as_words(frame[name])
    transformer = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            (
                "categories",
                make_pipeline(
                    SimpleImputer(strategy="most_frequent"),
                    OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                ),
                categories,
            ),
        ]
    )
    transformer.fit(prepared)
    columns: list[Column] = []
    missing = frame.isna().sum()
    if numbers:
        imputer, scaler = transformer.named_transformers_["numbers"]
        for name, fill, mean, scale in zip(numbers, imputer.statistics_, scaler.mean_, scaler.scale_, strict=True):
            columns.append(Number(name, float(mean), float(scale), float(fill), int(missing[name])))
    if categories:
        imputer, encoder = transformer.named_transformers_["categories"]
        for name, fill, known in zip(categories, imputer.statistics_, encoder.categories_, strict=True):
            columns.append(Category(name, tuple(map(str, known)), str(fill), int(missing[name])))
    return tuple(columns)


def encode_columns(frame: pandas.DataFrame, columns: Sequence[Column], where: str) -> Array:
    """The inputs of these rows, (rows, inputs). Raises DataError with column, row and value."""
    return np.concatenate([column.encode(frame[column.name], where) for column in columns], axis=1)


def columns_to_json(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """The facts as plain JSON values."""
    return [asdict(column) for column in columns]


def columns_from_json(values: Any) -> tuple[Column, ...]:
    """The facts back. Raises ModelError for anything else."""
    columns: list[Column] = []
    try:
        for value in values:
            facts = dict(value)
            if facts["kind"] == "number":
                made = Number(**facts)
                sizes = (made.mean, made.scale, made.fill)
                if not all(np.isfinite(float(size)) for size in sizes) or made.scale == 0:
                    raise ValueError
                columns.append(made)
            else:
                facts["categories"] = tuple(map(str, facts["categories"]))
                columns.append(Category(**facts))
    except (KeyError, TypeError, ValueError):
        raise ModelError("its facts about the columns are damaged") from None
    return tuple(columns)

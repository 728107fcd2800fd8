"""How a network is trained, and on what: the settings and the data of a run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

import numpy as np

from backproof.errors import DataError, DescriptionError, nearest
from backproof.network import Network
from backproof.ops.op import Array, Initializer, Optimizer, Schedule
from backproof.ops.registry import parse

DTYPES = ("float64", "float32")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True)
class Settings:
    """Everything that decides how training goes, besides the network and the data.

    Raises DescriptionError for a setting that cannot be.
    """

    optimizer: Optimizer = field(default_factory=partial(parse, "SGD", Optimizer))
    epochs: int = 1000
    seed: int = 0
    init: Initializer | Mapping[str, Array] = field(default_factory=partial(parse, "normal", Initializer))
    """How the first weights are drawn, or these weights themselves, by their names in the program."""
    batch_size: int | None = None
    """Rows a step; None: all of them."""
    schedule: Schedule | None = None
    clip_norm: float | None = None
    """The length that all gradients together may have, at most."""
    patience: int | None = None
    """Early stopping: how many epochs may pass without a better loss."""
    min_delta: float = 0.0
    """Early stopping: by how much a loss must be better to count."""
    dtype: str = "float64"
    report_every: int | None = None
    """Epochs from one printed loss to the next; None: a fifth of all."""

    def __post_init__(self) -> None:
        for name, kind in (("optimizer", Optimizer), ("init", Initializer), ("schedule", Schedule)):
            value = getattr(self, name)
            if isinstance(value, str):
                object.__setattr__(self, name, parse(value, kind))
        if not isinstance(self.optimizer, Optimizer):
            raise DescriptionError(f"The optimizer is {self.optimizer!r}, but it must be one such as bp.SGD(0.1).")
        if not isinstance(self.init, (Initializer, Mapping)):
            raise DescriptionError(f'init is {self.init!r}, but it must be a name such as "he", or arrays by name.')
        if self.schedule is not None and not isinstance(self.schedule, Schedule):
            raise DescriptionError(f"The schedule is {self.schedule!r}, but it must be one such as bp.StepLR(30).")
        self._whole("epochs", 1)
        self._whole("seed", 0)
        self._whole("batch_size", 1)
        self._whole("patience", 1)
        self._whole("report_every", 1)
        if self.seed >= 2**32:
            raise DescriptionError(f"seed is {self.seed}, but NumPy takes seeds below 2**32.")
        if self.clip_norm is not None and not (_is_number(self.clip_norm) and self.clip_norm > 0):
            raise DescriptionError(f"clip_norm is {self.clip_norm!r}, but it must be a number above 0.")
        if not (_is_number(self.min_delta) and self.min_delta >= 0):
            raise DescriptionError(f"min_delta is {self.min_delta!r}, but it must be a number, 0 or more.")
        if self.dtype not in DTYPES:
            raise DescriptionError(f"dtype is {self.dtype!r}, but it must be one of {', '.join(DTYPES)}.")

    def _whole(self, name: str, least: int) -> None:
        value = getattr(self, name)
        if value is None and name not in ("epochs", "seed"):
            return
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise DescriptionError(f"{name} is {value!r}, but it must be a whole number, {least} or more.")

    @property
    def every(self) -> int:
        """Epochs from one printed loss to the next."""
        return self.report_every or max(1, self.epochs // 5)


def make_settings(given: Mapping[str, Any]) -> Settings:
    """The settings of these names. Raises DescriptionError for a name that is none, with the nearest one."""
    known = [part.name for part in fields(Settings)]
    for name in given:
        if name not in known:
            raise DescriptionError(f"There is no setting called {name!r}.{nearest(name, known)}")
    return Settings(**given)


@dataclass(frozen=True)
class Data:
    """The arrays of a run: rows to learn from, rows to validate on, rows to answer at the end."""

    x: Array
    y: Array
    x_validation: Array | None = None
    y_validation: Array | None = None
    x_new: Array | None = None


def check_data(network: Network, settings: Settings, data: Data) -> Data:
    """The data as arrays of the run's dtype, in C order.

    Raises DataError for rows that this network cannot be trained on, saying where and what to do.
    """
    x = check_inputs("x", data.x, network, settings.dtype, None)
    width = x.shape[1]
    y = _targets("y", data.y, x, network, settings.dtype)
    _check_batches(network, settings, len(x))
    x_validation = y_validation = x_new = None
    if data.x_validation is not None:
        name = "the validation's"
        x_validation = check_inputs(f"{name} x", data.x_validation, network, settings.dtype, width)
        y_validation = _targets(f"{name} y", data.y_validation, x_validation, network, settings.dtype)
    if data.x_new is not None:
        x_new = check_inputs("x_new", data.x_new, network, settings.dtype, width)
    return Data(x, y, x_validation, y_validation, x_new)


def split(data_x: Array, data_y: Array, fraction: float, seed: int) -> Data:
    """Set a random part of the rows aside to validate on.

    Raises DataError when either part would be empty.
    """
    x, y = np.asarray(data_x), np.asarray(data_y)
    if not 0 < fraction < 1:
        raise DataError(f"validation is {fraction!r}, but it must be a part between 0 and 1, such as 0.2.")
    if len(x) != len(y):
        raise DataError(f"x has {len(x)} rows but y has {len(y)}.")
    aside = round(len(x) * fraction)
    if aside < 1 or aside >= len(x):
        raise DataError(f"{len(x)} rows are too few to set {fraction:.0%} of them aside for validation.")
    order = np.random.default_rng(seed).permutation(len(x))
    return Data(x[order[aside:]], y[order[aside:]], x[order[:aside]], y[order[:aside]])


def _numbers(name: str, values: object) -> Array:
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError(f"{name} is not a table: its rows have different lengths.") from None
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name} must hold numbers, but it holds {array.dtype}.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        where = f"row {place[0]}" + (f", column {place[1]}" if len(place) > 1 else "")
        raise DataError(f"{name} holds {array[place]} ({where}): every number must be finite.")
    return array


def check_inputs(name: str, values: object, network: Network, dtype: str, width: int | None) -> Array:
    """Rows as an array of the run's dtype, in C order. Raises DataError unless they have the right width."""
    x = _numbers(name, values)
    if x.ndim != 2:
        hint = f" For one number a row, write {name}.reshape(-1, 1)." if x.ndim == 1 else ""
        raise DataError(f"{name} has shape {x.shape}, but rows of numbers have shape (rows, columns).{hint}")
    if len(x) == 0:
        raise DataError(f"{name} has no rows.")
    takes = network.in_features or width
    if takes is not None and x.shape[1] != takes:
        raise DataError(f"{name} has {x.shape[1]} columns, but the network takes {takes}.")
    # a copy: what the caller does to his arrays later must not change the run
    return np.array(x, dtype=dtype, order="C")


def _targets(name: str, values: object, x: Array, network: Network, dtype: str) -> Array:
    y = _numbers(name, values)
    if len(y) != len(x):
        raise DataError(f"x has {len(x)} rows but {name} has {len(y)}.")
    network.loss.check_target(y, (len(x), network.outputs(x.shape[1])))
    # class indices stay whole numbers; whatever is compared with the output has the output's type
    return np.array(y, dtype=np.int64 if y.ndim == 1 else dtype, order="C")


def _check_batches(network: Network, settings: Settings, rows: int) -> None:
    size = min(settings.batch_size or rows, rows)
    smallest = rows % size or size
    if smallest < network.least_rows:
        needy = next(op for op in network.ops if op.least_rows == network.least_rows)
        raise DataError(
            f"{needy} needs at least {network.least_rows} rows in every batch, but {rows} rows in batches of {size} "
            f"leave one of {smallest}: choose another batch size."
        )

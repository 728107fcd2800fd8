"""The points of a sweep: every combination of the settings that were given as lists."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from backproof.errors import DescriptionError, nearest
from backproof.network import Network
from backproof.ops.layers.linear import Linear
from backproof.ops.op import Op, Optimizer
from backproof.ops.registry import parse
from backproof.settings import Settings

_WIDTHS = ("in_features", "num_features", "normalized_shape")


@dataclass(frozen=True)
class Point:
    """One training of a sweep: the values that it differs in, its network and its settings."""

    values: dict[str, Any]
    network: Network
    settings: Settings


def points(network: Network, given: Mapping[str, Any]) -> list[Point]:
    """One point for every combination, the last setting changing fastest.

    A setting is swept if it is a list, a range or an array. Names are those of `Settings`, those of the optimizer, and
    `hidden`: the width of all hidden layers, or a tuple with one for each. Raises DescriptionError for others.
    """
    if not isinstance(network, Network):
        raise DescriptionError(f"The network is {network!r}, but it must be a bp.Network.")
    swept = {name: list(value) for name, value in given.items() if _is_swept(value)}
    for name, values in swept.items():
        if not values:
            raise DescriptionError(f"{name} is an empty list: there is nothing to train.")
    fixed = {name: _plain(value) for name, value in given.items() if name not in swept}
    first = {name: _plain(values[0]) for name, values in swept.items()}
    base = _base(fixed | first)
    known = {field.name for field in fields(Settings)}
    made = []
    for combination in itertools.product(*swept.values()):
        chosen = dict(zip(swept, map(_plain, combination), strict=True))
        settings = {name: value for name, value in chosen.items() if name in known}
        settings["optimizer"] = _optimizer(chosen.get("optimizer", base.optimizer), fixed | chosen)
        hidden = chosen.get("hidden", fixed.get("hidden"))
        made.append(
            Point(chosen, network if hidden is None else with_hidden(network, hidden), replace(base, **settings))
        )
    return made


def _is_swept(value: Any) -> bool:
    return isinstance(value, (list, range)) or (isinstance(value, np.ndarray) and value.ndim == 1)


def _plain(value: Any) -> Any:
    """A number of NumPy's as one of Python's."""
    return value.item() if isinstance(value, (np.generic, np.ndarray)) and np.ndim(value) == 0 else value


def _changed(optimizer: Optimizer, values: Mapping[str, Any]) -> Optimizer:
    """The optimizer with other settings. Raises DescriptionError for words where true or false belongs."""
    for name, value in values.items():
        if isinstance(optimizer.settings()[name], bool) and not isinstance(value, bool):
            raise DescriptionError(f"{name} is {value!r}, but it must be True or False.")
    return replace(optimizer, **values)


def _base(given: Mapping[str, Any]) -> Settings:
    """The settings of the first point. Raises DescriptionError for a name that belongs to nothing."""
    known = {field.name for field in fields(Settings)}
    optimizer = _optimizer(given.get("optimizer", "SGD"), given)
    return Settings(**{name: value for name, value in given.items() if name in known} | {"optimizer": optimizer})


def _optimizer(described: Any, given: Mapping[str, Any]) -> Optimizer:
    """The optimizer that is described, with those of its settings that are given by name."""
    optimizer = parse(described, Optimizer) if isinstance(described, str) else described
    if not isinstance(optimizer, Optimizer):
        raise DescriptionError(f"The optimizer is {optimizer!r}, but it must be one such as bp.SGD(0.1).")
    known, own = {field.name for field in fields(Settings)}, optimizer.settings()
    for name in given.keys() - known - {"hidden"}:
        if name not in own:
            raise DescriptionError(
                f"There is no setting called {name!r}, and {type(optimizer).__name__} has none."
                f"{nearest(name, [*sorted(known), *own, 'hidden'])}"
            )
    return _changed(optimizer, {name: given[name] for name in own if name in given})


def with_hidden(network: Network, hidden: int | Sequence[int]) -> Network:
    """The same network with hidden layers of other widths: one for all of them, or one for each.

    Raises DescriptionError where the numbers do not fit the network.
    """
    layers = [position for position, op in enumerate(network.ops) if isinstance(op, Linear)]
    count = len(layers) - 1
    whole = (int, np.integer)
    wanted = [hidden] * count if isinstance(hidden, whole) else list(hidden) if isinstance(hidden, Sequence) else []
    wanted = [int(width) for width in wanted if isinstance(width, whole)]
    if len(wanted) != count or not count:
        raise DescriptionError(
            f"hidden is {hidden!r}, but the network has {count} hidden layers: give a whole number, or one for each."
        )
    ops: list[Op] = []
    width: int | None = None
    for position, op in enumerate(network.ops):
        names = {field.name for field in dataclasses.fields(op)}
        changed = {name: width for name in _WIDTHS if name in names and width is not None}
        if position in layers[:-1]:
            width = wanted[layers.index(position)]
            changed["out_features"] = width
        ops.append(replace(op, **changed) if changed else op)
    return Network(ops, network.loss)

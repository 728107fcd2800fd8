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
    swept = {name: list(value) for name, value in given.items() if isinstance(value, (list, range, np.ndarray))}
    for name, values in swept.items():
        if not values:
            raise DescriptionError(f"{name} is an empty list: there is nothing to train.")
    fixed = {name: value for name, value in given.items() if name not in swept}
    made = []
    for combination in itertools.product(*swept.values()):
        chosen = dict(zip(swept, map(_plain, combination), strict=True))
        made.append(_point(network, chosen, fixed | chosen))
    return made


def _plain(value: Any) -> Any:
    """A number of NumPy's as one of Python's."""
    return value.item() if isinstance(value, np.generic) else value


def _point(network: Network, values: dict[str, Any], given: dict[str, Any]) -> Point:
    known = {field.name for field in fields(Settings)}
    settings = {name: value for name, value in given.items() if name in known}
    optimizer = settings.get("optimizer", "SGD")
    if isinstance(optimizer, str):
        optimizer = parse(optimizer, Optimizer)
    if not isinstance(optimizer, Optimizer):
        raise DescriptionError(f"The optimizer is {optimizer!r}, but it must be one such as bp.SGD(0.1).")
    own = optimizer.settings()
    for name in given.keys() - known - {"hidden"}:
        if name not in own:
            raise DescriptionError(
                f"There is no setting called {name!r}, and {type(optimizer).__name__} has none."
                f"{nearest(name, [*known, *own, 'hidden'])}"
            )
    settings["optimizer"] = replace(optimizer, **{name: given[name] for name in own if name in given})
    if "hidden" in given:
        network = with_hidden(network, given["hidden"])
    return Point(values, network, Settings(**settings))


def with_hidden(network: Network, hidden: int | Sequence[int]) -> Network:
    """The same network with hidden layers of other widths: one for all of them, or one for each.

    Raises DescriptionError where the numbers do not fit the network.
    """
    layers = [position for position, op in enumerate(network.ops) if isinstance(op, Linear)]
    count = len(layers) - 1
    wanted = [hidden] * count if isinstance(hidden, (int, np.integer)) else list(hidden)
    if len(wanted) != count or not count:
        raise DescriptionError(f"hidden is {hidden!r}, but the network has {count} hidden layers.")
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

"""The picture of a sweep: a heat map of two settings, the losses over one setting, or curves over the epochs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from backproof.sweeps.sweep import Sweep


def draw(sweep: Sweep, path: Path) -> None:
    """Draw a sweep into a file. Raises DataError for a place that cannot be written to or a form that is unknown."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from backproof.files import write_whole
    from backproof.plot import STYLE, check_format

    check_format(path)
    kind = path.suffix.lower().lstrip(".")
    with rc_context(STYLE):
        figure = Figure(figsize=(7, 4.5), dpi=150, layout="constrained")
        FigureCanvasAgg(figure)
        _drawn(figure.add_subplot(), sweep)
        write_whole(path, lambda beside: figure.savefig(beside, format=kind))


def _drawn(axes: Axes, sweep: Sweep) -> None:
    settings = [name for name in sweep.names if name != "seed"] or sweep.names
    if not settings:
        (outcome,) = sweep.outcomes
        axes.plot(outcome.epochs, outcome.losses, "o-" if outcome.losses.size == 1 else "-", color="#1f5fa8")
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss")
        return
    if len(settings) >= 2:
        _heat_map(axes, sweep, settings[0], settings[1])
    elif len({_label(point.values[settings[0]]) for point in sweep.points}) > 8 or settings == ["seed"]:
        _over(axes, sweep, settings[0])
    else:
        _curves(axes, sweep, settings[0])


def _label(value: Any) -> str:
    if isinstance(value, Mapping):
        return "given arrays"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _shown(scores: Any) -> Any:
    """The losses that can be drawn together: those that are a billion times the least are as good as failed."""
    finite = scores[np.isfinite(scores)]
    least = np.abs(finite).min() if finite.size else 0.0
    return np.where(np.abs(scores) > 1e9 * max(least, 1e-9), np.nan, scores)


def _ticks(axis: Any, labels: list[str], *, upright: bool) -> None:
    """The labels of an axis, as many of them as can be read."""
    step = -(-len(labels) // 25)
    long = upright and sum(map(len, labels[::step])) > 60
    axis.set_ticks(range(0, len(labels), step), labels[::step], rotation=90 if long else 0)


def _what(sweep: Sweep) -> str:
    return "validation loss" if any(o.validation_loss is not None for o in sweep.outcomes) else "loss"


def _places(sweep: Sweep, name: str) -> tuple[list[str], list[int]]:
    """The values of a setting in their order, and which of them each training has."""
    labels = [_label(point.values[name]) for point in sweep.points]
    known = list(dict.fromkeys(labels))
    return known, [known.index(label) for label in labels]


def _heat_map(axes: Axes, sweep: Sweep, first: str, second: str) -> None:
    rows, row = _places(sweep, first)
    columns, column = _places(sweep, second)
    scores: dict[tuple[int, int], list[float]] = {}
    for place, score in enumerate(_shown(sweep.scores)):
        if np.isfinite(score):
            scores.setdefault((row[place], column[place]), []).append(float(score))
    grid = np.full((len(rows), len(columns)), np.nan)
    for (i, j), found in scores.items():
        grid[i, j] = np.median(found)
    from matplotlib.colors import LogNorm

    positive = grid[np.isfinite(grid) & (grid > 0)]
    wide = positive.size > 1 and positive.max() > 20 * positive.min() and (grid[np.isfinite(grid)] > 0).all()
    image = axes.imshow(grid, aspect="auto", cmap="viridis_r", norm=LogNorm() if wide else None)
    _ticks(axes.xaxis, columns, upright=True)
    _ticks(axes.yaxis, rows, upright=False)
    axes.set_xlabel(second.replace("_", " "))
    axes.set_ylabel(first.replace("_", " "))
    if grid.size <= 100:
        for (i, j), value in np.ndenumerate(grid):
            dark = np.isfinite(value) and float(np.asarray(image.norm(np.array(float(value))))) > 0.5
            text = f"{value:.3g}" if np.isfinite(value) else "failed"
            axes.text(j, i, text, ha="center", va="center", fontsize=8, color="white" if dark else "black")
    if not np.isfinite(grid).any():
        return
    several = len(sweep.points) > len(rows) * len(columns)
    axes.figure.colorbar(image, ax=axes, label=f"{'median ' if several else ''}{_what(sweep)}")


def _over(axes: Axes, sweep: Sweep, name: str) -> None:
    from matplotlib.ticker import MaxNLocator

    labels, place = _places(sweep, name)
    numbers = [point.values[name] for point in sweep.points]
    numeric = all(isinstance(value, (int, float)) for value in numbers)
    axes.plot(numbers if numeric else place, _shown(sweep.scores), "o", color="#1f5fa8", markersize=4, alpha=0.6)
    if all(isinstance(value, int) for value in numbers):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if numeric and name == "learning_rate" and min(numbers) > 0:
        axes.set_xscale("log")
    if not numeric:
        _ticks(axes.xaxis, labels, upright=True)
    scores = _shown(sweep.scores)
    scores = scores[np.isfinite(scores)]
    if scores.size and scores.min() > 0 and scores.max() > 20 * scores.min():
        axes.set_yscale("log")
    axes.set_xlabel(name.replace("_", " "))
    axes.set_ylabel(_what(sweep))


def _curves(axes: Axes, sweep: Sweep, name: str) -> None:
    """The losses over the epochs, a colour for each value; of several seeds the median, and where half of them lie."""
    import matplotlib as mpl

    labels, place = _places(sweep, name)
    colours = mpl.colormaps["viridis"](np.linspace(0, 0.9, len(labels)))
    for number, label in enumerate(labels):
        own = [o for p, o in zip(place, sweep.outcomes, strict=True) if p == number and o.losses.size]
        if not own:
            axes.plot([], [], color=colours[number], label=f"{label}: failed")
            continue
        shortest = min((o.epochs for o in own), key=len)
        losses = np.array([o.losses[: len(shortest)] for o in own])
        mark = "o-" if len(shortest) == 1 else "-"
        axes.plot(shortest, np.median(losses, axis=0), mark, color=colours[number], label=label)
        if len(own) > 3:
            low, high = np.quantile(losses, (0.25, 0.75), axis=0)
            axes.fill_between(shortest, low, high, color=colours[number], alpha=0.2, linewidth=0)
    if all((o.losses > 0).all() for o in sweep.outcomes):
        axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.legend(title=name.replace("_", " "), fontsize=8)

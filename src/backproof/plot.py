"""A picture of a training: the losses of both engines, and the predictions against the data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backproof.data.columns import Column
from backproof.data.target import Target
from backproof.engines import NAMES
from backproof.errors import DataError
from backproof.files import write_whole
from backproof.program.program import Program
from backproof.training import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ENDINGS = (".png", ".svg", ".pdf")
COLOURS = {"numpy": "#1f5fa8", "compiled": "#1f5fa8", "torch": "#e07a1f"}
INK = "#333333"
STYLE: Any = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
}
"""matplotlib's settings for every picture."""


def check_format(path: Path) -> None:
    """Raise DataError unless the file's ending names a format that can be drawn."""
    if path.suffix.lower() not in ENDINGS:
        raise DataError(f"{path}: a picture can be drawn as {', '.join(ENDINGS)}.")


def draw(path: Path, program: Program, runs: dict[str, Run], columns: Sequence[Column], target: Target) -> None:
    """Draw the picture into a file. Raises DataError when the place cannot be written to."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    check_format(path)
    with rc_context(STYLE):
        figure = Figure(figsize=(11, 4.4), dpi=150, layout="constrained")
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2)
        draw_losses(left, runs)
        draw_predictions(right, program, runs, columns, target)
        kind = path.suffix.lower().lstrip(".")
        write_whole(path, lambda beside: figure.savefig(beside, format=kind))


def draw_predictions(
    axes: Axes, program: Program, runs: dict[str, Run], columns: Sequence[Column], target: Target
) -> None:
    """Predictions against the data: a curve for one input, a surface for two, a confusion matrix for classes."""
    inputs = program.data.x.shape[1]
    single = program.network.outputs(inputs) == 1
    if inputs == 1 and single:
        _curve(axes, program, runs, columns, target)
    elif inputs == 2 and (not columns or len(columns) == 2):
        _surface(axes, program, runs, columns, target)
    elif target.classes:
        _confusion(axes, program, runs, target)
    elif single:
        _scatter(axes, program, runs, target)
    else:
        _scatter_all(axes, program, runs)


def draw_losses(axes: Axes, runs: dict[str, Run]) -> None:
    """The losses of the engines over the epochs, on a logarithmic axis where they allow it."""
    from matplotlib.ticker import MaxNLocator, ScalarFormatter

    for name, run in runs.items():
        epochs = np.arange(len(run.losses))
        dashed = name == "torch"
        axes.plot(
            epochs,
            run.losses,
            color=COLOURS[name],
            linestyle=(0, (4, 4)) if dashed else "-",
            linewidth=2.0 if dashed else 3.5,
            alpha=1.0 if dashed else 0.55,
            label=NAMES[name],
        )
        if run.validation_losses is not None:
            axes.plot(
                epochs,
                run.validation_losses,
                color=COLOURS[name],
                linewidth=1,
                linestyle=":",
                label=f"validation, {NAMES[name]}",
            )
    every = np.concatenate([run.losses for run in runs.values()])
    if (every > 0).all():
        axes.set_yscale("log")
        if every.max() < 10 * every.min():
            # within one power of ten, plain numbers say more
            axes.yaxis.set_major_formatter(ScalarFormatter())
            axes.yaxis.set_minor_formatter(ScalarFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(
        title="Loss",
        xlabel="epoch",
        ylabel=str(next(iter(runs.values())).network.loss).removesuffix("()"),
    )
    axes.grid(True, which="major", alpha=0.25)
    axes.legend(frameon=False)


def _rows(program: Program) -> tuple[Any, Any, str]:
    data = program.data
    if data.x_validation is not None:
        return data.x_validation, data.y_validation, "validation rows"
    return data.x, data.y, "training rows"


def _axis(columns: Sequence[Column], number: int, width: int) -> tuple[str, float, float]:
    """The name of an input, and the mean and the scale that bring it back to the column's own units."""
    if not columns:
        return ("x" if width == 1 else f"x[{number}]"), 0.0, 1.0
    column = columns[number]
    return column.name, getattr(column, "mean", 0.0), getattr(column, "scale", 1.0)


def _curve(axes: Axes, program: Program, runs: dict[str, Run], columns: Sequence[Column], target: Target) -> None:
    data, loss = program.data, program.network.loss
    low, high = float(data.x.min()), float(data.x.max())
    margin = 0.15 * (high - low or 1.0)
    grid = np.linspace(low - margin, high + margin, 300)[:, None]
    name_of_input, mean, scale = _axis(columns, 0, 1)
    for name, run in runs.items():
        output = run.predict(grid)
        yes_or_no = bool(loss.link or target.classes)
        values = target.probabilities(output, loss)[:, 1] if yes_or_no else target.decode(output, loss)
        dashed = name == "torch"
        axes.plot(
            grid[:, 0] * scale + mean,
            values,
            color=COLOURS[name],
            linestyle=(0, (4, 4)) if dashed else "-",
            linewidth=2.0 if dashed else 3.5,
            alpha=1.0 if dashed else 0.55,
            label=NAMES[name],
        )
    wanted = data.y[:, 0] * target.scale + target.mean
    axes.scatter(data.x[:, 0] * scale + mean, wanted, color=INK, zorder=3, s=28, label="data")
    axes.set(title="Predictions against the data", xlabel=name_of_input, ylabel=target.name)
    axes.grid(True, alpha=0.25)
    axes.legend(frameon=False)


def _surface(axes: Axes, program: Program, runs: dict[str, Run], columns: Sequence[Column], target: Target) -> None:
    data, loss = program.data, program.network.loss
    run = next(iter(runs.values()))
    low, high = data.x.min(axis=0), data.x.max(axis=0)
    margin = 0.08 * np.where(high > low, high - low, 1.0)
    first, second = (np.linspace(low[i] - margin[i], high[i] + margin[i], 60) for i in (0, 1))
    grid = np.stack([part.reshape(-1) for part in np.meshgrid(first, second)], axis=1)
    output = run.predict(grid)
    (name1, mean1, scale1), (name2, mean2, scale2) = (_axis(columns, number, 2) for number in (0, 1))
    across, up = first * scale1 + mean1, second * scale2 + mean2
    x1, x2 = data.x[:, 0] * scale1 + mean1, data.x[:, 1] * scale2 + mean2
    if target.classes:
        classes = np.argmax(target.probabilities(output, loss), axis=1).reshape(60, 60)
        wanted = np.asarray(data.y).reshape(-1).astype(int)
        count = len(target.classes)
        axes.contourf(across, up, classes, levels=np.arange(-0.5, count), cmap="Set3", alpha=0.6, vmin=0, vmax=11)
        for number, label in enumerate(target.classes):
            chosen = wanted == number
            marker = "osD^vP*X"[number % 8]
            axes.scatter(x1[chosen], x2[chosen], marker=marker, s=18, color=INK, alpha=0.8, label=label)
        axes.legend(frameon=False, fontsize=8)
    else:
        values = output[:, 0] * target.scale + target.mean
        lowest, highest = float(values.min()), float(values.max())
        filled = axes.contourf(across, up, values.reshape(60, 60), levels=12, cmap="Blues")
        answers = np.asarray(data.y).reshape(len(data.y), -1)[:, 0] * target.scale + target.mean
        axes.scatter(x1, x2, c=answers, cmap="Blues", vmin=lowest, vmax=highest, edgecolors=INK, s=28)
        axes.figure.colorbar(filled, ax=axes, label=target.name)
    axes.set(title="Predictions against the data", xlabel=name1, ylabel=name2)


def _scatter_all(axes: Axes, program: Program, runs: dict[str, Run]) -> None:
    x, y, which = _rows(program)
    for position, (name, run) in enumerate(runs.items()):
        axes.plot(
            np.asarray(y).reshape(-1),
            run.predict(x).reshape(-1),
            "o" if position == 0 else "x",
            color=COLOURS[name],
            markersize=6 if position == 0 else 4,
            alpha=0.5,
            label=NAMES[name],
        )
    axes.set(title=f"Predictions against the data ({which})", xlabel="y", ylabel="predicted")
    axes.grid(True, alpha=0.25)
    axes.legend(frameon=False)


def _scatter(axes: Axes, program: Program, runs: dict[str, Run], target: Target) -> None:
    x, y, which = _rows(program)
    loss = program.network.loss
    wanted = y[:, 0] * target.scale + target.mean
    for position, (name, run) in enumerate(runs.items()):
        marker: Any = "o" if position == 0 else "x"
        axes.scatter(
            wanted,
            target.decode(run.predict(x), loss),
            color=COLOURS[name],
            marker=marker,
            s=40 if position == 0 else 16,
            alpha=0.4 if position == 0 else 0.9,
            linewidths=1,
            label=NAMES[name],
        )
    ends = [float(wanted.min()), float(wanted.max())]
    axes.plot(ends, ends, color=INK, linewidth=1, alpha=0.6, label="perfect")
    axes.set(title=f"Predictions against the data ({which})", xlabel=f"{target.name}", ylabel="predicted")
    axes.grid(True, alpha=0.25)
    axes.legend(frameon=False)


def _confusion(axes: Axes, program: Program, runs: dict[str, Run], target: Target) -> None:
    x, y, which = _rows(program)
    run = next(iter(runs.values()))
    wanted = np.asarray(y).reshape(-1).astype(int)
    known = {label: position for position, label in enumerate(target.classes)}
    found = np.array([known[label] for label in target.decode(run.predict(x), program.network.loss)])
    counts = np.zeros((len(known), len(known)), dtype=int)
    np.add.at(counts, (wanted, found), 1)
    edges = np.arange(len(known) + 1) - 0.5
    axes.pcolormesh(edges, edges, counts, cmap="Blues", edgecolors="face")
    axes.set_aspect("equal")
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    names = [label if len(label) <= 14 else label[:13] + "…" for label in target.classes]
    turned = 45 if max(map(len, names)) > 4 and len(names) > 3 else 0
    axes.set_xticks(range(len(names)), names, rotation=turned)
    axes.set_yticks(range(len(names)), names)
    if len(names) <= 20:
        for row, column in np.ndindex(counts.shape):
            dark = counts[row, column] > counts.max() / 2
            colour = "#ffffff" if dark else "#222222" if counts[row, column] else "#999999"
            axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour)
    axes.set(title=f"Predicted classes ({which})", xlabel="predicted", ylabel=target.name)

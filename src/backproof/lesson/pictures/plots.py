"""Plots as SVG that fits into a page: its colours are the page's, its names are lit up with the page's."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np

from backproof.lesson.study import Study
from backproof.network import Network
from backproof.ops.layers.linear import Linear
from backproof.ops.op import Activation, Array, Loss, Optimizer
from backproof.ops.registry import find
from backproof.plot import COLOURS, INK, STYLE, draw_losses, draw_predictions
from backproof.program.derivation import Derivation, namespace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 6.0, 3.9
LINES = ("#1f5fa8", "#e07a1f", "#2a8a57", "#8a4fb0", "#b03a5b", "#6b6b1f", "#1f8a8a", "#7a5230")
"""Colours of several lines in one plot; none is told by its colour alone: each has its own dashes, too."""
DASHES: tuple[Any, ...] = ("-", (0, (5, 3)), (0, (1, 2)), (0, (6, 2, 1, 2)))
VARIABLES = {INK: "var(--ink)", COLOURS["numpy"]: "var(--numpy)", COLOURS["torch"]: "var(--torch)"}


def plot(name: str, draw: Callable[[Axes], None]) -> str:
    """A plot as an SVG element. `name` keeps its ids apart from those of the page's other plots."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    style = STYLE | {"svg.fonttype": "none", "svg.hashsalt": name, "font.size": 12, "axes.titlesize": 13}
    with rc_context(style):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots()
        draw(axes)
        axes.set_title("")
        axes.patch.set_visible(False)
        figure.patch.set_visible(False)
        text = StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _adapt(text.getvalue(), name)


def _adapt(svg: str, name: str) -> str:
    """Take out what a page has no use for, and let colours, fonts and names be the page's."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true">', svg, count=1)
    svg = re.sub(r'<g id="v:([^"]+)">', r'<g class="v v-\1">', svg)
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)
    svg = re.sub(r'id="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    svg = re.sub(r'xlink:href="#([^"]+)"', rf'href="#{name}-\1"', svg)
    svg = re.sub(r"font: (\d+(?:\.\d+)?)px [^;\"]*", r"font-size: \1px", svg)
    svg = re.sub(r"(\d+\.\d{2})\d+", r"\1", svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, variable)
    return re.sub(r"\n\s*", "\n", svg).strip()


def losses(study: Study) -> str:
    """The loss of both engines on one logarithmic axis."""
    return plot("losses", lambda axes: draw_losses(axes, study.proof.runs))


def predictions(study: Study) -> str:
    """What the trained network answers, against the data."""
    return plot(
        "predictions",
        lambda axes: draw_predictions(axes, study.program, study.proof.runs, study.columns, study.target),
    )


def gradients(study: Study) -> str:
    """How large the gradient of every layer's weights was, over the epochs."""

    def draw(axes: Axes) -> None:
        from matplotlib.ticker import MaxNLocator

        epochs = [point.epoch for point in study.points]
        layers = gradient_sizes(study)
        for position, (name, sizes) in enumerate(layers.items()):
            (line,) = axes.plot(
                epochs,
                sizes,
                color=LINES[position % len(LINES)],
                linestyle=DASHES[position % len(DASHES)],
                linewidth=2,
                label=name,
            )
            line.set_gid(f"v:{name}")
        axes.set(xlabel="epoch", ylabel="size of the gradient")
        if all(size > 0 for sizes in layers.values() for size in sizes):
            axes.set_yscale("log")
        axes.grid(True, alpha=0.25)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if len(layers) > 4:
            axes.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.0, 0.5))
        else:
            axes.legend(frameon=False)

    return plot("gradients", draw)


def gradient_sizes(study: Study) -> dict[str, list[float]]:
    """The root mean square of the gradient of every layer's weights, step by recorded step."""
    weights = [tensor.name for tensor in study.program.derivation.trained if len(tensor.parameter.shape) == 2]
    return {
        f"d_{name}": [float(np.sqrt(np.mean(np.square(point.values[f"d_{name}"])))) for point in study.points]
        for name in weights
    }


def weight_over_time(study: Study, name: str, index: tuple[int, ...]) -> str:
    """One weight over the epochs, and what the optimizer was told about it."""

    def draw(axes: Axes) -> None:
        epochs = [point.epoch for point in study.points]
        values = [float(point.moment.snapshot.tensors[name][index]) for point in study.points]
        (line,) = axes.plot(epochs, values, color=COLOURS["numpy"], linewidth=2.5)
        line.set_gid(f"v:{name}")
        axes.set(xlabel="epoch", ylabel=f"{name}{list(index)}")
        axes.grid(True, alpha=0.25)

    return plot("weight", draw)


def activation(op: Activation, marks: Array) -> str:
    """An activation and its slope, with the numbers that this run's network put into it."""

    def draw(axes: Axes) -> None:
        reach = max(4.0, float(np.max(np.abs(marks))) * 1.1)
        z = np.linspace(-reach, reach, 161)[:, None]
        a, slope = value_and_slope(op, z)
        axes.plot(z, a, color=COLOURS["numpy"], linewidth=2.5, label="value")
        axes.plot(z, slope, color=COLOURS["torch"], linewidth=2, linestyle=(0, (5, 3)), label="slope")
        at, _ = value_and_slope(op, marks[:, None])
        axes.plot(marks, at, "o", color=INK, markersize=5, label="this run's numbers")
        axes.set(xlabel="what goes in", ylabel="what comes out")
        axes.grid(True, alpha=0.25)
        axes.legend(frameon=False)

    return plot(f"activation-{type(op).__name__}", draw)


def value_and_slope(op: Activation, z: Array) -> tuple[Array, Array]:
    """The activation of numbers and its derivative there, by the op's own lines."""
    network = Network([Linear(1, 1), op], find("MSELoss", Loss)())
    derived = Derivation(network, find("SGD", Optimizer)())
    place = derived.placed[1]
    names: dict[str, Any] = {**namespace(derived.steps), place.input: z, f"d_{place.output}": np.ones_like(z)}
    with np.errstate(all="ignore"):
        for step in (*derived.forward, *derived.backward):
            if step.op == str(op):
                exec(step.code, names)
    return names[place.output], names[f"d_{place.input}"]


def is_elementwise(op: Activation) -> bool:
    """Whether every number goes through by itself, so that one curve shows all of it."""
    z = np.array([[-1.0, 2.0]])
    together, _ = value_and_slope(op, z)
    alone, _ = value_and_slope(op, z[:, :1])
    return bool(together[0, 0] == alone[0, 0])

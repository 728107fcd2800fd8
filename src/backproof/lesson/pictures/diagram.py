"""The network drawn: neurons, and weights as lines whose thickness is their size and whose dashes are a minus sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

from backproof.lesson.formulas.writing import plain_number
from backproof.ops.op import Array
from backproof.program.derivation import Derivation

MOST_NEURONS = 8
MOST_LABELS = 6
"""So many weights between two layers still have room for their numbers."""
COLUMN, ROW, RADIUS = 170, 58, 17
THICKEST = 7.0
MARGIN = 40
LONGEST_LABEL = 20
WIDEST = 1000


@dataclass(frozen=True)
class Layer:
    """A column of neurons: its name, its width, and which of them are drawn."""

    name: str
    width: int
    drawn: tuple[int, ...]
    weights: str = ""
    """The weights that lead to it."""
    bias: str = ""


def layers(derived: Derivation, inputs: int, tensors: Mapping[str, Array]) -> tuple[Layer, ...]:
    """The columns of the picture: the inputs, and what comes out after every Linear layer.

    Of a wide layer the neurons with the heaviest weights are drawn.
    """
    found = [("x", inputs, "", "")]
    for place in derived.placed:
        matrix = next((p for p in place.op.parameters() if len(p.shape) == 2), None)
        if matrix is not None:
            bias = next((p for p in place.op.parameters() if len(p.shape) == 1), None)
            found.append(
                (
                    place.output,
                    matrix.shape[1],
                    place.scope[matrix.name],
                    place.scope[bias.name] if bias else "",
                )
            )
        else:
            _, width, weights, named_bias = found[-1]
            if weights:
                found[-1] = (place.output, width, weights, named_bias)
    made = []
    for position, (name, width, weights, bias_name) in enumerate(found):
        heaviness = np.zeros(width)
        if weights:
            heaviness += np.linalg.norm(tensors[weights], axis=0)
        if position + 1 < len(found):
            heaviness += np.linalg.norm(tensors[found[position + 1][2]], axis=1)
        drawn = range(width) if width <= MOST_NEURONS else np.sort(np.argsort(-heaviness, kind="stable")[:6])
        made.append(Layer(name, width, tuple(map(int, drawn)), weights, bias_name))
    return tuple(made)


def diagram(
    columns: tuple[Layer, ...],
    tensors: Mapping[str, Array],
    values: Mapping[str, Array | None],
    largest: Mapping[str, float],
    labels: Mapping[str, Sequence[str]],
) -> str:
    """The picture as an SVG element.

    `values` are the numbers to write into the neurons, by the layer's name; `largest` is the weight of each layer that
    is drawn thickest, by the weights' name; `labels` are what the first and the last neurons stand for.
    """
    tallest = max(len(column.drawn) for column in columns)
    left = MARGIN + _room(labels.get(columns[0].name))
    width = left + COLUMN * (len(columns) - 1) + MARGIN + _room(labels.get(columns[-1].name))
    height = 26 + ROW * (tallest - 1) + RADIUS + 46
    edges, nodes = [], []
    places = [[(left + COLUMN * c, _down(row, len(column.drawn), tallest)) for row in range(len(column.drawn))]
              for c, column in enumerate(columns)]  # fmt: skip
    for position, (before, after) in enumerate(pairwise(columns)):
        matrix = tensors[after.weights]
        shown = matrix[np.ix_(before.drawn, after.drawn)]
        for (i, j), weight in np.ndenumerate(shown):
            (x1, y1), (x2, y2) = places[position][i], places[position + 1][j]
            sign = "minus" if weight < 0 else "plus"
            thick = 0.6 + THICKEST * abs(float(weight)) / largest[after.weights]
            edges.append(
                f'<line class="v v-{after.weights} {sign}" x1="{x1 + RADIUS}" y1="{y1:g}" x2="{x2 - RADIUS}" '
                f'y2="{y2:g}" stroke-width="{thick:.1f}"/>'
            )
            if shown.size <= MOST_LABELS:
                along = 0.5 if shown.size == 1 else 0.32
                x, y = x1 + (x2 - x1) * along, y1 + (y2 - y1) * along - 7 - thick / 2
                edges.append(
                    f'<text class="v v-{after.weights} halo" x="{x:g}" y="{y:.0f}" '
                    f'data-value="{float(weight)!r}">{plain_number(float(weight), 4)}</text>'
                )
    for column, spots in zip(columns, places, strict=True):
        value = values.get(column.name)
        for number, (x, y) in zip(column.drawn, spots, strict=True):
            nodes.append(f'<circle class="v v-{column.name}" cx="{x}" cy="{y:g}" r="{RADIUS}"/>')
            told = labels.get(column.name)
            if told:
                leads = column is columns[0]
                side = x - RADIUS - 8 if leads else x + RADIUS + 8
                nodes.append(
                    f'<text class="v v-{column.name} {"before" if leads else "after"}" x="{side}" y="{y + 4:g}">'
                    f"{escape(_short(told[number]))}</text>"
                )
            if value is None and column.width > 1:
                nodes.append(f'<text class="small" x="{x}" y="{y + 4:g}">{number}</text>')
            if value is not None:
                shown_value = float(value[number])
                nodes.append(
                    f'<text class="v v-{column.name}" x="{x}" y="{y + 4:g}" data-value="{shown_value!r}">'
                    f"{plain_number(shown_value, 2)}</text>"
                )
            if column.bias and len(column.drawn) <= 3:
                bias = float(tensors[column.bias][number])
                nodes.append(
                    f'<text class="v v-{column.bias} small" x="{x}" y="{y + RADIUS + 14:g}" '
                    f'data-value="{bias!r}">{escape(column.bias)} {plain_number(bias, 3)}</text>'
                )
        x = spots[0][0]
        rest = column.width - len(column.drawn)
        label = f"{column.name}" + (f", {rest} more" if rest else "")
        nodes.append(f'<text class="v v-{column.name} name" x="{x}" y="{height - 8}">{escape(label)}</text>')
    body = "\n".join([*edges, *nodes])
    drawn = f'<svg class="network" viewBox="0 0 {width} {height}" aria-hidden="true"%s>\n{body}\n</svg>'
    if width <= WIDEST:
        return drawn % ""
    # a deep network keeps its size and is moved sideways
    moved = drawn % f' style="width: {width}px; max-width: none"'
    return (
        f'<div class="sideways" tabindex="0" role="group" aria-label="The network, to be moved sideways">{moved}</div>'
    )


def _room(labels: Sequence[str] | None) -> int:
    """How much room the longest label needs beside the picture."""
    return 7 * max((len(_short(label)) for label in labels), default=0) if labels else 0


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"


def _down(row: int, count: int, tallest: int) -> float:
    return 26 + ROW * (row + (tallest - count) / 2)


def describe(columns: tuple[Layer, ...]) -> str:
    """The picture in words."""
    sizes = ", ".join(f"{column.width} in {column.name}" for column in columns)
    return (
        f"Numbers a row, from left to right: {sizes}. In the drawing each line is a weight. The thicker it is, the "
        "larger the weight; dashed lines are negative."
    )

"""Pictures in plain characters, for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from backproof.lesson.formulas.writing import plain_number
from backproof.lesson.pictures.diagram import Layer
from backproof.ops.op import Array
from backproof.program.literals import element

WIDTH, HEIGHT = 62, 12
BAR = 24
MOST_WEIGHTS = 8

Series = tuple[npt.ArrayLike, npt.ArrayLike]


def chart(
    series: Mapping[str, Series], across: str, *, logarithmic: bool = False, dots: str = "*o+x#%&=abcdefghijklmn"
) -> str:
    """Lines or points in a frame; where two of them meet stands `@`."""
    drawn = {label: (np.asarray(x, float), np.asarray(y, float)) for label, (x, y) in series.items()}
    everything = np.concatenate([y for _, y in drawn.values()])
    logarithmic = logarithmic and bool((everything > 0).all())
    if logarithmic:
        drawn = {label: (x, np.log10(y)) for label, (x, y) in drawn.items()}
    low_x, high_x = _reach([x for x, _ in drawn.values()])
    low_y, high_y = _reach([y for _, y in drawn.values()])
    grid = [[" "] * WIDTH for _ in range(HEIGHT)]
    for (x, y), dot in zip(drawn.values(), dots, strict=False):
        columns = np.round((x - low_x) / (high_x - low_x) * (WIDTH - 1)).astype(int)
        rows = np.round((high_y - y) / (high_y - low_y) * (HEIGHT - 1)).astype(int)
        for row, column in set(zip(rows.tolist(), columns.tolist(), strict=True)):
            grid[row][column] = dot if grid[row][column] == " " else "@"
    labels = [""] * HEIGHT
    rows_with_labels = (0, HEIGHT // 2, HEIGHT - 1)
    levels = [high_y - (high_y - low_y) * row / (HEIGHT - 1) for row in rows_with_labels]
    for row, label in zip(rows_with_labels, _labels([10**y if logarithmic else y for y in levels]), strict=True):
        labels[row] = label
    wide = max(map(len, labels))
    lines = [f"{label:>{wide}} │{''.join(row)}" for label, row in zip(labels, grid, strict=True)]
    start, end = plain_number(low_x, 4), plain_number(high_x, 4)
    lines.append(f"{'':>{wide}} └{'─' * WIDTH}")
    lines.append(f"{'':>{wide}}  {start}{across:^{WIDTH - len(start) - len(end)}}{end}")
    key = [f"{dot} {label}" for label, dot in zip(drawn, dots, strict=False)]
    return "\n".join([*lines, f"{'':>{wide}}  {'   '.join(key)}" + ("   @ both" if len(drawn) > 1 else "")])


def _labels(levels: Sequence[float]) -> list[str]:
    """Numbers beside an axis, with as many digits as it takes to tell them apart."""
    for digits in range(2, 9):
        labels = [plain_number(level, digits) for level in levels]
        if len(set(labels)) == len(labels):
            break
    return labels


def _reach(arrays: Sequence[npt.NDArray[np.float64]]) -> tuple[float, float]:
    everything = np.concatenate(arrays)
    low, high = float(everything.min()), float(everything.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def weights(layers: Sequence[Layer], start: Mapping[str, Array], end: Mapping[str, Array]) -> str:
    """The weights of every layer at the start and at the end; of many, the largest."""
    lines = [" → ".join(f"{layer.name} ({layer.width})" for layer in layers)]
    for layer in layers:
        if not layer.weights:
            continue
        after = end[layer.weights]
        places = np.argsort(-np.abs(after), axis=None, kind="stable")[:MOST_WEIGHTS]
        largest = max(float(np.max(np.abs(after))), float(np.max(np.abs(start[layer.weights])))) or 1.0
        for flat in np.sort(places):
            index = tuple(int(i) for i in np.unravel_index(flat, after.shape))
            before, now = float(start[layer.weights][index]), float(after[index])
            name = element(layer.weights, index)
            lines.append(f"  {name:<12} {_bar(before, largest)}  →  {_bar(now, largest)}")
        if after.size > MOST_WEIGHTS:
            lines.append(f"  and {after.size - MOST_WEIGHTS} smaller ones in {layer.weights}")
    return "\n".join(lines)


def _bar(value: float, largest: float) -> str:
    length = round(abs(value) / largest * (BAR // 2))
    mark = "━" * length if value >= 0 else "╍" * length
    return f"{plain_number(value, 4):>9} {mark:<{BAR // 2}}"


def confusion(counts: Array, labels: Sequence[str]) -> str:
    """How often each class was taken for each class."""
    names = [label if len(label) <= 12 else label[:11] + "…" for label in labels]
    wide = max(5, *map(len, names))
    head = f"{'':>{wide}} │ " + " ".join(f"{name:>{wide}}" for name in names) + "   (predicted)"
    rows = [
        f"{name:>{wide}} │ " + " ".join(f"{n:>{wide}}" for n in row) for name, row in zip(names, counts, strict=True)
    ]
    return "\n".join([head, "─" * len(head), *rows])

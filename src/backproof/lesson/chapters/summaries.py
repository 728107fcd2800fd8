"""What ops are called in a lesson, and what their own descriptions say of them."""

from __future__ import annotations

import inspect

from backproof.lesson.observation import Explained
from backproof.lesson.study import Study
from backproof.ops.op import Described
from backproof.program.placement import Placed


def summary(thing: Described) -> str:
    """The first sentence of a description, without its shapes."""
    text = (inspect.getdoc(type(thing)) or "").split("\n\n")[0].replace("\n", " ")
    return text.split(" Shapes:")[0].strip()


def place_of(study: Study, explained: Explained) -> Placed | None:
    """The op that a step belongs to; None for the steps of the loss and of the optimizer."""
    if explained.step.phase not in ("forward", "backward"):
        return None
    for place in study.program.derivation.placed:
        own = {name for name in place.scope.values() if name != place.input}
        if explained.step.phase == "backward":
            # an op computes the gradients of its parameters and of its input, and of whatever is inside it
            inside = {name for name in own if name != place.output}
            own = {f"d_{name}" for name in (*inside, place.input)} | inside
        if explained.step.name in own and explained.step.op == str(place.op):
            return place
    return None


def heading(study: Study, place: Placed) -> str:
    """An op as it is called in a heading: its name in PyTorch's program, and which layer it is."""
    linear = study.linear_places
    words = f"{place.attribute}: {place.op}"
    if place not in linear:
        return words
    if place is linear[-1]:
        return f"{words}, the output layer" if len(linear) > 1 else f"{words}, the only layer"
    number = f" {linear.index(place) + 1}" if len(linear) > 2 else ""
    return f"{words}, {'hidden layer' + number if number else 'the hidden layer'}"


def left_out(inputs: int, rows: int) -> str:
    """The end of a caption: how many inputs and rows its table does not show."""
    parts = [counted(rest, f"more {what}") for rest, what in ((inputs, "input"), (rows, "row")) if rest > 0]
    return f"; left out: {' and '.join(parts)}" if parts else ""


def counted(number: int, singular: str) -> str:
    """A number with its noun: 1 row, 2 rows."""
    return f"{number} {singular}" + ("" if number == 1 else "s")

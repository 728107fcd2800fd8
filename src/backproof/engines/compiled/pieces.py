"""Cuts a program into what can be compiled and, line by line, what cannot."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from backproof.engines.compiled.expression import ROWS, NotLowered, Shape, Type
from backproof.engines.compiled.instructions import lowered
from backproof.engines.compiled.source import Writer
from backproof.engines.numpy import NumPyEngine
from backproof.ops.op import Array
from backproof.program.derivation import Step
from backproof.program.program import Program


@dataclass(frozen=True)
class Piece:
    """Steps that one function computes; or one that NumPy computes, for a `reason`."""

    name: str
    steps: tuple[Step, ...]
    reason: str = ""


def cut(program: Program, writer: Writer) -> list[Piece]:
    """The pieces of one step of training, in their order; the compiled ones are written by `writer`.

    The update is always in pieces of its own, so that it can be given other gradients.
    """
    names = dict(writer.made.names)
    observed: dict[str, Type] | None = None
    reasons: list[str] = []
    for step in program.steps:
        try:
            lowered(step, names)
            reasons.append("")
        except NotLowered as error:
            observed = observed or observed_types(program)
            names[step.name] = observed[step.name]
            reasons.append(str(error).partition(" in `")[0])
    pieces: list[Piece] = []
    # a line that is not compiled stands alone
    keys = [
        (step.phase == "update", bool(why) and number)
        for number, (step, why) in enumerate(zip(program.steps, reasons, strict=True))
    ]
    position = 0
    for (update, _), group in groupby(keys):
        count = len(list(group))
        steps, reason = program.steps[position : position + count], reasons[position]
        position += count
        name = f"{'update' if update else 'gradients'}_{len(pieces) + 1}"
        pieces.append(Piece(name, tuple(steps), reason))
        if reason:
            writer.observe(steps[0], names[steps[0].name])
        else:
            writer.part(name, steps)
    return pieces


def observed_types(program: Program) -> dict[str, Type]:
    """The type of every quantity, by taking a step in NumPy on two numbers of rows."""
    rows = program.rows_a_step
    fewer, more = (_taken(program, max(count, 2)) for count in (rows, rows + 1))
    return {name: Type(_shape(fewer[name].shape, more[name].shape), _kind(fewer[name])) for name in fewer}


def _taken(program: Program, rows: int) -> dict[str, Array]:
    chosen = np.resize(np.arange(len(program.data.x)), rows)
    with np.errstate(all="ignore"):
        return NumPyEngine(program).quantities(program.data.x[chosen], program.data.y[chosen], 0)


def _shape(fewer: tuple[int, ...], more: tuple[int, ...]) -> Shape:
    return tuple(a if a == b else ROWS for a, b in zip(fewer, more, strict=True))


def _kind(value: Array) -> str:
    if value.dtype.kind == "b":
        return "flag"
    return "real" if value.dtype.kind == "f" else "number"

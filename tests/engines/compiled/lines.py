"""Holds each line that the compiled engine took against the same line in NumPy, on the same operands."""

from __future__ import annotations

from typing import Any

import numpy as np

from backproof.engines.compiled import CompiledEngine
from backproof.ops.op import Array
from backproof.program.derivation import namespace
from backproof.program.program import Program
from backproof.settings import make_settings
from backproof.training import make_data


def make_program(network: Any, x: Array, y: Array, **settings: Any) -> Program:
    """A program with these settings."""
    made = make_settings(settings)
    return Program(network, made, make_data(x, y, None, made.seed))


def worst_line(engine: CompiledEngine, rows: Array, epoch: int = 0) -> tuple[float, str]:
    """Take one step on these rows: how far is the worst line, as a part of its largest value, and which one is it?

    A sum that cancels is measured by the largest of its terms.
    """
    program = engine.program
    before = engine.snapshot()
    x, y = program.data.x[rows], program.data.y[rows]
    found = engine.quantities(x, y, epoch)
    names: dict[str, Any] = namespace(program.steps) | {"x": x, "y": y, "epoch": epoch, "t": before.steps}
    names |= before.tensors | before.states | program.derivation.constants
    last = {step.name: position for position, step in enumerate(program.steps)}
    worst = 0.0, "nothing differs"
    for position, step in enumerate(program.steps):
        if "generator" in step.reads:
            names[step.name] = found[step.name]
            continue
        with np.errstate(all="ignore"):
            exec(step.code, names)
        if last[step.name] != position:
            continue
        local, ours = np.asarray(names[step.name]), found[step.name]
        assert local.shape == ours.shape, f"{step.code}: {ours.shape} instead of {local.shape}"
        size = max(float(np.max(np.abs(local), initial=0.0)), 1e-290)
        if "sum" in step.code or "mean" in step.code or "@" in step.code:
            size = max(size, *(float(np.max(np.abs(names[name]), initial=0.0)) for name in _arrays(step.reads, names)))
        apart = float(np.max(np.abs(local.astype(float) - ours), initial=0.0)) / size
        worst = max(worst, (apart, step.code))
        names[step.name] = ours
    return worst


def _arrays(reads: tuple[str, ...], names: dict[str, Any]) -> list[str]:
    return [name for name in reads if isinstance(names.get(name), np.ndarray)] or list(reads[-1:])

"""The proof: two engines from the same arrays on the same batches, quantity by quantity, step by step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backproof.display import Shown
from backproof.engines import make_engine
from backproof.engines.engine import Engine
from backproof.network import Network
from backproof.ops.op import Array
from backproof.program.program import Program
from backproof.proof.compare import Row
from backproof.proof.referee import Referee, referee
from backproof.proof.walk import Walk
from backproof.settings import make_settings
from backproof.training import Moment, OnEpoch, Run, fit, make_data

if TYPE_CHECKING:
    import pandas

FIRST_STEPS = 3
LATER_STEPS = 5


@dataclass(frozen=True)
class Proof(Shown):
    """Every quantity of the judged steps in both engines, the drift of the free runs, and the referee."""

    program: Program
    runs: dict[str, Run]
    rows: tuple[Row, ...]
    """In the order in which the program computes them, step after step."""
    referee: Referee
    drift: float | None
    """How far the parameters of the two free runs are apart at the end, as a part of the largest of them.

    None when Ctrl-C ended the first run before the second began.
    """

    @property
    def holds(self) -> bool:
        """Whether every quantity agrees up to rounding and the referee finds nothing."""
        return self.referee.holds and all(row.holds for row in self.rows)

    @property
    def steps(self) -> tuple[int, ...]:
        """The numbers of the judged steps."""
        return tuple(dict.fromkeys(row.number for row in self.rows))

    @property
    def largest_difference(self) -> float:
        """How far a line is at most from PyTorch's value on the same operands, as a part of the largest value."""
        return max((row.difference for row in self.rows), default=0.0)

    @property
    def first_failure(self) -> tuple[Row, Row | None] | None:
        """The first row that fails and the last one before it that held."""
        for position, row in enumerate(self.rows):
            if not row.holds:
                held = [before for before in self.rows[:position] if before.holds]
                return row, held[-1] if held else None
        return None

    @property
    def worst(self) -> tuple[Row, ...]:
        """Each quantity once: the judged step at which it differs most."""
        found: dict[str, Row] = {}
        for row in self.rows:
            known = found.get(row.name)
            if known is None or (row.holds, -row.max_abs) < (known.holds, -known.max_abs):
                found[row.name] = row
        return tuple(found.values())

    @property
    def table(self) -> pandas.DataFrame:
        """Every row as a pandas table."""
        import pandas

        return pandas.DataFrame(
            [
                {
                    "step": row.number,
                    "epoch": row.epoch,
                    "phase": row.step.phase,
                    "quantity": row.name,
                    "exact": row.exact,
                    "max_abs": row.max_abs,
                    "max_rel": row.max_rel,
                    "ulps": row.ulps,
                    "holds": row.holds,
                    "code": row.step.code,
                }
                for row in self.rows
            ]
        )

    def __str__(self) -> str:
        from backproof.proof.table import plain

        return plain(self)


def prove(
    network: Network,
    x: Any,
    y: Any,
    *,
    device: str = "cpu",
    validation: Any = None,
    x_new: Any = None,
    on_epoch: dict[str, OnEpoch] | None = None,
    **settings: Any,
) -> Proof:
    """Train a network by hand and by PyTorch, and compare every quantity of both.

    The arguments are those of `train`. The first steps, some later ones and the last are judged, each from a common
    state: both engines are handed the parameters and the optimizer's state of the NumPy run before it.
    Raises the errors of `train`.
    """
    made = make_settings(settings)
    program = Program(network, made, make_data(x, y, validation, made.seed, x_new))
    return prove_program(program, device=device, on_epoch=on_epoch)


def prove_program(
    program: Program,
    *,
    device: str = "cpu",
    on_epoch: dict[str, OnEpoch] | None = None,
    keep: Collection[int] = (),
    watch: tuple[int, int] | None = None,
) -> Proof:
    """Train a program with both engines and compare them.

    `keep` and `watch` are those of `fit`: steps before which the NumPy run records its state, whether judged or not.
    Raises the errors of `train`.
    """
    hooks = on_epoch or {}
    hand, autograd = make_engine("numpy", program), make_engine("torch", program, device=device)
    judged = sampled(program)
    ours = fit(hand, program, on_epoch=hooks.get("numpy"), keep={*judged, *keep}, watch=watch)
    points = [moment for moment in ours.moments if moment.number in judged or moment is ours.moments[-1]]
    runs = {"numpy": ours}
    if not ours.interrupted:
        runs["torch"] = fit(autograd, program, on_epoch=hooks.get("torch"))
    rows: list[Row] = []
    for moment in points:
        rows += side_by_side(program, hand, autograd, moment).rows
    points = [points[0], points[-1]] if len(points) > 1 else points
    drift = _drift(ours.parameters, runs["torch"].parameters) if "torch" in runs else None
    return Proof(program, runs, tuple(rows), referee(program, points), drift)


def sampled(program: Program) -> set[int]:
    """The numbers of the steps to judge: the first ones, some later ones, the last."""
    size = program.settings.batch_size or len(program.data.x)
    total = program.settings.epochs * -(-len(program.data.x) // size)
    later = np.linspace(FIRST_STEPS, total - 1, LATER_STEPS + 1).round().astype(int)
    return {number for number in [*range(FIRST_STEPS), *later.tolist()] if number < total}


@dataclass(frozen=True)
class SideBySide:
    """One step of training, taken by both engines from a common state."""

    ours: dict[str, Array]
    """What the hand-derived program computed, by name."""
    theirs: dict[str, Array]
    """What PyTorch shows of it: its update starts from the same gradients."""
    rows: tuple[Row, ...]


def side_by_side(program: Program, hand: Engine, autograd: Engine, moment: Moment) -> SideBySide:
    """Take one step with both engines from a common state, and compare all that they compute."""
    from backproof.proof.replay import replay

    x, y = moment.batch(program.data)
    hand.restore(moment.snapshot)
    autograd.restore(moment.snapshot)
    ours = hand.quantities(x, y, moment.epoch)
    shown = autograd.quantities(autograd.load(x), autograd.load(y), moment.epoch, gradients=ours)
    before = {**moment.snapshot.tensors, "x": x, "y": y}
    walk = Walk(program, {**before, **moment.snapshot.states, "t": moment.snapshot.steps, "epoch": moment.epoch})
    replayed = replay(program, before, shown, ours)
    return SideBySide(ours, {**replayed, **shown}, tuple(walk.rows(ours, shown, replayed, moment)))


def _drift(ours: dict[str, Array], theirs: dict[str, Array]) -> float:
    apart = max(float(np.max(np.abs(array - theirs[name]))) for name, array in ours.items())
    whole = max(float(np.max(np.abs(array))) for array in theirs.values())
    return apart / whole if whole > 0 else apart

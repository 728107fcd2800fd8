"""The proof: two engines from the same arrays on the same batches, quantity by quantity, step by step."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backproof.display import Shown
from backproof.engines import NAMES, make_engine
from backproof.engines.engine import Engine, Say, silent
from backproof.epochs import Moment
from backproof.errors import DescriptionError, nearest
from backproof.network import Network
from backproof.ops.op import Array
from backproof.program.program import Program
from backproof.proof.compare import COMPILED, Row
from backproof.proof.referee import Referee, referee
from backproof.proof.walk import Walk
from backproof.settings import make_settings
from backproof.training import OnEpoch, Run, fit, make_data

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
    engines: tuple[str, str] = ("numpy", "torch")
    """The two that are compared."""

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
        """How far a line is at most from the other engine's value on the same operands, as a part of the largest."""
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
    engines: tuple[str, str] = ("numpy", "torch"),
    device: str = "cpu",
    validation: Any = None,
    x_new: Any = None,
    on_epoch: dict[str, OnEpoch] | None = None,
    **settings: Any,
) -> Proof:
    """Train a network with two engines, by hand and by PyTorch unless others are named, and compare every quantity.

    The arguments are those of `train`. The first steps, some later ones and the last are judged, each from a common
    state: both engines are handed the parameters and the optimizer's state of the first engine's run before it.
    Raises the errors of `train`.
    """
    made = make_settings(settings)
    program = Program(network, made, make_data(x, y, validation, made.seed, x_new))
    return prove_program(program, engines=engines, device=device, on_epoch=on_epoch)


def prove_program(
    program: Program,
    *,
    engines: tuple[str, str] = ("numpy", "torch"),
    device: str = "cpu",
    on_epoch: dict[str, OnEpoch] | None = None,
    keep: Collection[int] = (),
    watch: tuple[int, int] | None = None,
    say: Say = silent,
    threads: int | None = None,
) -> Proof:
    """Train a program with two engines and compare them.

    `keep` and `watch` are those of `fit`: steps before which the first run records its state, whether judged or not.
    `say` and `threads` are those of `make_engine`. Raises the errors of `train`.
    """
    hooks = on_epoch or {}
    first, second = (
        make_engine(name, program, device=_place(name, device), say=say, threads=threads) for name in ordered(engines)
    )
    judged = sampled(program)
    ours = fit(first, program, on_epoch=hooks.get(first.name), keep={*judged, *keep}, watch=watch)
    points = [moment for moment in ours.moments if moment.number in judged or moment is ours.moments[-1]]
    runs = {first.name: ours}
    drift = None
    if not ours.interrupted:
        theirs = runs[second.name] = fit(second, program, on_epoch=hooks.get(second.name))
        drift = _drift(ours.parameters, theirs.parameters)
    rows: list[Row] = []
    for moment in points:
        rows += side_by_side(program, first, second, moment).rows
    points = [points[0], points[-1]] if len(points) > 1 else points
    return Proof(program, runs, tuple(rows), referee(program, points), drift, (first.name, second.name))


def ordered(engines: Sequence[str]) -> tuple[str, str]:
    """Two different engines, the one that the others are held against last. Raises DescriptionError otherwise."""
    known = [name for name in NAMES if name in engines]
    for name in engines:
        if name not in NAMES:
            raise DescriptionError(f"There is no engine called {name!r}.{nearest(str(name), NAMES)}")
    if len(known) != 2 or len(engines) != 2:
        raise DescriptionError(f"A proof compares two engines of {', '.join(NAMES)}, not {', '.join(engines)}.")
    return known[0], known[1]


def _place(name: str, device: str) -> str:
    return device if name == "torch" else "cpu"


def sampled(program: Program) -> set[int]:
    """The numbers of the steps to judge: the first ones, some later ones, the last."""
    total = program.settings.epochs * program.steps_an_epoch
    later = np.linspace(FIRST_STEPS, total - 1, LATER_STEPS + 1).round().astype(int)
    return {number for number in [*range(FIRST_STEPS), *later.tolist()] if number < total}


@dataclass(frozen=True)
class SideBySide:
    """One step of training, taken by both engines from a common state."""

    ours: dict[str, Array]
    """What the hand-derived program computed, by name."""
    theirs: dict[str, Array]
    """What the other engine shows of it: PyTorch's update starts from the same gradients."""
    rows: tuple[Row, ...]


def side_by_side(program: Program, first: Engine, second: Engine, moment: Moment) -> SideBySide:
    """Take one step with both engines from a common state, and compare all that they compute.

    What the compiled engine makes of a line is held against the line itself, whichever the other engine is.
    """
    x, y = moment.batch(program.data)
    first.restore(moment.snapshot)
    second.restore(moment.snapshot)
    before = {**moment.snapshot.tensors, "x": x, "y": y}
    state = {**before, **moment.snapshot.states, "t": moment.snapshot.steps, "epoch": moment.epoch}
    ours = first.quantities(x, y, moment.epoch)
    if second.name != "torch":
        shown = second.quantities(x, y, moment.epoch, gradients=ours)
        return SideBySide(ours, shown, tuple(Walk(program, state, COMPILED).rows(ours, shown, {}, moment)))
    from backproof.proof.replay import replay

    shown = second.quantities(second.load(x), second.load(y), moment.epoch, gradients=ours)
    replayed = replay(program, before, shown, ours)
    rows = list(Walk(program, state).rows(ours, shown, replayed, moment))
    if first.name == "compiled":
        lines = {row.name: row for row in Walk(program, state, COMPILED).rows(ours, ours, {}, moment)}
        rows = [row if row.name not in lines or lines[row.name].holds else lines[row.name] for row in rows]
        rows += [line for name, line in lines.items() if not line.holds and name not in {row.name for row in rows}]
    return SideBySide(ours, {**replayed, **shown}, tuple(rows))


def _drift(ours: dict[str, Array], theirs: dict[str, Array]) -> float:
    apart = max(float(np.max(np.abs(array - theirs[name]))) for name, array in ours.items())
    whole = max(float(np.max(np.abs(array))) for array in theirs.values())
    return apart / whole if whole > 0 else apart

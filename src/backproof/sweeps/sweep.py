"""Train a network many times with other settings, and see which of them matter."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backproof.display import Shown
from backproof.engines import NAMES
from backproof.engines.engine import Say, silent
from backproof.errors import DescriptionError, nearest
from backproof.network import Network
from backproof.ops.op import Array
from backproof.settings import Data
from backproof.sweeps.folds import mean_of, split_folds
from backproof.sweeps.grid import Point, points
from backproof.sweeps.training import Outcome, train_all
from backproof.training import make_data

if TYPE_CHECKING:
    import pandas

OnDone = Callable[[int, int], object]


@dataclass(frozen=True)
class Sweep(Shown):
    """The trainings of a sweep that were finished, in the order of the settings."""

    points: tuple[Point, ...]
    outcomes: tuple[Outcome, ...]
    interrupted: bool = False
    """Ctrl-C ended it before all were trained."""
    by_fold: tuple[tuple[Outcome, ...], ...] = ()
    """Of each point what came of it in each fold of a cross-validation; its outcome is the mean of these."""

    @property
    def names(self) -> list[str]:
        """The settings that were swept."""
        return list(self.points[0].values) if self.points else []

    @property
    def table(self) -> pandas.DataFrame:
        """One row for each training: what it differed in, the last loss, that of validation rows, why it failed.

        In a cross-validation the losses are the means of the folds, and `validation_loss_std` is the standard deviation
        of those of the validation rows.
        """
        import pandas

        columns: dict[str, list[Any]] = {name: [_shown(p.values[name]) for p in self.points] for name in self.names}
        columns["loss"] = [outcome.loss for outcome in self.outcomes]
        validated = [outcome.validation_loss for outcome in self.outcomes]
        if any(loss is not None for loss in validated):
            columns["validation_loss"] = [np.nan if loss is None else loss for loss in validated]
        if self.by_fold:
            columns["validation_loss_std"] = [_spread(outcomes) for outcomes in self.by_fold]
        if any(outcome.error for outcome in self.outcomes):
            columns["error"] = [outcome.error or "" for outcome in self.outcomes]
        return pandas.DataFrame(columns)

    @property
    def best(self) -> int | None:
        """The place of the training with the least loss, on validation rows where there are some."""
        scores = self.scores
        return int(np.nanargmin(scores)) if np.isfinite(scores).any() else None

    @property
    def scores(self) -> Array:
        """The losses that count: on validation rows where there are some, otherwise the last of training."""
        return np.array([o.loss if o.validation_loss is None else o.validation_loss for o in self.outcomes])

    def parameters(self, place: int) -> dict[str, Array]:
        """Every parameter of one training after it, by its name in the program; none of a cross-validation: each fold
        has its own, in `by_fold`."""
        return self.outcomes[place].parameters

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Draw a heat map of two settings, or curves for one. Raises DataError for a place or form that fails."""
        from backproof.sweeps.picture import draw

        draw(self, Path(path))

    def __str__(self) -> str:
        table = self.table
        return str(table.to_string(max_rows=40))


def sweep(
    network: Network,
    x: Any,
    y: Any,
    *,
    engine: str = "compiled",
    validation: Any = None,
    folds: int | None = None,
    threads: int | None = None,
    on_done: OnDone | None = None,
    say: Say = silent,
    **settings: Any,
) -> Sweep:
    """Train a network once for every combination of the settings that are given as lists.

    `settings` are those of `Settings` (`seed`, `init`, `batch_size` …), those of the optimizer (`learning_rate` …), and
    `hidden`: the width of the hidden layers, or a tuple with one for each. A list, a range or an array is swept.
    `folds` asks for a cross-validation: each is trained so many times, and another part of the rows is set aside each
    time; the seed of the parts is that of the first training.
    Small networks share the vectors of the processor, others are trained one to a thread. A training that fails is a
    row with its error; Ctrl-C keeps what is done. `on_done` is told how many of how many are done.
    Raises DescriptionError or DataError for what cannot be trained at all.
    """
    if engine not in NAMES:
        raise DescriptionError(f"There is no engine called {engine!r}.{nearest(str(engine), NAMES)}")
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise DescriptionError(f"threads is {threads!r}, but it must be a whole number above 0.")
    seed = settings.get("seed", 0)
    seed = seed if isinstance(seed, int) else 0
    chosen = points(network, settings)
    if folds is None:
        data = make_data(x, y, validation, seed)
        return sweep_points(chosen, data, engine=engine, threads=threads, on_done=on_done, say=say)
    if validation is not None:
        raise DescriptionError("Give folds or validation, not both: each fold sets its own rows aside.")
    parts = [(chosen, data) for data in split_folds(x, y, folds, seed)]
    return sweep_folds(parts, engine=engine, threads=threads, on_done=on_done, say=say)


def sweep_points(
    chosen: list[Point],
    data: Data,
    *,
    engine: str = "compiled",
    threads: int | None = None,
    on_done: OnDone | None = None,
    say: Say = silent,
) -> Sweep:
    """Train these points. The arguments are those of `sweep`."""
    found, interrupted = _outcomes(chosen, data, engine, threads, on_done, say)
    if interrupted and not found:
        raise KeyboardInterrupt
    places = sorted(found)
    return Sweep(tuple(chosen[p] for p in places), tuple(found[p] for p in places), interrupted)


def _outcomes(
    chosen: list[Point], data: Data, engine: str, threads: int | None, on_done: OnDone | None, say: Say
) -> tuple[dict[int, Outcome], bool]:
    """What came of the points that were trained, by their places, and whether Ctrl-C ended it before all were."""
    found: dict[int, Outcome] = {}
    results = train_all(chosen, data, engine, threads, say)
    try:
        for place, outcome in results:
            found[place] = outcome
            if on_done:
                on_done(len(found), len(chosen))
    except KeyboardInterrupt:
        results.close()
        return found, True
    return found, False


def sweep_folds(
    parts: Sequence[tuple[list[Point], Data]],
    *,
    engine: str = "compiled",
    threads: int | None = None,
    on_done: OnDone | None = None,
    say: Say = silent,
) -> Sweep:
    """Train the points of every fold, each on its own data. The other arguments are those of `sweep`.

    Ctrl-C keeps the folds of each point that are done.
    """
    count = len(parts[0][0])
    found: list[list[Outcome]] = [[] for _ in range(count)]
    interrupted, before = False, 0

    def on_fold(done: int, _all: int) -> None:
        if on_done:
            on_done(before + done, count * len(parts))

    for chosen, data in parts:
        made, interrupted = _outcomes(chosen, data, engine, threads, on_fold, say)
        for place, outcome in made.items():
            found[place].append(outcome)
        if interrupted:
            break
        before += count
    if not any(found):
        raise KeyboardInterrupt
    kept = [place for place, outcomes in enumerate(found) if outcomes]
    return Sweep(
        tuple(parts[0][0][place] for place in kept),
        tuple(mean_of(found[place]) for place in kept),
        interrupted,
        tuple(tuple(found[place]) for place in kept),
    )


def _spread(outcomes: tuple[Outcome, ...]) -> float:
    """The standard deviation of the folds' validation losses."""
    losses = [np.nan if o.validation_loss is None else o.validation_loss for o in outcomes]
    return float(np.std(losses))


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return "given arrays"
    return value if isinstance(value, (int, float, str)) else str(value).lower() if value is None else str(value)

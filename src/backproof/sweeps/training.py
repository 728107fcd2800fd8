"""Trains the points of a sweep: small networks side by side in the lanes of vectors, others one to a thread."""

from __future__ import annotations

import os
from collections.abc import Generator, Hashable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

import numpy as np

from backproof.engines import make_engine
from backproof.engines.engine import Say
from backproof.engines.numpy import NumPyEngine, first_arrays_by_seed
from backproof.errors import TrainingError
from backproof.ops.op import Array
from backproof.program.derivation import draws
from backproof.program.program import Program
from backproof.settings import Data
from backproof.sweeps.grid import Point
from backproof.training import fit

SMALL = 8192
"""A network of at most so many numbers (parameters, and those of a batch on their way through) shares vectors."""
AT_A_TIME = 20_000
"""After so many epochs networks that share vectors look whether they are to stop."""
CURVE = 200
"""So many losses of a training are kept, evenly spread."""


@dataclass(frozen=True)
class Outcome:
    """What came of one training.

    `losses` are those of the `epochs` of these numbers; `error` says why it failed, and then `loss` is not a number.
    """

    loss: float
    epochs: Array
    losses: Array
    parameters: dict[str, Array]
    validation_loss: float | None = None
    error: str | None = None


@dataclass(frozen=True)
class _Group:
    """Points with the same lines: their places in the sweep, and one program for them all."""

    places: list[int]
    points: list[Point]
    program: Program


def train_all(
    points: Sequence[Point], data: Data, engine: str, threads: int | None, say: Say
) -> Generator[tuple[int, Outcome], None, None]:
    """Train all points and give the place and the outcome of each as it is done. Raises the errors of `train`."""
    workers = threads or os.cpu_count() or 1
    groups = _groups(points, data)
    stop = Event()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for group in groups:
                for future in as_completed(_begun(group, data, engine, pool, say, stop)):
                    yield from future.result()
        except (KeyboardInterrupt, GeneratorExit):
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _groups(points: Sequence[Point], data: Data) -> list[_Group]:
    alike: dict[Hashable, list[int]] = {}
    for place, point in enumerate(points):
        alike.setdefault(_lines(point), []).append(place)
    made = []
    for places in alike.values():
        own = [points[place] for place in places]
        made.append(_Group(places, own, Program(own[0].network, own[0].settings, data)))
    return made


def _lines(point: Point) -> Hashable:
    """Everything that decides the lines of a point's program; the numbers of its optimizer do not."""
    settings, optimizer = point.settings, point.settings.optimizer
    states = tuple(sorted(optimizer.states().items()))
    formulas = optimizer.formulas(), optimizer.step_formulas(), tuple(optimizer.constants()), states
    init = id(settings.init) if isinstance(settings.init, Mapping) else settings.init
    rest = (settings.epochs, settings.batch_size, settings.schedule, settings.clip_norm, settings.patience)
    return point.network, type(optimizer), formulas, init, rest, settings.min_delta, settings.dtype


Results = list[tuple[int, Outcome]]


def _begun(
    group: _Group, data: Data, engine: str, pool: ThreadPoolExecutor, say: Say, stop: Event
) -> list[Future[Results]]:
    lanes = _lanes(group, say) if engine == "compiled" and _is_small(group) else None
    if lanes is not None:
        # what is left over for the last thread should not be much less than for the others
        size = lanes.lanes
        parts = [slice(start, start + size) for start in range(0, len(group.points), size)]
        lanes.prepare()
        return [pool.submit(lanes.train, group.places[part], group.points[part], stop) for part in parts]
    if engine == "compiled":
        # what has to be compiled is compiled once, before several threads ask for it
        short = replace(group.points[0], settings=replace(group.points[0].settings, epochs=1))
        _trained(group.places[0], short, data, engine, say, stop)
    both = zip(group.places, group.points, strict=True)
    return [pool.submit(_trained, place, point, data, engine, say, stop) for place, point in both]


def _trained(place: int, point: Point, data: Data, engine: str, say: Say, stop: Event) -> Results:
    """One training by itself; nothing if it was stopped."""

    def look(_epoch: int, _loss: float, _validation_loss: float | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt

    program = Program(point.network, point.settings, data)
    try:
        # the trainings share the processor already: each keeps to one thread
        run = fit(make_engine(engine, program, say=say, threads=1), program, on_epoch=look)
    except KeyboardInterrupt:
        if stop.is_set():
            return []
        raise
    except TrainingError as error:
        return [(place, _failed(str(error)))]
    if run.interrupted:
        if stop.is_set():
            return []
        raise KeyboardInterrupt
    kept = _kept(len(run.losses))
    best = run.best_epoch if run.best_epoch is not None else -1
    validation = None if run.validation_losses is None else float(run.validation_losses[best])
    return [(place, Outcome(float(run.losses[best]), kept, run.losses[kept], run.parameters, validation))]


def _failed(why: str) -> Outcome:
    nothing = np.zeros(0)
    return Outcome(float("nan"), nothing.astype(int), nothing, {}, None, why)


def _kept(epochs: int) -> Array:
    """The numbers of the epochs whose losses are kept."""
    return np.unique(np.linspace(0, epochs - 1, min(epochs, CURVE)).round().astype(int))


def _is_small(group: _Group) -> bool:
    """Whether several networks fit side by side, and nothing has to be drawn or looked at on the way."""
    program, settings = group.program, group.program.settings
    alone = settings.batch_size is not None or settings.patience is not None or len(group.points) < 2
    if alone or draws(program.steps):
        return False
    sizes = [int(np.prod(tensor.parameter.shape)) for tensor in program.derivation.tensors]
    return bool(sum(sizes) + program.widest * len(program.data.x) <= SMALL)


def _lanes(group: _Group, say: Say) -> _Lanes | None:
    """What trains a group side by side; None without Numba, or where a line is beyond the compiler."""
    try:
        from backproof.engines.compiled.expression import NotLowered
    except ImportError:
        return None
    try:
        return _Lanes(group, say)
    except NotLowered:
        return None


class _Lanes:
    """Trains as many points of a group at a time as there are lanes."""

    def __init__(self, group: _Group, say: Say) -> None:
        from backproof.engines.compiled.code import Code
        from backproof.engines.compiled.lanes import lanes_of, side_by_side

        self.program = program = group.program
        self.lanes = lanes_of(program)
        own = [point.settings.optimizer.constants() for point in group.points]
        varying = {name for name in program.derivation.constants if len({str(each.get(name)) for each in own}) > 1}
        small = len(program.data.x) * program.data.x.shape[1] <= SMALL
        self.made = side_by_side(program, varying, len(program.data.x) if small else None)
        self.varying = varying
        self.first = first_arrays_by_seed(program)
        self.code = Code(self.made, say)

    def prepare(self) -> None:
        """Compile, if that is still to be done."""
        self.code.call("train", *self._head(0, 0, 0), *self._arrays([]), np.zeros((0, self.lanes)))

    def _head(self, first: int, epochs: int, t: int) -> list[Any]:
        constants = self.program.derivation.constants
        return [len(self.program.data.x), first, epochs, t, *(float(constants[name]) for name in self.made.constants)]

    def _arrays(self, points: Sequence[Point]) -> list[Array]:
        """The memory of one call: data, first weights and constants of each lane, room for the rest."""
        from backproof.engines.compiled.expression import size_of

        program, data = self.program, self.program.data
        dtype = program.settings.dtype
        firsts = [self.first(point.settings.seed) for point in points]
        labels = data.y.dtype.kind in "iu"
        arrays = [data.x.reshape(-1), data.y.reshape(-1).astype(np.int32) if labels else data.y.reshape(-1)]
        for name in self.made.takes["train"][2:]:
            size = size_of(self.made.names[name].shape, len(data.x))
            number = self.made.names[name].kind == "number" or name in self.made.varying
            room = np.zeros((size, self.lanes), np.float64 if number else dtype)
            for lane, first in enumerate(firsts):
                if name in first:
                    room[:, lane] = first[name].reshape(-1)
                elif name in self.varying:
                    room[:, lane] = points[lane].settings.optimizer.constants()[name]
            arrays.append(room.reshape(-1))
        return arrays

    def train(self, places: Sequence[int], points: Sequence[Point], stop: Event) -> Results:
        """Train so many points, some epochs at a time; nothing if it was stopped."""
        program, epochs = self.program, self.program.settings.epochs
        arrays = self._arrays(points)
        kept = _kept(epochs)
        seen = np.zeros((len(kept), self.lanes))
        failed = np.full(self.lanes, -1)
        epoch, t = 0, 0
        while epoch < epochs:
            if stop.is_set():
                return []
            losses = np.zeros((min(AT_A_TIME, epochs - epoch), self.lanes))
            t = self.code.call("train", *self._head(epoch, len(losses), t), *arrays, losses)
            here = (kept >= epoch) & (kept < epoch + len(losses))
            seen[here] = losses[kept[here] - epoch]
            bad = ~np.isfinite(losses)
            first = np.where(bad.any(axis=0), bad.argmax(axis=0) + epoch, -1)
            failed = np.where(failed < 0, first, failed)
            epoch += len(losses)
        known = dict(zip(self.made.takes["train"], arrays, strict=True))
        results = []
        for lane, place in enumerate(places):
            parameters = {
                tensor.name: known[tensor.name].reshape(-1, self.lanes)[:, lane].reshape(tensor.parameter.shape).copy()
                for tensor in program.derivation.tensors
            }
            results.append((place, self._outcome(seen[:, lane], kept, parameters, int(failed[lane]))))
        return results

    def _outcome(self, losses: Array, kept: Array, parameters: dict[str, Array], failed: int) -> Outcome:
        if failed >= 0 or not all(np.isfinite(array).all() for array in parameters.values()):
            epoch = failed if failed >= 0 else self.program.settings.epochs - 1
            return _failed(f"The loss was no longer a number in epoch {epoch}: the steps are too long.")
        data, validation = self.program.data, None
        if data.x_validation is not None and data.y_validation is not None:
            engine = NumPyEngine(self.program)
            engine.load_tensors(parameters)
            validation = engine.evaluate(data.x_validation, data.y_validation)
        return Outcome(float(losses[-1]), kept, losses, parameters, validation)

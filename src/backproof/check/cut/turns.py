"""Tells apart what is trained one after the other, and what in turns, as the two networks of a GAN: each has a loss.

Where a weight that was updated is read too early, the error was computed before the update; where training takes turns,
all that a parameter's move is computed from comes after the updates of the turn before.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from backproof.check.cut.parameters import Step, Training
from backproof.check.cut.same_calls import join_calls
from backproof.check.record.trace import Trace

_SHORTEST = 3  # updates of a parameter in a training
_TRAININGS = 5  # that follow each other
_STEPS = 3  # that are looked at; all must tell the same
_TURNS = 16  # turns in a step, as many as a network has weights and biases


def trainings_of(trace: Trace) -> list[Training]:
    """The trainings that follow each other in a record and move other parameters each; one alone if there are so many
    that they are rather parts of one."""
    found = list(_trainings_of(trace))
    if trace.late and len(found[0].steps) > 1:
        del found[0].steps[0]  # some of its samples may not have been seen
    for training in found:
        join_calls(training.trace, training.steps)
    return found


def _trainings_of(trace: Trace) -> list[Training]:
    training = Training(trace)
    parts: list[list[list[int]]] = []
    reach = -1
    for updates in sorted(training.chains[parameter].updates for parameter in training.parameters):
        if updates[0] > reach:
            parts.append([])
        parts[-1].append(updates)
        reach = max(reach, updates[-1])
    short = any(len(updates) < _SHORTEST for part in parts for updates in part)
    if len(parts) > _TRAININGS and _are_alike(trace, parts):
        parts = parts[:_TRAININGS]  # as over the folds of the data: the first ones tell what all do
    if short or not 1 < len(parts) <= _TRAININGS:
        turns = _phases(training)
        if len(turns) > 1:
            return [Training(trace, only=turn) for turn in turns]
        training.steps = [part for step in training.steps for part in _parts(training, step)]
        return [training]
    ends = [max(updates[-1] for updates in part) + 1 for part in parts]
    last = ends[-1] if reach >= ends[-1] else len(trace)  # where others follow, the last one ends with its own updates
    borders = [0, *ends[:-1], last]
    return [Training(replace(trace, begin=begin, end=end)) for begin, end in pairwise(borders)]


def _are_alike(trace: Trace, parts: list[list[list[int]]]) -> bool:
    """Whether all trainings are made by the same lines."""
    return len({frozenset(trace.sites[updates[0]] for updates in part) for part in parts}) == 1


def _phases(training: Training) -> list[frozenset[int]]:
    """The parameters that are trained together, one set for each turn, in their order; a single set if there are no
    turns."""
    whole = [
        step
        for step in training.steps
        if len(step.after) == len(training.parameters) and all(node is not None for node in step.before.values())
    ]
    told = [_turns(training, step) for step in whole[:_STEPS]]
    same = bool(told) and all(turns == told[0] for turns in told)
    return told[0] if same and 1 < len(told[0]) <= _TURNS else [frozenset(training.parameters)]


def _parts(training: Training, step: Step) -> list[Step]:
    """A step in which some parameters are moved after the others, and from what is computed after these: as many, where
    each sample moves a few of all."""
    if len(step.after) == len(training.parameters) or not step.is_known:
        return [step]
    before, start, parts = step.before, step.start, list[Step]()
    for turn in _turns(training, step):
        after = {parameter: node for parameter, node in step.after.items() if parameter in turn}
        parts.append(Step(before, after, start, max(after.values())))
        start, before = parts[-1].end, {**before, **{p: training.as_read(p, node) for p, node in after.items()}}
    return parts


def _turns(training: Training, step: Step) -> list[frozenset[int]]:
    events = sorted((update, parameter) for parameter, update in step.after.items())
    updates = {update for update, _ in events}
    begins = [_begin(training, step, update, updates) for update, _ in events]
    turns: list[set[int]] = [set()]
    for place, (_, parameter) in enumerate(events):
        if place and min(begins[place:]) > events[place - 1][0]:
            turns.append(set())
        turns[-1].add(parameter)
    return [frozenset(turn) for turn in turns]


def _begin(training: Training, step: Step, update: int, updates: Iterable[int]) -> int:
    """The first operation that reads parameters as they were before the step among those that a move is computed from;
    what comes through the updates of others does not count. The step's beginning if there is none."""
    befores = set(step.before.values())
    first: int | None = None
    stack, seen = [update], {update}
    while stack:
        node = stack.pop()
        for earlier in training.trace.inputs(node):
            if earlier in befores and node != update and node not in training.carrying:
                first = node if first is None else min(first, node)
            if earlier > step.start and earlier not in seen and earlier not in updates and earlier not in befores:
                seen.add(earlier)
                stack.append(earlier)
    return step.start if first is None else first

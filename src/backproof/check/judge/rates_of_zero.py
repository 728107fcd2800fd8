"""Steps whose learning rate is 0, as the first one of a warm-up and the last one of a schedule that ends there: these
move nothing, whatever the gradient is, and tell nothing."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from backproof.check.cut.parameters import Step, Training
from backproof.check.record.memory import Ref

_HOPS = 8  # operations from a parameter's new value back to where its rate is
_ONWARD = ("add", "subtract", "multiply", "divide", "negative", "setitem", "setview", "view")


def steps_at_rest(training: Training) -> set[int]:
    """The numbers of these steps."""
    seen: dict[tuple[int, int], dict[int, float]] = defaultdict(dict)
    for number, step in enumerate(training.steps):
        for update in step.after.values():
            for key, rate in _numbers_behind(training, update, step.start):
                seen[key][number] = rate
    found = set[int]()
    for rates in seen.values():
        moving = {rate for rate in rates.values() if rate}
        # an error is 0, too, where an answer is right, and has two signs otherwise
        if len(moving) > 1 and (min(moving) > 0 or max(moving) < 0):
            found.update(number for number, rate in rates.items() if not rate)
    # an input may be 0, too, or the share that is kept of earlier steps, and something else is moved then
    return {n for n in found if all(_stays(training, training.steps[n], p) for p in training.steps[n].after)}


def _stays(training: Training, step: Step, parameter: int) -> bool:
    """Whether a parameter is what it was before a step."""
    values, before, update = training.trace.values, step.before[parameter], step.after[parameter]
    old, new = (None if node is None else values[node] for node in (before, update))
    if old is not None and new is not None:
        return np.array_equal(np.asarray(old), np.asarray(new))
    added = (values[node] for node in training.trace.inputs(update) if node != before)
    return any(value is not None and not np.any(value) for value in added)


def _numbers_behind(training: Training, update: int, start: int) -> Iterator[tuple[tuple[int, int], float]]:
    """The numbers that what moves a parameter is multiplied with, each with where that is done."""
    trace, stack = training.trace, [(update, 0)]
    while stack:
        node, hops = stack.pop()
        if node <= start or hops == _HOPS or trace.operations[node] not in _ONWARD:
            continue
        stack += [(earlier, hops + 1) for earlier in trace.inputs(node)]
        if trace.operations[node] == "multiply":
            for argument in trace.arguments[node]:
                value = trace.values[int(argument)] if isinstance(argument, Ref) else argument
                if isinstance(value, int | float) or getattr(value, "shape", None) == ():
                    yield (trace.sites[node], trace.paths[node]), float(value)

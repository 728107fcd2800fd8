"""Moves that a program takes back: where the loss grew, it goes on from the best parameters so far, and from nothing
that was made of the others (the bold driver of Battiti, Accelerated backpropagation learning, 1989)."""

from bisect import bisect_left
from collections.abc import Container

from backproof.check.cut.parameters import Step
from backproof.check.record.trace import Trace


def taken_back(trace: Trace, step: Step, written: Container[int]) -> set[int]:
    """What is computed within a step of a parameter as it was, where its update is, and leads to no update.

    Args:
        written: the updates themselves.
    """
    found: set[int] = set()
    for parameter, update in step.after.items():
        at = trace.by_site[trace.sites[update]] if trace.sites[update] >= 0 else []
        within = at[bisect_left(at, step.start) : bisect_left(at, step.end)]
        before = step.before[parameter]
        found.update(node for node in within if node not in written and before in trace.inputs(node))
    return found - _behind(trace, step) if found else found


def _behind(trace: Trace, step: Step) -> set[int]:
    """What the updates of a step are computed from."""
    stack = [*step.after.values()]
    found = set[int]()
    while stack:
        for earlier in trace.inputs(stack.pop()):
            if earlier >= step.start and earlier not in found:
                found.add(earlier)
                stack.append(earlier)
    return found

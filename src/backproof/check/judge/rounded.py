"""Whether a training is judged as it is, or as if it did not round its numbers: a rounded one has no gradient."""

from backproof.check.cut.parameters import Training
from backproof.check.record.rounding import ROUNDING

NOTE = "Judged as if numbers were not rounded: a number that is rounded to some digits has no gradient."


def rounds_its_moves(training: Training) -> bool:
    """Whether something that moves a parameter at the first step is made of a rounded number, or is one."""
    trace, step = training.trace, training.steps[0]
    stack, seen = list(step.after.values()), set[int]()
    while stack:
        node = stack.pop()
        if node in seen or node <= step.start:
            continue
        if trace.operations[node] in ROUNDING:
            return True
        seen.add(node)
        stack += trace.inputs(node)
    return False

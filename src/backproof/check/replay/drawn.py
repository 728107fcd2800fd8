"""What an array came from: a draw at random, or another function."""

from backproof.check.record.trace import Trace
from backproof.check.replay.frame import Frame


def is_drawn(trace: Trace, node: int) -> bool:
    """Whether an array was drawn at random."""
    return any(word in made_by(trace, node) for word in ("rand", "normal", "uniform"))


def origin(trace: Trace, node: int) -> int:
    """The array that a value was computed from first."""
    for _ in range(8):
        if trace.operations[node] == "leaf" or not trace.inputs(node):
            break
        node = trace.inputs(node)[0]
    return node


def made_by(trace: Trace, node: int) -> str:
    """The function that made the array which a value was computed from first."""
    node = origin(trace, node)
    return str(trace.arguments[node][0]) if trace.operations[node] == "leaf" and trace.arguments[node] else ""


def is_drawn_anew(frame: Frame, node: int) -> bool:
    """Whether an array was drawn for one step alone, unlike data that were made at random and are read again."""
    if node in frame.dependent or not is_drawn(frame.trace, node):
        return False
    # the data of a program may have been made, at random, on the way to its first step
    stack, seen = [node, origin(frame.trace, node)], set[int]()
    while stack:
        at = stack.pop()
        if at in seen or at in frame.dependent:
            continue
        seen.add(at)
        readers = frame.training.readers[at]
        if any(not frame.step.start < reader <= frame.step.end for reader in readers):
            return False
        stack += readers
    return True


def meets_draws(frame: Frame) -> bool:
    """Whether a network's values meet what is drawn at random for the step, as the mask of a dropout."""
    met = (n for node in frame.forward for n in frame.trace.inputs(node) if n not in frame.given)
    return any(is_drawn_anew(frame, node) for node in {*met} - frame.dependent)

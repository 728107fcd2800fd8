"""What an array came from: a draw at random, or another function."""

from backproof.check.trace import Trace


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

"""What is made of a parameter behind its move, before the network reads it: it is kept within bounds, pruned, rounded,
or less by a share of itself."""

from backproof.check.record.memory import Ref
from backproof.check.record.minimizers import SEARCHED
from backproof.check.record.trace import CLIPPING, WRITES, Trace

_SCALING = {"multiply", "divide", "round", "around", *CLIPPING, SEARCHED}


def is_made_behind(trace: Trace, node: int) -> bool:
    """Whether a value is what has moved, as it is scaled, set to a number at some places, or less by a share of it."""
    operation, arguments = trace.operations[node], trace.arguments[node]
    is_set = operation == "fill_diagonal" or (operation in WRITES and not isinstance(arguments[-1], Ref))
    return operation in _SCALING or is_set or shrinks(trace, node)


def shrinks(trace: Trace, node: int) -> bool:
    """Whether an array is replaced by itself less a share of itself, as a weight that decays by itself is."""
    arguments = trace.arguments[node]
    if trace.operations[node] not in ("add", "subtract") or len(arguments) != 2 or trace.shape(node) == ():
        return False
    if not all(isinstance(argument, Ref) for argument in arguments):
        return False
    whole, share = (int(argument) for argument in arguments)
    while trace.operations[share] in ("multiply", "divide", "negative") and share != whole:
        arrays = [n for n in trace.inputs(share) if trace.shape(n) != ()]
        if len(arrays) != 1:
            return False
        (share,) = arrays
    return share == whole

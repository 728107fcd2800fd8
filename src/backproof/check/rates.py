"""What a move is multiplied with on its way from the gradient: rates, and counts of samples."""

from backproof.check.frame import Frame
from backproof.check.memory import Ref
from backproof.check.trace import WRITES

HOPS = 12  # from an update back: a rate may be part of an error that two layers hand on

LINEAR = {"multiply", "divide", "negative", "matmul", "dot", "outer", "transpose", "sum", "mean", "reshape", "pysum"}


def constants(frame: Frame, parameter: int, hops: int = HOPS) -> tuple[float, float]:
    """What a move is multiplied with on its way from the gradient: the product of the rates (numbers with a fraction),
    and the product of the counts (whole numbers); of the last so many operations of that way."""
    added = frame.added(parameter)
    if added is not None:
        return _multiplied(frame, added[0], hops)
    update = frame.step.after[parameter]
    if (whole := _added_to_part(frame, update)) is not None:
        return _multiplied(frame, int(whole), hops)  # `b[:] -= rate * gradient`
    scattered = frame.trace.arguments[update][-1] if frame.trace.operations[update] in WRITES else None
    if isinstance(scattered, Ref) and not frame.trace.operations[update].endswith(".at"):
        scattered = _added_to_part(frame, int(scattered))
    return _multiplied(frame, int(scattered), hops) if isinstance(scattered, Ref) else (1.0, 1.0)


def _added_to_part(frame: Frame, written: int) -> Ref | None:
    """What is added to a part of an array, or subtracted from it, before that is written back."""
    trace, arguments = frame.trace, frame.trace.arguments[written]
    if trace.operations[written] not in ("add", "subtract") or len(arguments) < 2:
        return None
    parts = [isinstance(a, Ref) and trace.operations[int(a)] in ("getitem", "view") for a in arguments[:2]]
    added = arguments[1] if parts[0] or trace.operations[written] == "subtract" else arguments[0]
    return added if any(parts) and isinstance(added, Ref) else None


def rate_within(frame: Frame, node: int) -> float:
    """The rates that a value was multiplied with when it was made."""
    return _multiplied(frame, node, HOPS)[0]


def _multiplied(frame: Frame, node: int, hops: int) -> tuple[float, float]:
    if node >= len(frame.trace):
        return 1.0, 1.0  # a value that is put in the place of a recorded one
    operation, arguments = frame.trace.operations[node], frame.trace.arguments[node]
    rates, counts = 1.0, 1.0
    if operation not in LINEAR or not hops or node in frame.given:
        return rates, counts  # a parameter is no rate, whatever its first value was made from
    for position, argument in enumerate(arguments[:2]):
        if isinstance(argument, Ref) and (
            int(argument) in frame.dependent or int(argument) in frame.given or frame.trace.shape(int(argument)) != ()
        ):
            # what scaled the data before the step is no rate of it
            made = int(argument) > frame.step.start
            rate, count = _multiplied(frame, int(argument), hops - 1) if made else (1.0, 1.0)
        else:
            rate, count = as_rate_and_count(frame, argument)
        if operation == "divide" and position == 1:
            rate, count = 1 / rate if rate else 1.0, 1 / count if count else 1.0
        rates, counts = rates * rate, counts * count
    return rates, counts


def as_rate_and_count(frame: Frame, argument: object) -> tuple[float, float]:
    """A constant as a product of rates and counts: `0.1 / 5` is the rate 0.1 and the count 1/5."""
    if isinstance(argument, Ref):
        node = int(argument)
        operation, arguments = frame.trace.operations[node], frame.trace.arguments[node]
        if operation in ("multiply", "divide") and len(arguments) == 2:
            (a, b), (c, d) = as_rate_and_count(frame, arguments[0]), as_rate_and_count(frame, arguments[1])
            if operation == "multiply":
                return a * c, b * d
            return (a / c if c else 0.0), (b / d if d else 0.0)
        made = frame.trace.values[node]
        if frame.trace.shape(node) != () or made is None or operation == "getitem":
            return 1.0, 1.0  # an element of the data is no rate
        argument = float(made)
    if isinstance(argument, bool) or not isinstance(argument, int | float):
        return 1.0, 1.0
    size = abs(float(argument))
    if size == round(size):
        return 1.0, max(size, 1.0)
    return size, 1.0

"""A number that an error is multiplied with on its way from layer to layer, though each move has a rate of its own."""

import math

from backproof.check.losses.before_move import standing
from backproof.check.losses.evidence import Evidence, same_factor
from backproof.check.losses.rates import LINEAR, as_rate_and_count, moving
from backproof.check.record.memory import Ref
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.kept import kept

_PRODUCTS = {"matmul", "dot", "outer", "einsum"}  # of what a layer was given and its error, or of an error and weights
_TURNED = {"transpose", "reshape", "ravel", "flatten", "view", "expand_dims"}


def by_scaled_error(holding: dict[int, Evidence], plain: list[int], frames: list[Frame]) -> list[int]:
    """Those of the `plain` parameters, whose factors differ from the others', that differ by a number which their error
    is multiplied with on its way from a later layer. A rate of their own stands nearer to their moves, behind the
    product with what their layer was given; there each move has another one."""
    others = [parameter for parameter in holding if parameter not in plain]
    shared = set.intersection(*({*evidence.factors} for evidence in holding.values()))
    if not others or not shared:
        return []
    frame = frames[number := min(shared)]
    ways = {parameter: _scalings(frame, parameter, evidence.handed) for parameter, evidence in holding.items()}
    in_errors = {site for way in ways.values() for site, _, behind_product in way if behind_product}
    if not in_errors:
        return []
    rates = {p: [rate for site, rate, _ in way if site not in in_errors] for p, way in ways.items()}
    scaled = {p: {site: rate for site, rate, _ in way if site in in_errors} for p, way in ways.items()}

    rest = {p: holding[p].factors[number] / math.prod(own) for p, own in rates.items() if own or holding[p].handed}

    def is_scaled(earlier: int, later: int) -> bool:
        own = math.prod(rate for site, rate in scaled[earlier].items() if site not in scaled[later])
        others = math.prod(rate for site, rate in scaled[later].items() if site not in scaled[earlier])
        differ = not same_factor(own, others) and same_factor(abs(rest[earlier] * others), abs(rest[later] * own))
        return differ and _is_before(frame, earlier, later)

    known = [parameter for parameter in others if parameter in rest]
    return [p for p in plain if p in rest and any(is_scaled(p, other) or is_scaled(other, p) for other in known)]


@kept
def _scalings(frame: Frame, parameter: int, handed: Key | None) -> set[tuple[int, float, bool]]:
    """The rates on the way back from a move to the loss: the site of each, and whether what it scales is an error: it
    goes into a product of arrays before it moves anything, and it is not what the layer was given."""
    found: set[tuple[int, float, bool]] = set()
    start = moving(frame, parameter) if handed is None else standing(frame, parameter, handed)
    stack = [] if start is None else [(start, False)]
    seen = {*stack}
    given = {_untransposed(frame, n) for reader in readers_ahead(frame, parameter) for n in frame.trace.inputs(reader)}
    while stack:
        node, behind_product = stack.pop()
        operation = frame.trace.operations[node]
        if operation not in LINEAR or node in frame.given:
            continue
        made = [n for n in frame.trace.inputs(node) if n > frame.step.start]
        if operation in ("multiply", "divide"):
            for position, argument in enumerate(frame.trace.arguments[node][:2]):
                computed = isinstance(argument, Ref) and int(argument) in made
                rate = 1.0 if computed else as_rate_and_count(frame, argument)[0]
                if rate not in (0.0, 1.0):
                    in_error = behind_product and given.isdisjoint(_untransposed(frame, n) for n in made)
                    rate = 1 / rate if operation == "divide" and position == 1 else rate
                    found.add((frame.trace.sites[node], rate, in_error))
        scaled = operation in _PRODUCTS or len([n for n in made if n in frame.dependent]) > 1
        further = [(n, behind_product or scaled) for n in made]
        stack += [each for each in further if each not in seen]
        seen.update(further)
    return found


def _untransposed(frame: Frame, node: int) -> int:
    while frame.trace.operations[node] in _TURNED and (inputs := frame.trace.inputs(node)):
        node = inputs[0]
    return node


def readers_ahead(frame: Frame, parameter: int) -> set[int]:
    """The operations of the forward pass that read a parameter as it was before the step."""
    start = frame.step.before.get(parameter)
    return set() if start is None else {*frame.training.readers[start]} & frame.forward


def _is_before(frame: Frame, parameter: int, other: int) -> bool:
    """Whether the network goes through a parameter on its way to another one."""
    return not readers_ahead(frame, parameter).isdisjoint(frame.ancestors(readers_ahead(frame, other), frame.forward))

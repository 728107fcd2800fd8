"""The perceptron's rule (Rosenblatt, 1958): a sample on the wrong side of a threshold moves the weights by itself,
times a rate, and a sample on the right side moves nothing.

That is the gradient of the perceptron criterion, the sum of |z| over the samples on the wrong side. The answer is a
whole number and so is its error, and no operation leads from the weights to their moves: what is seen are the moves,
and on which side of a threshold each output was.
"""

from backproof.check.cut.parameters import Training
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.evidence import TOLERANCE, Evidence, factor_and_residual
from backproof.check.losses.losses import Standard, is_scalar
from backproof.check.losses.match import Match
from backproof.check.losses.outputs import Pair, nodes_at
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import Tensor, real

_OF_LOSSES = ("log", "log2", "log10", "log1p", "logaddexp")
_LOOKED_AT = 80  # steps
_ENOUGH = 8  # of them that move something
_FEWEST = 2
_THRESHOLDS = (0.0, 0.5)
_OUTPUTS = 6  # places that may be the output


def by_the_rule(training: Training, found: Judgement) -> Judgement | None:
    """The judgement of a training that follows the rule; None if it does not.

    Args:
        found: what is known of it: another loss may be shown that asks for other moves.
    """
    rule = perceptron(training)
    if rule is None:
        return None
    frames, match = rule
    if not _is_another(found):
        return Judgement(training, frames, "right", match, matches=[match])
    return Judgement(training, frames, "other-loss", match, found.stated, found.kind, matches=[match])


def _is_another(found: Judgement) -> bool:
    """Whether a loss is shown that is one of the output itself, and not of the answer behind the threshold."""
    if found.stated is None or not found.stated.shown or all(m.loss != found.stated for m in found.matches):
        return False
    behind = (frame.ancestors(nodes_at(frame, found.stated.key), frame.dependent) for frame in found.frames)
    operations = found.training.trace.operations
    return any(operations[node] in _OF_LOSSES for nodes in behind for node in nodes)


def perceptron(training: Training) -> tuple[list[Frame], Match] | None:
    """Some steps, and that they follow the perceptron's rule; None if they do not, or if too few move something."""
    known = [n for n, step in enumerate(training.steps[:_LOOKED_AT]) if step.is_known]
    frames: list[Frame] = []
    moving = 0
    for number in known:
        frame = Frame(training, number)
        if any(_is_computed(frame, parameter) for parameter in frame.parameters):
            return None  # what moves is computed from the weights: that is another rule's
        frames.append(frame)
        moving += any(bool(move.any()) for move in frame.moves.values())
        if moving == _ENOUGH:
            break
    if moving < _FEWEST:
        return None
    first = frames[0]  # whose moves are made of elements of the weights, and of no output
    outputs = [node for node in sorted(first.forward - first.backward, reverse=True) if is_scalar(first, node)]
    keys = [first.key(node) for node in outputs]
    for key in list(dict.fromkeys(keys))[:_OUTPUTS]:
        if (found := _followed(frames, key)) is not None:
            return frames, found
    return None


def _is_computed(frame: Frame, parameter: int) -> bool:
    """Whether a move is computed from the parameters of the step."""
    added = frame.added(parameter)
    update = frame.step.after[parameter]
    nodes = [added[0]] if added is not None else [n for n in frame.trace.inputs(update) if n not in frame.given]
    parts = {"getitem", "view", "setitem", "setview", "add", "subtract"}  # of the weights, which are moved one by one
    return any(node in frame.dependent and frame.trace.operations[node] not in parts for node in nodes)


def _followed(frames: list[Frame], key: Key) -> Match | None:
    """What all steps say of an output, if they follow the rule: the criterion is |z| where something is moved."""
    found = Match(Standard("perceptron", Pair(key, True, alone=True)), {}, {})
    raised: list[float] = []
    lowered: list[float] = []
    rates: list[float] = []
    for number, frame in enumerate(frames):
        nodes = nodes_at(frame, key)
        output = real(frame.replay.value(nodes[-1])) if nodes else None
        slopes = frame.gradients(output.reshape(())) if output is not None and output.numel() == 1 else None
        if output is None or slopes is None or set(slopes) != set(frame.step.after):
            return None
        along = _along(frame.moves, slopes)
        if along is None:
            return None
        if along == 0.0:
            continue
        (raised if along > 0 else lowered).append(float(output.detach()))
        rates.append(abs(along))
        # a step that makes z greater descends -z
        found.gradients[number] = {p: -slope if along > 0 else slope for p, slope in slopes.items()}
        for parameter, slope in slopes.items():
            evidence = found.evidence.setdefault(parameter, Evidence())
            if bool(slope.any()):
                evidence.agreeing += 1
                evidence.factors[number] = -abs(along)
    one_rate = max(rates) - min(rates) <= 1e-6 * max(rates)
    # what is raised must be below the threshold, and what is lowered above it; mostly that is 0, or 0.5 for 0 and 1
    below, above = max(raised, default=_THRESHOLDS[0]), min(lowered, default=_THRESHOLDS[1])
    told = all(evidence.agreeing for evidence in found.evidence.values())
    return found if one_rate and told and below <= above else None


def _along(moves: dict[int, Tensor], slopes: dict[int, Tensor]) -> float | None:
    """By how much of an output's gradient all parameters are moved, 0 if none is; None if they are not."""
    factors: list[float] = []
    for parameter, slope in slopes.items():
        move = moves[parameter]
        if not bool(slope.any()):
            if bool(move.any()):
                return None
            continue
        factor, residual = factor_and_residual(move, slope) if bool(move.any()) else (0.0, 0.0)
        if residual > TOLERANCE:
            return None
        factors.append(factor)
    if not factors or max(factors) - min(factors) > 1e-6 * max(map(abs, factors), default=0.0):
        return None
    return factors[0]

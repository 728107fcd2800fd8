"""Whether moves are the gradient of no loss at all: whatever a loss makes of the outputs, its gradient is a combination
of the outputs' own gradients, and the same one for every parameter."""

import torch

from backproof.check.judge.leaning import is_plain
from backproof.check.losses.handed import candidates
from backproof.check.losses.pairs import Pair, output_nodes
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor, real

_STEPS = 3
_OUTPUTS = 64  # elements of all outputs at one step: of more it would take long, and tell little
_ELEMENTS = 500_000  # of all parameters, likewise
_NOTHING = 1e-5  # a singular value, of columns of length 1, that stands for zero
_TAKES_PART = 1e-3  # the part of a move in a combination that is nothing


def follow_no_loss(frames: list[Frame], met: list[Pair]) -> bool:
    """Whether moves are the gradient of no loss of the outputs that are held against targets, at all of the first
    steps, and neither is anything that they may be made of, as where there is inertia. What a penalty on the weights
    adds is no matter, and each parameter may have a rate of its own.

    The chain rule says so: the gradient of L(f(w)) is the transpose of f's Jacobian times the gradient of L by f. Some
    loss has the moves as its gradient if, for a vector v, this transpose times v is what moves every parameter, times a
    rate: if a combination of the Jacobian's rows and of every move is nothing.
    """
    first = frames[:_STEPS]
    return bool(first) and not any(frame.replay.opaque or _may_follow(frame, met) for frame in first)


def _may_follow(frame: Frame, met: list[Pair]) -> bool:
    """Whether the moves of one step may be the gradient of some loss, or are something else on purpose."""
    nodes = sorted({node for pair in met for node in output_nodes(frame, pair)})
    if not is_plain(frame, nodes):
        return True
    outputs = [made.reshape(-1) for node in nodes if (made := real(frame.replay.value(node))).requires_grad]
    elements = [element for output in outputs for element in output]
    starts = {parameter: frame.start(parameter) for parameter in frame.parameters}
    size = sum(start.numel() for start in starts.values())
    if not elements or len(elements) > _OUTPUTS or size > _ELEMENTS:
        return True
    rows = [
        torch.autograd.grad(element, list(starts.values()), retain_graph=True, allow_unused=True)
        for element in elements
    ]
    slopes = [
        [torch.zeros_like(s) if own is None else own for own, s in zip(row, starts.values(), strict=True)]
        for row in rows
    ]
    columns = [torch.cat([own.reshape(-1) for own in row]) for row in slopes]
    places: list[range] = []  # of the columns that are the moves of one parameter
    begin = 0
    for parameter, start in starts.items():
        own, rest = start.detach().reshape(-1), size - begin - start.numel()
        decay = _spread([own, own.sign()])
        moves = _spread(_moves(frame, parameter, nodes))
        if len(moves) == 0:
            return True  # it stands still, or it is not known what moves it
        places.append(range(len(columns) + len(decay), len(columns) + len(decay) + len(moves)))
        columns += [torch.nn.functional.pad(column, (begin, rest)) for column in (*decay, *moves)]
        begin += start.numel()
    matrix = torch.stack([column / (column.norm() or 1.0) for column in columns], dim=1)
    if len(columns) >= size:
        return True
    _, sizes, combinations = torch.linalg.svd(matrix, full_matrices=False)
    nothing = combinations[sizes <= _NOTHING]
    return all(float(nothing[:, list(place)].norm()) > _TAKES_PART for place in places)


def _moves(frame: Frame, parameter: int, outputs: list[int]) -> list[Tensor]:
    """The move of a parameter, and what it may be made of and that is computed from all the outputs that it is computed
    from: what is not is a term of it, as of the time step that it belongs to."""
    ends = set(outputs)
    behind = ends & frame.ancestors([frame.step.after[parameter]])
    with torch.no_grad():
        made = [
            real(frame.replay.value(node)).detach()
            for node in candidates(frame, parameter)
            if ends & frame.ancestors([node]) == behind
        ]
    values = [value.reshape(-1) for value in [frame.move(parameter), *made]]
    size = frame.start(parameter).numel()
    return [value for value in values if value.numel() == size and bool(torch.isfinite(value).all())]


def _spread(values: list[Tensor]) -> list[Tensor]:
    """As many directions as values point in, each of length 1."""
    known = [value / value.norm() for value in values if bool(value.any())]
    if not known:
        return []
    directions, sizes, _ = torch.linalg.svd(torch.stack(known, dim=1), full_matrices=False)
    return list(directions[:, sizes > _NOTHING].T)

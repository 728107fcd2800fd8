"""Whether moves are the gradient of no loss at all: whatever a loss makes of the outputs, its gradient is a combination
of the outputs' own gradients, and the same one for every parameter."""

from dataclasses import dataclass

import torch

from backproof.check.judge.leaning import is_plain
from backproof.check.losses.before_move import candidates
from backproof.check.losses.outputs import Pair, output_nodes
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor, real

_STEPS = 3
_OUTPUTS = 1000  # elements of all outputs at one step: of more it would take long, and tell little
_ELEMENTS = 1000  # of a parameter that are looked at: if they tell that there is no such loss, the others cannot help
_NUMBERS = 20_000_000  # of all outputs' gradients by what is looked at: more would take long
_WORK = 200_000_000  # of all outputs' gradients by all parameters, through which they go: more would take long
_NOTHING = 1e-5  # a singular value, of columns of length 1, that stands for zero
_AT_ONCE = 50  # outputs whose gradients are computed together: of more, what is in between would fill the memory
_TAKES_PART = 1e-3  # the part of a move in a combination that is nothing


@dataclass(frozen=True)
class _Part:
    """Some elements of a parameter: their slopes, a row for each output, and what decays and moves them."""

    slopes: Tensor
    decay: list[Tensor]
    moves: list[Tensor]


def follow_no_loss(frames: list[Frame], met: list[Pair]) -> bool:
    """Whether moves are the gradient of no loss of the outputs that are held against targets, at all of the first
    steps at which something moves, and neither is anything that they may be made of, as where there is inertia. What a
    penalty on the weights adds is no matter, and each parameter may have a rate of its own.

    The chain rule says so: the gradient of L(f(w)) is the transpose of f's Jacobian times the gradient of L by f. Some
    loss has the moves as its gradient if, for a vector v, this transpose times v is what moves every parameter, times a
    rate: if a combination of the Jacobian's rows and of every move is nothing.
    """
    first = [frame for frame in frames if any(bool(move.any()) for move in frame.moves.values())][:_STEPS]
    return bool(first) and not any(frame.replay.opaque or _may_follow(frame, met) for frame in first)


def _may_follow(frame: Frame, met: list[Pair]) -> bool:
    """Whether the moves of one step may be the gradient of some loss, or are something else on purpose."""
    nodes = sorted({node for pair in met for node in output_nodes(frame, pair) if node in frame.backward})
    found = [made.reshape(-1) for node in nodes if (made := real(frame.replay.value(node))).requires_grad]
    outputs = torch.cat(found) if found else torch.zeros(0)
    if not 0 < len(outputs) <= _OUTPUTS or not is_plain(frame, nodes):
        return True
    parts = _parts(frame, nodes, outputs)
    return parts is None or _are_explained(parts if frame.training.states else _together(parts))


def _parts(frame: Frame, nodes: list[int], outputs: Tensor) -> list[_Part] | None:
    """What is looked at of the parameters that move; None where it would take long, or none moves, or it is not known
    what moves one. Of large ones, those with the fewest elements: what no loss explains there, none explains.

    Args:
        outputs: the elements of the outputs, which are at some nodes.
    """
    sizes = {parameter: frame.start(parameter).numel() for parameter in frame.parameters}
    if len(outputs) * sum(sizes.values()) > _WORK:
        return None
    room = _NUMBERS // len(outputs)
    looked_at: list[int] = []
    for parameter in sorted((p for p in sizes if bool(frame.moves[p].any())), key=sizes.__getitem__):
        room -= sizes[parameter]
        if room >= 0:
            looked_at.append(parameter)
    starts = [frame.start(parameter) for parameter in looked_at]
    made_of = frame.made_of(nodes)
    moved = [_moves(frame, parameter, made_of) for parameter in looked_at]
    if not moved or not all(moved):
        return None
    looked = [torch.nonzero(moves[0])[:, 0] for moves in moved]
    looked = [at[:: len(at) // _ELEMENTS + 1] for at in looked]
    parts: list[_Part] = []
    for slopes, moves, start, at in zip(_slopes(outputs, starts, looked), moved, starts, looked, strict=True):
        own = start.detach().reshape(-1)[at]
        parts.append(_Part(slopes, [own, own.sign()], [move[at] for move in moves]))
    return parts


def _slopes(outputs: Tensor, starts: list[Tensor], looked: list[Tensor]) -> list[Tensor]:
    """The gradients of all outputs by the elements of each parameter that are looked at: a row for each output."""
    slopes: list[list[Tensor]] = [[] for _ in starts]
    each = torch.eye(len(outputs), dtype=outputs.dtype)
    for begin in range(0, len(outputs), _AT_ONCE):
        which = each[begin : begin + _AT_ONCE]
        found = torch.autograd.grad(outputs, starts, which, retain_graph=True, allow_unused=True, is_grads_batched=True)
        for rows, slope, start, at in zip(slopes, found, starts, looked, strict=True):
            none = torch.zeros(len(which), len(at), dtype=start.dtype)
            rows.append(none if slope is None else slope.reshape(len(which), -1)[:, at])
    return [torch.cat(rows) for rows in slopes]


def _are_explained(parts: list[_Part]) -> bool:
    """Whether a combination of the Jacobian's rows and of every move is nothing."""
    slopes = torch.cat([part.slopes for part in parts], dim=1)
    rows, size, begin = [*slopes], slopes.shape[1], 0
    places: list[range] = []  # of the rows that are what moves one part
    for part in parts:
        length, decay, moves = part.slopes.shape[1], _spread(part.decay), _spread(part.moves)
        first = len(rows) + len(decay)
        places.append(range(first, first + len(moves)))
        rows += [torch.nn.functional.pad(one, (begin, size - begin - length)) for one in (*decay, *moves)]
        begin += length
    matrix = torch.stack([row / (row.norm() or 1.0) for row in rows], dim=1)
    squares, combinations = torch.linalg.eigh(matrix.T @ matrix)
    nothing = combinations[:, squares <= _NOTHING**2]
    return all(float(nothing[list(place)].norm()) > _TAKES_PART for place in places)


def _together(parts: list[_Part]) -> list[_Part]:
    """Single numbers as one part, where there are several: their rate is the same one, and each alone says nothing."""
    single = [part for part in parts if part.slopes.shape[1] == 1]
    if len(single) < 2:
        return parts
    decay = [torch.cat(own) for own in zip(*(part.decay for part in single), strict=True)]
    both = _Part(torch.cat([part.slopes for part in single], dim=1), decay, [torch.cat([p.moves[0] for p in single])])
    return [*(part for part in parts if part.slopes.shape[1] > 1), both]


def _moves(frame: Frame, parameter: int, made_of: dict[int, int]) -> list[Tensor]:
    """The move of a parameter, and what it may be made of and that is computed from all the outputs that it is computed
    from: what is not is a term of it, as of the time step that it belongs to.

    Args:
        made_of: which outputs each node is computed from.
    """
    behind = made_of.get(frame.step.after[parameter], 0)
    with torch.no_grad():
        made = [
            real(frame.replay.value(node)).detach()
            for node in candidates(frame, parameter)
            if made_of.get(node, 0) == behind
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

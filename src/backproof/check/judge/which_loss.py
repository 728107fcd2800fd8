"""Which of the losses of a program its moves may follow: some are parts of others, or told at one step alone."""

import torch

from backproof.check.judge.judgement import Judgement
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual, shares_of
from backproof.check.losses.handed import loses_more
from backproof.check.losses.losses import ENTROPIES, Loss, Standard, Stated, ends
from backproof.check.losses.match import Match, penalised
from backproof.check.losses.outputs import nodes_at
from backproof.check.losses.sense import opposes
from backproof.check.record.trace import ABSOLUTE
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor

_SIZES = {
    "power", "square", "multiply", "divide", "absolute", "abs", "sqrt", "linalg.norm", "dot", "vdot", "inner", "sum",
    "pysum", "mean", "add", "getitem", "view", "reshape", "ravel", "transpose", "concatenate",
}  # fmt: skip
_OFTEN = 3  # steps at which a loss is told, of those that are judged


def may_count(base: Judgement, found: Match) -> bool:
    """Whether what holds about a loss may be what the verdict rests on."""
    frames, matches, spoken = base.frames, base.matches, base.stated
    if not found.holds or is_seldom(frames, found, matches, base.kind):
        return False
    told = next((m for m in matches if m.loss == spoken), None)
    if told is not None and opposes(found, told) and not _is_seen_descended(frames, found):
        return False  # minus what is stated, on its way there
    if _is_of_sizes(frames, found) and any(_is_part(frames, found, other) for other in matches):
        return False  # a penalty is no loss of its own
    if any(_is_of_one_branch(frames, found, other) for other in matches):
        return False  # nor is what is told in one branch of an `if` alone
    if told is not None and found is not told:
        misses = misses_penalties(frames, told) and not decays_apart(frames, told, found)
        if misses or _decays_otherwise(base, told, found):
            return False
    # where weights decay, too, and a loss is stated that may say itself how they do, that one counts
    decays = any(e.decay for e in found.evidence.values())
    apart = told is None or not told.holds
    if not decays or spoken is None or found.loss == spoken or not apart:
        return True
    if told is not None and len(told.gradients) == 1 and len(found.gradients) >= _OFTEN:
        return True  # what is told once an epoch does not say by how much each step's own rows decay
    return base.kind is not None and not penalised(frames, spoken)


def _is_seen_descended(frames: list[Frame], found: Match) -> bool:
    """Whether the moves themselves go down a loss, so that minus that loss is what is shown, as a bound from below; of
    those that an optimizer makes, the first one tells."""
    first, ways = min(found.gradients), list[bool]()
    for parameter, evidence in found.evidence.items():
        if evidence.handed is None:
            ways += [factor < 0 for factor in evidence.factors.values()]
        elif (gradient := found.gradients[first].get(parameter)) is not None and bool(gradient.any()):
            ways.append(float((frames[first].move(parameter) * gradient).sum()) < 0)
    return bool(ways) and all(ways)


def misses_penalties(frames: list[Frame], told: Match) -> bool:
    """Whether all follow what is stated but some parameters whose squares it holds: these decay by another share."""
    astray = {p for p in told.evidence if p not in told.right}
    return bool(told.right) and bool(astray) and astray <= penalised(frames, told.loss)


def decays_apart(frames: list[Frame], told: Match, found: Match) -> bool:
    """Whether the weights that do not follow what is told lose a share of themselves apart from the steps that an
    optimizer makes of a plain loss's gradient (Loshchilov and Hutter, Decoupled weight decay regularization, 2019)."""
    astray = {p: e for p, e in found.evidence.items() if p not in told.right}
    handed = all(e.handed is not None and e.factors for e in astray.values()) and bool(frames[0].training.states)
    return handed and all(
        loses_more(frames, p, e, apart=True) and not loses_more(frames, p, e) for p, e in astray.items()
    )


def shrinks_apart(frames: list[Frame], told: Match, found: Match) -> bool:
    """Whether the weights that do not follow what is told are shrunk by a soft threshold behind each step, and what is
    told beside the followed loss is the sum of their absolute values: a proximal step follows both (Beck and Teboulle,
    A fast iterative shrinkage-thresholding algorithm, 2009)."""
    astray = [p for p in found.evidence if p not in told.right]
    return bool(astray) and all(_is_shrunk(frames[0], p) and _asks_for_signs(frames, p, told, found) for p in astray)


def _is_shrunk(frame: Frame, parameter: int) -> bool:
    path = frame.training.chains[parameter].paths[-1]
    return any(frame.trace.operations[node] in ABSOLUTE for node in path)


def _asks_for_signs(frames: list[Frame], parameter: int, told: Match, plain: Match) -> bool:
    """Whether what is told asks for a plain loss's gradient and a share of a parameter's signs."""
    both = [n for n in told.gradients if n in plain.gradients and parameter in told.gradients[n]]
    rows = [(told.gradients[n], plain.gradients[n], frames[n].start(parameter).detach().sign()) for n in both]
    shared = [(wanted[parameter], own[parameter], signs) for wanted, own, signs in rows if bool(signs.any())]
    return bool(shared) and all(
        shares_of(wanted.reshape(-1), torch.stack([own.reshape(-1), signs.reshape(-1)], dim=1)) is not None
        for wanted, own, signs in shared
    )


def _decays_otherwise(base: Judgement, told: Match, found: Match) -> bool:
    """Whether weights lose a share of themselves beside the gradient of a plain loss, and the stated loss, which is
    that and their squares, asks for another share."""
    if not isinstance(found.loss, Standard) or base.kind not in (None, found.loss.kind):
        return False
    decaying = {p: found.evidence[p] for p in penalised(base.frames, told.loss) if p in found.evidence}
    handed = bool(decaying) and all(evidence.handed is not None and evidence.factors for evidence in decaying.values())
    return handed and all(
        loses_more(base.frames, p, evidence) and _asks_for_a_share(base.frames, p, told, found)
        for p, evidence in decaying.items()
    )


def _asks_for_a_share(frames: list[Frame], parameter: int, told: Match, plain: Match) -> bool:
    """Whether what is told asks for a plain loss's gradient and a share of a parameter, perhaps without the biases that
    stand in its first row or column: of other samples it does not."""
    both = (n for n in told.gradients if n in plain.gradients and parameter in told.gradients[n])
    shared = [n for n in both if bool(frames[n].start(parameter).any())]
    return bool(shared) and all(
        _has_share(told.gradients[n][parameter], plain.gradients[n][parameter], frames[n].start(parameter).detach())
        for n in shared
    )


def _has_share(wanted: Tensor, own: Tensor, weights: Tensor) -> bool:
    """Whether a gradient is another one and a share of the weights, in whatever shares."""
    parts: list[tuple[slice, ...]] = [(), (slice(1, None),)] if weights.ndim else [()]
    parts += [(slice(None), slice(1, None))] if weights.ndim == 2 else []
    rows = ([each[part].reshape(-1) for each in (wanted, own, weights)] for part in parts)
    return any(shares_of(made, torch.stack(terms, dim=1)) is not None for made, *terms in rows)


def _asks_alike(one: Match, other: Match, number: int) -> bool:
    """Whether two losses ask for the same moves at a step, but for one factor each."""
    first, second = one.gradients.get(number, {}), other.gradients.get(number, {})
    return first.keys() == second.keys() and all(
        factor_and_residual(first[parameter], second[parameter])[1] <= TOLERANCE for parameter in first
    )


def is_seldom(frames: list[Frame], found: Match, matches: list[Match], kind: str | None) -> bool:
    """Whether a loss that is computed at few of the steps holds there, and the same loss, or what it sums up, does not
    at the other steps."""
    if isinstance(found.loss, Standard) and {found.loss.kind, kind} == ENTROPIES:
        # of samples with the target 1, one entropy is the other: the steps with others tell which it is
        told = (m for m in matches if isinstance(m.loss, Standard) and m.loss.kind == kind)
        if any(len(other.gradients) > len(found.gradients) and not other.holds for other in told):
            return True
    if len(found.gradients) > 1:
        return any(_is_told_of_some(frames, found, other) for other in matches)
    (number,) = found.gradients
    known = found.loss.kind if isinstance(found.loss, Standard) else kind
    behind: set[int] = set()
    if isinstance(found.loss, Stated):
        behind = frames[number].ancestors(nodes_at(frames[number], found.loss.key), frames[number].forward)
    for other in matches:
        if len(other.gradients) < _OFTEN or other.holds:
            continue
        if len(found.evidence) == 1 and isinstance(other.loss, Stated) and other.loss.shown and other.unsteady:
            return True  # of one parameter, every loss of one output is a multiple at a single step
        if isinstance(found.loss, Stated) and is_beside(frames, found, other):
            return True  # a measure of the same errors has their gradient at one step, by whatever factor
        if not other.right and not _asks_alike(found, other, number):
            continue
        if isinstance(other.loss, Standard):
            same = other.loss.kind == known
        else:
            same = any(node in behind for node in nodes_at(frames[number], other.loss.key))
        if same:
            return True
    return False


def _is_told_of_some(frames: list[Frame], found: Match, other: Match) -> bool:
    """Whether a loss is computed from another one at some of the steps, and asks for the same there: as a mean that is
    told behind each pass over the samples depends on the last one of them alone, while the others do not follow theirs.
    """
    both = isinstance(found.loss, Stated) and isinstance(other.loss, Stated)
    if (
        not both
        or other.follows
        or len(other.gradients) < _OFTEN
        or not found.gradients.keys() < other.gradients.keys()
    ):
        return False
    return all(_asks_alike(found, other, number) for number in found.gradients) and _is_part(frames, other, found)


def is_beside(frames: list[Frame], found: Match, told: Match) -> bool:
    """Whether a loss that is told at one step alone is computed from the outputs, or the errors, that another one is
    computed from, which is shown, told at most steps, and not followed."""
    if not (isinstance(told.loss, Stated) and isinstance(found.loss, Stated) and told.loss.shown):
        return False
    if told.holds or len(told.gradients) < _OFTEN:
        return False
    for frame in frames:
        ends = [nodes_at(frame, loss.key) for loss in (found.loss, told.loss)]
        one, other = (frame.ancestors(nodes, frame.forward) for nodes in ends)
        if both := one & other:
            made = frame.ancestors([max(both)])
            read = made | {earlier for node in made for earlier in frame.trace.inputs(node)}
            return all(frame.step.before[parameter] in read for parameter in told.evidence)
    return False


def _is_penalty(frames: list[Frame], part: Match, whole: Match) -> bool:
    """Whether a stated loss is only a part of another, and the one that does not depend on all the parameters."""
    return len(part.reached) < len(whole.reached) and _is_part(frames, part, whole)


def follows_one_branch(frames: list[Frame], best: Match, matches: list[Match]) -> bool:
    """Whether all follow what one branch of an `if` adds to a loss, at several steps, and not the whole of it."""
    parts = (m for m in matches if isinstance(m.loss, Stated) and m.holds and len(m.gradients) > 1)
    return any(_is_of_one_branch(frames, part, best) and _adds_to(frames, part.loss, best.loss) for part in parts)


def _adds_to(frames: list[Frame], part: Loss, whole: Loss) -> bool:
    """Whether a loss is computed from another one at a step at which both are told."""
    told = [(frame, ends(frame, part), ends(frame, whole)) for frame in frames]
    return any(not frame.ancestors(of, frame.forward).isdisjoint(own) for frame, own, of in told if own and of)


def _is_of_one_branch(frames: list[Frame], found: Match, other: Match) -> bool:
    """Whether another loss, to which one branch of an `if` or another adds, is told at more steps."""
    both = isinstance(other.loss, Stated) and other.loss.key in frames[0].training.branches
    return both and found.gradients.keys() < other.gradients.keys()


def _is_part(frames: list[Frame], part: Match, whole: Match) -> bool:
    """Whether one stated loss is only a part of another."""
    if not isinstance(part.loss, Stated) or not isinstance(whole.loss, Stated) or part.loss == whole.loss:
        return False
    for frame in frames:
        ends = nodes_at(frame, whole.loss.key)
        if ends:  # a loss may be computed at a few of the steps only
            behind = frame.ancestors(ends, frame.forward)
            return any(node in behind for node in nodes_at(frame, part.loss.key)[-1:])
    return False


def _is_of_sizes(frames: list[Frame], found: Match) -> bool:
    """Whether a stated loss is computed from the parameters by squares, sizes and sums alone, so that it holds nothing
    against targets."""
    frame = frames[next(iter(found.gradients))]
    if not isinstance(found.loss, Stated):
        return False
    nodes = frame.ancestors(nodes_at(frame, found.loss.key), frame.forward)
    return all(frame.trace.operations[node] in _SIZES for node in nodes)


def best_match(frames: list[Frame], matches: list[Match], spoken: Stated | None, kind: str | None) -> Match | None:
    """The loss that most parameters follow; of those, the one that the program states. What follows only a part of it,
    and then gets something more, follows nothing if the stated loss tells itself what is to be added."""
    # what holds at one step alone says nothing of what is wrong at the others
    matches = [m for m in matches if not (m.holds and is_seldom(frames, m, matches, kind))] or matches
    matches = [m for m in matches if not any(_is_penalty(frames, m, other) for other in matches)]
    matches = [m for m in matches if not any(_is_of_one_branch(frames, m, other) for other in matches)]
    if not matches:
        return None
    most = max(len(found.gradients) for found in matches)
    # what is told now and then, of other data, asks for nothing at the other steps
    asks = any(found.loss == spoken and 2 * len(found.gradients) >= most for found in matches)
    decaying = penalised(frames, spoken) if spoken is not None and asks else set()

    def score(found: Match) -> tuple[float, ...]:
        told = found.loss == spoken or (isinstance(found.loss, Standard) and found.loss.kind == kind)
        likely = isinstance(found.loss, Standard) and found.loss.kind in ("squared", "binary", "categorical")
        often = 2 * len(found.gradients) >= most  # what is only computed now and then may be of other data
        part = decaying if found.loss != spoken else set()
        right = [p for p in found.right if not (p in part and (found.evidence[p].decay or found.evidence[p].handed))]
        # a single number is a multiple of every other, at one step or where it may be handed on: only more than one
        # of them tell something
        numbers = not any(g[p].numel() > 1 for g in found.gradients.values() for p in right if p in g)
        handed = all(found.evidence[p].handed is not None for p in right)
        little = numbers and bool(right) and (len(found.gradients) == 1 < most or handed)
        asked = [(p, gradient) for each in found.gradients.values() for p, gradient in each.items()]
        tells = bool(right) or any(gradient.numel() > 1 for _, gradient in asked)
        return (
            len(right) - little,
            float(told),
            float(often),
            float(found.follows and tells),
            float(found.loss == spoken),
            found.parallel * tells,  # though by another factor
            float(likely),
            0 if tells else len({parameter for parameter, gradient in asked if bool(gradient.any())}),
        )

    return max(matches, key=score)

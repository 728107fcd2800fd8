"""Whether the loss that is stated is computed from the network that is trained: from all of its parameters."""

import torch

from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.consistency.recognised import parameter_names
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import Standard
from backproof.check.losses.outputs import Pair, nodes_at, output_nodes, outputs
from backproof.check.losses.pairs import pairs
from backproof.check.replay.drawn import is_drawn_anew
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor
from backproof.check.replay.values import Reading

_MANY = 5  # targets that are the same by no chance
_PLAINLY = 0.01  # beside the largest output: more than what keeps a probability from 0 does


def other_cost(judgement: Judgement, reading: Reading, name: str) -> Inconsistency | None:
    """A stated loss of the kind that training descends, and of the same targets, that does not depend on all that is
    trained by it, or that has other outputs: its network is another one. None if there is none."""
    found, spoken = judgement.match, judgement.stated
    if found is None or spoken is None or not isinstance(found.loss, Standard) or judgement.kind != found.loss.kind:
        return None
    told = next((match for match in judgement.matches if match.loss == spoken), None)
    if told is None:
        return None
    missing = found.reached - told.reached
    both = sorted(found.gradients.keys() & told.gradients.keys())
    if not both:
        return None
    seldom = 2 * len(told.gradients) < len(found.gradients)  # what is computed now and then may be of other data
    frame = judgement.frames[both[0]]
    behind = frame.ancestors(nodes_at(frame, spoken.key), frame.forward)
    for pair in pairs([frame]):
        made = [node for node in output_nodes(frame, pair) if node in behind]
        if not made:
            continue
        less = bool(missing) and not seldom and _have_same_targets(frame, pair, found.loss.pair)
        if not less and not _differ(frame, pair, found.loss.pair):
            continue
        site = frame.trace.sites[made[0]]
        if site < 0 or reading.sites.files[site] != name:
            continue
        text = reading.text_at(site)
        if less:
            names = parameter_names(frame, reading)
            nodes = [frame.step.before[parameter] for parameter in sorted(missing)]
            left = " and ".join(f"`{names[node]}`" for node in nodes if node in names)
            why = f"`{text}` does not depend on {left or 'all that is trained'}."
        else:
            why = f"`{text}` gives other values for the same targets."
        reason = f"The stated loss is of another network than the one that is trained: {why}"
        return Inconsistency(reading.sites.sites[site].line, text, "loss", reason)
    return None


def _differ(frame: Frame, one: Pair, other: Pair) -> bool:
    """Whether two sets of outputs that are held against the very same targets are plainly not the same."""
    first, second = outputs(frame, one), outputs(frame, other)
    if one.key == other.key or len(first) != 1 or len(second) != 1 or _has_noise(frame):
        return False
    if _read(frame, one) != _read(frame, other):
        return False  # what is trained in turns had moved on between the two
    (made, targets), (trained, same) = first[0], second[0]
    alike = made.shape == trained.shape and targets.shape == same.shape and targets.numel() >= _MANY
    if not alike or not bool(torch.equal(targets, same)) or bool((targets == targets.flatten()[0]).all()):
        return False
    scale = float(trained.detach().abs().max())
    return float((made - trained).detach().abs().max()) > _PLAINLY * scale


def _read(frame: Frame, pair: Pair) -> set[int]:
    """The values of parameters that outputs are computed from."""
    versions = {version for chain in frame.training.chains for version in chain.versions}
    stack, seen, found = output_nodes(frame, pair), set[int](), set[int]()
    while stack:
        node = stack.pop()
        if node in versions:
            found.add(node)
        elif node not in seen:
            seen.add(node)
            stack += frame.trace.inputs(node)
    return found


def _has_noise(frame: Frame) -> bool:
    """Whether something is drawn for this step alone, or normalised by the batch: what is told may be without that."""
    given = {earlier for node in frame.forward for earlier in frame.trace.inputs(node)}
    normalised = any(frame.trace.operations[node] in ("var", "std") for node in frame.forward)
    return normalised or any(is_drawn_anew(frame, node) for node in given)


def _have_same_targets(frame: Frame, one: Pair, other: Pair) -> bool:
    first, second = _targets(frame, one), _targets(frame, other)
    return first.shape == second.shape and bool(torch.equal(first, second))


def _targets(frame: Frame, pair: Pair) -> Tensor:
    """All targets that outputs meet at a place, in order of size."""
    met = [target.flatten() for _, target in outputs(frame, pair)]
    return torch.sort(torch.cat(met)).values if met else torch.zeros(0)

"""Whether the loss that is stated is computed from the network that is trained: from all of its parameters."""

import torch

from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.consistency.recognised import parameter_texts
from backproof.check.frame import Frame
from backproof.check.judgement import Judgement
from backproof.check.losses import Standard
from backproof.check.operations import Tensor
from backproof.check.pairs import Pair, nodes_at, output_nodes, outputs, pairs
from backproof.check.values import Reading


def other_cost(judgement: Judgement, reading: Reading, name: str) -> Inconsistency | None:
    """A stated loss of the kind that training descends, and of the same targets, that does not depend on all that is
    trained by it: its network is another one. None if there is none."""
    found, spoken = judgement.match, judgement.stated
    if found is None or spoken is None or not isinstance(found.loss, Standard) or judgement.kind != found.loss.kind:
        return None
    told = next((match for match in judgement.matches if match.loss == spoken), None)
    if told is None or 2 * len(told.gradients) < len(found.gradients):
        return None  # what is computed now and then may be of other data
    missing = found.reached - told.reached
    both = sorted(found.gradients.keys() & told.gradients.keys())
    if not missing or not both:
        return None
    frame = judgement.frames[both[0]]
    behind = frame.ancestors(nodes_at(frame, spoken.key), frame.forward)
    for pair in pairs([frame]):
        made = [node for node in output_nodes(frame, pair) if node in behind]
        if not made or not _have_same_targets(frame, pair, found.loss.pair):
            continue
        site = frame.trace.sites[made[0]]
        if site < 0 or reading.sites.files[site] != name:
            continue
        names = {node: text for text, node in reversed(parameter_texts(frame, reading).items())}
        nodes = [frame.step.before[parameter] for parameter in sorted(missing)]
        left = " and ".join(f"`{names[node]}`" for node in nodes if node in names)
        expression = reading.expression(site)
        text = reading.segment(site, expression) if expression is not None else ""
        reason = (
            f"The stated loss is of another network than the one that is trained: `{text}` does not depend on"
            f" {left or 'all that is trained'}."
        )
        return Inconsistency(reading.sites.sites[site].line, text, "loss", reason)
    return None


def _have_same_targets(frame: Frame, one: Pair, other: Pair) -> bool:
    first, second = _targets(frame, one), _targets(frame, other)
    return first.shape == second.shape and bool(torch.equal(first, second))


def _targets(frame: Frame, pair: Pair) -> Tensor:
    """All targets that outputs meet at a place, in order of size."""
    met = [target.flatten() for _, target in outputs(frame, pair)]
    return torch.sort(torch.cat(met)).values if met else torch.zeros(0)

"""Whether moves are meant to be a gradient: they are computed from outputs that are held against targets."""

from backproof.check.losses.outputs import Pair, nodes_at, target_nodes
from backproof.check.replay.frame import Frame


def uses_error(frames: list[Frame], met: list[Pair], *, moving: bool = False) -> bool:
    """Whether every move is computed from output held against targets: it is meant to be a gradient of a loss.

    Args:
        moving: whether a parameter that stands still at a step is not asked there.
    """
    for frame in frames:
        ends = {node for pair in met for node in nodes_at(frame, pair.key) if node in frame.backward}
        asked = [p for p in frame.parameters if not moving or bool(frame.moves[p].any())]
        made = frame.made_of(ends)
        if not all(made.get(frame.step.after[parameter]) for parameter in asked):
            return False
    return True


def uses_targets(frames: list[Frame], met: list[Pair]) -> bool:
    """Whether every move is computed from targets that outputs are held against, if not from these."""
    for frame in frames:
        targets = {node for pair in met for node in target_nodes(frame, pair)}
        for parameter in frame.parameters:
            way = frame.ancestors([frame.step.after[parameter]])
            if not any(targets.intersection(frame.trace.inputs(node)) for node in way):
                return False
    return True

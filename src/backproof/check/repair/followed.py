"""The steps of a wrong program in which gradients can be written anew, and what these should be."""

from collections.abc import Sequence

from backproof.check.judge.judgement import Judgement
from backproof.check.locate.aim import Aim
from backproof.check.locate.following import Following
from backproof.check.repair.chain_rule import Values
from backproof.check.replay.frame import Frame


def followed(judgement: Judgement, most: int) -> Following | None:
    """Some steps, as they were recorded; None where an optimizer is at fault, or not all is moved at every one of them.

    Args:
        most: how many steps.
    """
    if judgement.match is None or judgement.frames[0].moved is not None:
        return None
    following = Following(judgement, most)
    if following.faulty or not following.frames or not following.aims:
        return None
    all_of_them = {*following.frames[0].parameters}
    return None if any(all_of_them - {*frame.parameters} for frame in following.frames) else following


def gradients_by(aim: Aim, frames: Sequence[Frame], parameter: int) -> Values:
    """The gradient by a parameter at each step; empty where it is not known at one."""
    nodes = [frame.step.before.get(parameter) for frame in frames]
    found = [aim.true(number).get(node) for number, node in enumerate(nodes) if node is not None]
    values = tuple(one.detach() for one in found if one is not None)
    return values if len(values) == len(frames) else ()

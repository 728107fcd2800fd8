"""What the turns of a loop compute and overwrite: gradients of single samples of which only the last one's is left."""

import ast
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import computed_from
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading
from backproof.check.syntax import parsed

_TURNS = 3  # at least, in a step
_WHY = (
    "`{0}` gets another value at every turn of the loop, and nothing reads the one before: of the gradients of {1}"
    " samples only the last one's moves a parameter. Added up (`+=`) they would all count."
)


def overwritten(judgement: Judgement, reading: Reading, name: str) -> list[Inconsistency]:
    """The lines whose value moves a parameter after the last turn of a loop alone, though every turn has another."""
    frames = [frame for frame in judgement.frames if frame.parameters]
    if judgement.match is None or not frames:
        return []
    at = [dict(_lost(frame, judgement)) for frame in frames]
    compared = _compared(reading.texts[name]) if at[0] else set()
    found: dict[int, Inconsistency] = {}
    for site in at[0]:
        target, expression = reading.target(site), reading.expression(site)
        if (
            target is None
            or expression is None
            or reading.sites.files[site] != name
            or target in compared
            or not all(site in lost for lost in at)
        ):
            continue
        line = reading.sites.sites[site].line
        text = f"{target} = {reading.segment(site, expression)}"
        found[line] = Inconsistency(line, text, "overwrite", _WHY.format(target, at[0][site]))
    return [found[line] for line in sorted(found)]


def _compared(text: str) -> set[str]:
    """What a file compares with something: a number may be read so, at every turn, and go nowhere."""
    return {
        ast.unparse(part)
        for node in ast.walk(parsed(text))
        if isinstance(node, ast.Compare)
        for part in ast.walk(node)
        if isinstance(part, ast.Name | ast.Attribute | ast.Subscript)
    }


def _lost(frame: Frame, judgement: Judgement) -> Iterator[tuple[int, int]]:
    """The places of a step's way back at which each turn makes another value and only the last one is read, with the
    number of turns."""
    trace = frame.trace
    assert judgement.match is not None
    back = frame.backward - computed_from(frame, judgement.match.loss)
    nodes: dict[tuple[int, int], list[int]] = defaultdict(list)
    for node in sorted(frame.dependent):
        if node > frame.step.start:
            nodes[frame.key(node)].append(node)
    for (site, _), turns in nodes.items():
        if site < 0 or len(turns) < _TURNS or turns[-1] not in back:
            continue
        if any(frame.training.readers[node] or node in back for node in turns[:-1]):
            continue
        values = [trace.values[node] for node in turns]
        if all(value is not None for value in values) and not all(np.array_equal(values[0], v) for v in values[1:]):
            yield site, len(turns)

"""Gives gradients that are right but for a factor of their own the factor of the others, where it is known what to
multiply them with for that."""

import ast
from collections.abc import Iterator, Mapping
from itertools import islice

from backproof.check.edits import Editor
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.strays import stray_keys
from backproof.check.losses.evidence import is_steady
from backproof.check.losses.truths import Truths
from backproof.check.record.trace import Sites
from backproof.check.repair.derived import known_terms
from backproof.check.repair.placing import Row
from backproof.check.repair.scales import Scales
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading, values_by_text

_COST = 1.9
_TEXTS = 5  # for one place


def rescaled(
    judgement: Judgement, texts: Mapping[str, str], editors: Mapping[str, Editor], sites: Sites
) -> Iterator[Row]:
    """The edits that multiply or divide a gradient by a number that gives it the factor of those that are right."""
    found, frames = judgement.match, judgement.frames
    if found is None or not found.strays or not found.follows or not found.right:
        return
    ratios = {p: r for p in found.strays if (r := _ratio(judgement, p)) is not None}
    frame, reading = frames[0], Reading(texts, sites)
    places: list[tuple[int, float]] = []
    if ratios and is_steady([*ratios.values()]):
        keys, shared = stray_keys(judgement, sites), next(iter(ratios.values()))
        first = (next((n for n in sorted(frame.backward) if frame.key(n) == key), None) for key in keys)
        places += [(node, shared) for node in first if node is not None]
    multiples = Truths([frame], found.loss).multiples(0, frame) if len(ratios) > 1 or not places else {}
    for parameter, ratio in ratios.items():
        own = (n for n in sorted(frame.backward) if frame.reached[n] == {parameter} and n in multiples)
        places += [(node, ratio) for node in islice(own, 1)]
    for node, ratio in dict.fromkeys(places):
        yield from _scaled(frame, reading, editors, node, ratio)


def _ratio(judgement: Judgement, parameter: int) -> float | None:
    """What a parameter's moves are to be multiplied with to have the factor of the right ones; None if it is another
    number at other steps."""
    assert judgement.match is not None
    evidence = judgement.match.evidence
    usual = next((evidence[p].factors for p in judgement.match.right if evidence[p].factors), {})
    ratios = [usual[n] / f for n, f in evidence[parameter].factors.items() if n in usual and f]
    return ratios[0] if ratios and is_steady(ratios) else None


def _scaled(frame: Frame, reading: Reading, editors: Mapping[str, Editor], node: int, ratio: float) -> Iterator[Row]:
    site = frame.trace.sites[node]
    file = reading.sites.files[site] if site >= 0 else ""
    statement = editors[file].statement_at(reading.sites.sites[site].line) if file in editors else None
    expression = reading.expression(site)
    if statement is None or not isinstance(expression, ast.expr):
        return
    editor = editors[file]
    known = known_terms(frame, reading, editor, statement, node, values_by_text(frame, reading, node))
    shapes = {term.text: tuple(term.value.shape) for term in known}
    scales = Scales.at(frame, reading, editor, statement, node, shapes)
    own = editor.alike(expression)
    for text, cost in scales.found(ratio)[:_TEXTS]:
        made = editor.bracketed(own, f"{editor.atom(own)} {text}")
        edit = editor.replace(own, made, "missing factor", _COST + cost)
        yield Row(edit.cost, file, edit, statement)

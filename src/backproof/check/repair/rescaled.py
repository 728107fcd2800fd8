"""Gives gradients that are right but for a factor of their own the factor of the others, where it is known what to
multiply them with for that."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from backproof.check.edits import Edit, Editor
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.locate import Suspicion
from backproof.check.locate.strays import stray_keys
from backproof.check.losses.before_move import added_to, update_path
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
_SCALED = ("multiply", "divide", "negative")
_DEEP = 3  # products within each other
_OUTER = 0.05  # how much unlikelier a factor lacks where something is made of the gradient


def rescaled(
    judgement: Judgement, suspicion: Suspicion, texts: Mapping[str, str], editors: Mapping[str, Editor], sites: Sites
) -> Iterator[tuple[Row, float]]:
    """The edits that multiply or divide a gradient by a number that gives it the factor of those that are right; each
    with what is gained by it where no look at how values go on can tell: no parameter goes into that gradient."""
    ratios, reading, following = _ratios(judgement), Reading(texts, sites), suspicion.following
    places = _places(judgement, ratios, sites)
    for node, ratio in dict.fromkeys(places):
        yield from ((row, 0.0) for row in _scaled(judgement.frames[0], reading, editors, node, ratio))
    if places or following is None:
        return
    for parameter, ratio in ratios.items():
        gain = following.most if len(ratios) == 1 else 1.0
        for rank, node in enumerate(_of_data(judgement.frames[0], parameter)):
            rows = [*_scaled(judgement.frames[0], reading, editors, node, ratio)]
            named = [row for row in rows if not row.edit.text[-1].isdigit()]  # what a loss has a name for
            yield from ((replace(row, score=row.score + _OUTER * rank), gain) for row in named or rows)


def _ratios(judgement: Judgement) -> dict[int, float]:
    """What the moves of those parameters are to be multiplied with that follow their gradients but for a factor, where
    that is all that is wrong."""
    found = judgement.match
    if found is None or not judgement.frames or not found.strays or not found.follows or not found.right:
        return {}
    moved = (p for p in found.strays if p in judgement.frames[0].step.after)  # not all are at every step
    return {p: r for p in moved if (r := _ratio(judgement, p)) is not None}


def _places(judgement: Judgement, ratios: Mapping[int, float], sites: Sites) -> list[tuple[int, float]]:
    """The nodes that may be multiplied, each with the number by which."""
    found = judgement.match
    if found is None or not ratios:
        return []
    frame = judgement.frames[0]
    places: list[tuple[int, float]] = []
    if is_steady([*ratios.values()]):
        keys, shared = stray_keys(judgement, sites), next(iter(ratios.values()))
        first = (next((n for n in sorted(frame.backward) if frame.key(n) == key), None) for key in keys)
        places += [(node, shared) for node in first if node is not None]
    multiples = Truths([frame], found.loss).multiples(0, frame) if len(ratios) > 1 or not places else {}
    for parameter, ratio in ratios.items():
        own = (n for n in sorted(frame.backward) if frame.reached[n] == {parameter} and n in multiples)
        places += [(node, ratio) for node in islice(own, 1)]
    moved = {node for parameter in ratios for node in update_path(frame, parameter)}
    return [(node, ratio) for node, ratio in places if node not in moved]


def _ratio(judgement: Judgement, parameter: int) -> float | None:
    """What a parameter's moves are to be multiplied with to have the factor of the right ones; None if it is another
    number at other steps."""
    assert judgement.match is not None
    evidence = judgement.match.evidence
    usual = next((evidence[p].factors for p in judgement.match.right if evidence[p].factors), {})
    ratios = [usual[n] / f for n, f in evidence[parameter].factors.items() if n in usual and f]
    return ratios[0] if ratios and is_steady(ratios) else None


def _of_data(frame: Frame, parameter: int) -> list[int]:
    """What moves a parameter, where no parameter goes into that, as a label moves the bias of a hinge: what it is made
    of comes first."""
    trace, found = frame.trace, added_to(frame, parameter)
    for node in found:
        if node not in frame.dependent and trace.operations[node] in _SCALED:
            found += [n for n in trace.inputs(node) if n not in found]
    made = (n for n in reversed(found) if n not in frame.dependent and trace.operations[n] in _SCALED)
    return [*islice(made, _DEEP)]


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
        made = editor.bracketed(own, f"{editor.first_factor(own)} {text}")
        edit = _without(editor, own, text) or editor.replace(own, made, "missing factor", _COST)
        yield Row(edit.cost + cost, file, edit, statement)


def _without(editor: Editor, part: ast.expr, scale: str) -> Edit | None:
    """The edit of the product that something is a part of, which leaves out a factor by which that is to be divided;
    None if it has no such factor."""
    whole: ast.expr = part
    while isinstance(above := editor.parents.get(whole), ast.BinOp) and isinstance(above.op, ast.Mult):
        whole = above
    divides, _, name = scale.partition(" ")
    for node in ast.walk(whole) if divides == "/" else ():
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and editor.segment(node.right) == name:
            return editor.replace(node, editor.segment(node.left), "extra factor", _COST)
    return None

"""Old values for all that is read too early in a step, by one edit: what several lines read of a parameter, or what a
name shows of one."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.kept_before import forms_of, gone_through, is_set_between, parameters_within
from backproof.check.edits.old_values import LOOPS, free_name
from backproof.check.edits.tree import first_of, target_of, whole_of

_COST = 1.9
_SOONER = 0.1  # how much likelier it is that all are meant as they were than that one is


def kept_together(editor: Editor, reads: Sequence[ast.expr], moves: Sequence[ast.stmt]) -> Iterator[Edit]:
    """The edits by which several expressions read what something was before a step moved it.

    Args:
        reads: the expressions that read a parameter too early, or are made of one.
        moves: the statements that move what they read, in the order of their lines; those of the same file.
    """
    yield from _names_copied(editor, reads)
    together: dict[str, dict[ast.expr, int]] = defaultdict(dict)  # with the line that reads it
    for read in reads:
        for node in parameters_within(read):
            base = gone_through(editor, whole_of(node))
            if isinstance(base, ast.Name | ast.Attribute | ast.Call):
                together[editor.segment(base)].setdefault(base, read.lineno)
    found: list[list[_Kept]] = []
    for text, bases in together.items():
        if len({editor.scope(base) for base in bases}) == 1:
            found.append(list(_all_kept(editor, text, bases, moves)))
    for several in found:
        yield from (editor.at_places(k.places, k.line, "old value", _COST + k.later, k.says) for k in several)
    if len(found) > 1 and all(found):  # all of them at once
        for kept in (several[:1] for several in found), (several[1:2] or several[:1] for several in found):
            each = [one for ones in kept for one in ones]
            places = [place for one in each for place in one.places]
            says = "; ".join(one.says for one in each)
            yield editor.at_places(places, min(one.line for one in each), "old value", _COST - _SOONER, says)


@dataclass(frozen=True)
class _Kept:
    """What is written where to keep an old value, the line that it is about, and how unlikely it is beside others."""

    places: list[tuple[int, int, str]]
    line: int
    says: str
    later: float


def _names_copied(editor: Editor, reads: Sequence[ast.expr]) -> Iterator[Edit]:
    """A copy wherever a name is given a part of an array, which shows what is written into the array later."""
    names = {read.id: read for read in reads if isinstance(read, ast.Name)}
    for name, read in names.items():
        shown = [
            node.value
            for node in ast.walk(editor.scope(read))
            if isinstance(node, ast.Assign)
            and isinstance(target := target_of(node), ast.Name)
            and target.id == name
            and isinstance(node.value, ast.Name | ast.Attribute | ast.Subscript)
        ]
        if shown:
            places = [(end, end, ".copy()") for _, end in map(editor.span, shown)]
            says = f"`{name}` is meant as it was when it was set"
            yield editor.at_places(places, min(value.lineno for value in shown), "copy", _COST, says)


def _all_kept(editor: Editor, text: str, bases: Mapping[ast.expr, int], moves: Sequence[ast.stmt]) -> Iterator[_Kept]:
    """What holds the parameters, kept before it is moved, and read by all that needs it as it was."""
    name = free_name(editor, text)
    for rank, place in enumerate(places_before(editor, [*bases], moves, text)):
        begin = editor.starts[place.lineno - 1]
        if any(is_set_between(editor, place, base) for base in bases):
            continue
        parts = any(isinstance(editor.parents[base], ast.Subscript) or _is_iterated(editor, base) for base in bases)
        for later, form in enumerate(forms_of(editor, text) if parts else [f"{text}.copy()"]):
            line = f"{editor.indent(place)}{name} = {form}\n"
            places = [(begin, begin, line), *((*editor.span(base), name) for base in bases)]
            says = f"`{text}` is meant as it was before line {place.lineno}"
            yield _Kept(places, min(bases.values()), says, 0.05 * rank + 0.02 * later)


def _is_iterated(editor: Editor, node: ast.AST) -> bool:
    """Whether something is what a loop goes through."""
    while isinstance(node, ast.expr):
        above = editor.parents[node]
        if isinstance(above, ast.For) and node is above.iter:
            return True
        node = above
    return False


def places_before(
    editor: Editor, bases: Sequence[ast.expr], moves: Sequence[ast.stmt], text: str
) -> Iterator[ast.stmt]:
    """Before what an old value may be kept: the statement that moves the parameters, or that it stands in where they
    are read, and the loops around it; where another function moves them, the first statement of the one that reads
    them."""
    moved = next((move for move in moves if text in _written(editor, move)), next(iter(moves), None))
    scope = editor.scope(bases[0])
    if moved is None or editor.scope(moved) is not scope:
        yield from first_of(scope) if isinstance(scope, ast.FunctionDef) else []
        return
    around = {node for base in bases for node in _above(editor, base)}
    place: ast.AST = moved
    while not (isinstance(place, ast.stmt) and editor.parents.get(place, editor.tree) in around | {editor.tree}):
        place = editor.parents[place]
    texts = {editor.segment(base) for base in bases}
    block = editor.block_of(place)
    first = (
        next((s for s in block[: block.index(place)] if texts & set(_written(editor, s))), place) if block else place
    )
    yield first
    yield from islice(editor.loops_around(first), LOOPS)


def _written(editor: Editor, statement: ast.stmt) -> Iterator[str]:
    """What a statement writes into, or what stands in it, and what holds the objects whose attributes it writes."""
    for node in ast.walk(statement):
        if (target := target_of(node)) is None:
            continue
        whole = whole_of(target)
        yield editor.segment(whole)
        while isinstance(whole, ast.Attribute) and isinstance(whole.value, ast.Subscript):
            whole = whole_of(whole.value)
            yield editor.segment(whole)


def _above(editor: Editor, node: ast.AST) -> Iterator[ast.AST]:
    """What something stands in, the innermost first."""
    while node in editor.parents:
        node = editor.parents[node]
        yield node

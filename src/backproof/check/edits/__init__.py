"""The small edits that hand-written networks need: another variable, a transpose, a sign, an axis, another order.

Every edit is text put in the place of text, so that a diff shows no more than what changes.
"""

import ast
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from backproof.check.edits.analogies import as_beside, missing_beside, reset_beside
from backproof.check.edits.crossed import crossed
from backproof.check.edits.editor import Edit, Editor, is_python
from backproof.check.edits.expressions import everywhere, expression
from backproof.check.edits.factors import factors_and_terms
from backproof.check.edits.filled import filled
from backproof.check.edits.fixed_slots import at_each_turn
from backproof.check.edits.flat_slopes import above_zero
from backproof.check.edits.handed_back import handed_back
from backproof.check.edits.never_emptied import emptied_first
from backproof.check.edits.never_read import reading_what_is_handed_on
from backproof.check.edits.no_slopes import slope_of_one
from backproof.check.edits.numpy_names import in_own_names
from backproof.check.edits.objects_apart import objects_apart
from backproof.check.edits.old_values import array_put_aside, copies, old_values, put_aside, whole_put_aside
from backproof.check.edits.slopes import is_slope
from backproof.check.edits.statements import kept, moved, rewritten
from backproof.check.edits.terms_beside import term_as_beside
from backproof.check.edits.too_deep import in_a_loop_of_its_own, out_together
from backproof.check.edits.too_shallow import into_the_loop
from backproof.check.edits.tree import name_of
from backproof.check.edits.values import written
from backproof.check.edits.varied import varied
from backproof.check.edits.without_first import without_first
from backproof.check.edits.zipped import zipped_alike
from backproof.check.syntax import expression_of

__all__ = ["Edit", "Editor", "edits_of", "is_python"]


def edits_of(editor: Editor, statement: ast.stmt, *, moves: bool | None = None) -> Iterator[Edit]:
    """Every edit of one statement, each text in each place once, at the lowest of its costs; in no particular order.

    Args:
        moves: whether the statement moves a parameter; None where that is to be seen from its form.
    """
    found: dict[tuple[int, int, str], Edit] = {}
    idle: tuple[int, int, str] | None = None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        idle = (*editor.span(statement.value), editor.segment(statement.targets[0]))
    update = editor.direction(statement) != "" if moves is None else moves
    returned = statement.value if isinstance(statement, ast.Return) else None
    known = returned is not None and is_slope(returned)
    function = editor.scope(statement)
    derives = known or (isinstance(function, ast.FunctionDef) and bool(_DERIVATIVE.search(function.name)))
    counts = isinstance(statement, ast.For) and any(
        isinstance(node, ast.Call) and name_of(node.func) == "range" for node in ast.walk(statement.iter)
    )
    often = counts and isinstance(statement, ast.For) and _is_repeated(statement)
    for made in _all(editor, statement):
        if counts and made.kind == "variable" and editor.shapes.get(made.text):
            continue  # no array says how often a loop turns
        later = 1.2 * (update and made.kind in _ELSEWHERE) + _OFTEN * often
        if returned is not None:
            # another activation's derivative is taken by mistake as often as a wrong one
            slope = derives and _returns_slope(editor, statement, made)
            later += 1.0 * known - 1.0 * slope
        edit = replace(made, cost=made.cost + later) if later else made
        if (own := in_own_names(editor, edit.text)) != edit.text:
            edit = replace(edit, text=own)
        if (edit.start, edit.end, edit.text) == idle or _cancels(editor, edit):
            continue  # `a = a` says nothing: the line without it is another edit
        key = edit.start, edit.end, edit.text
        if editor.text[edit.start : edit.end] != edit.text and (key not in found or edit.cost < found[key].cost):
            found[key] = edit
    if beside := list(as_beside(editor, statement)):
        places: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for key, made in found.items():
            places[made.apply(editor.text)].append(key)
        for edit in beside:
            # an edit that says the same has a better name for it
            same = places[edit.apply(editor.text)] or [(edit.start, edit.end, edit.text)]
            for at in same:
                likely = found.get(at, edit)
                found[at] = replace(likely, cost=min(likely.cost, edit.cost))
    return iter(found.values())


_TAKEN = re.compile(r" ?[-/] ?(\w[\w.]*(?:\[[\w.:, ]*\])?)(?! ?\*\*)(?![\w.\[(])")
_TIED = re.compile(r"[\w.*/%@] ?$")  # before a name: it is a part of something else
_NEAR = 60  # characters before and behind an edit in which something may cancel what it writes


def _cancels(editor: Editor, edit: Edit) -> bool:
    """Whether an edit takes something from itself, or divides it by itself: what was computed there is then a number
    that tells nothing."""
    before, after = editor.text[max(0, edit.start - _NEAR) : edit.start], editor.text[edit.end : edit.end + _NEAR]
    made = _cancelled(before + edit.text + after)
    return made > 0 and made > _cancelled(before + editor.text[edit.start : edit.end] + after)


def _cancelled(text: str) -> int:
    """How often something is taken from itself, or divided by itself."""
    count = 0
    for taken in _TAKEN.finditer(text):
        begins = taken.start() - len(taken[1])
        same = begins >= 0 and text.startswith(taken[1], begins)
        count += same and _TIED.search(text, max(0, begins - 2), begins) is None
    return count


_OFTEN = 2.0  # how much unlikelier anything is wrong with a loop that only does all over again
_EPOCHS = re.compile(r"epoch|iter|rounds", re.IGNORECASE)
_MANY = 100


def _is_repeated(loop: ast.For) -> bool:
    """Whether a loop does the same over and over, as one over the epochs does: with a turn more it is no other one."""
    last = loop.iter.args[-1] if isinstance(loop.iter, ast.Call) and loop.iter.args else None
    if isinstance(last, ast.Constant):
        return type(last.value) is int and last.value >= _MANY
    return last is not None and bool(_EPOCHS.search(ast.unparse(last)))


_DERIVATIVE = re.compile(r"d[ae]?ri|prime|grad|slope|back|inv|_d|^d|diff|bp", re.IGNORECASE)


def _returns_slope(editor: Editor, statement: ast.stmt, edit: Edit) -> bool:
    """Whether a function returns the derivative of an activation, as it is usually written, after an edit."""
    made = varied(editor, statement, edit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # an edit may be any nonsense
        try:
            return made is not None and is_slope(expression_of(made[1]))
        except SyntaxError:
            return False


# a function that returns the derivative of an activation is seldom wrong, and is rather called with the wrong value;
# and this is seldom wrong in the line that changes a weight: it is wrong where the gradient is computed
_ELSEWHERE = ("transpose", "derivative", "missing factor", "missing term", "power", "shape", "product", "operands")


def _all(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    yield from rewritten(editor, statement)
    yield from kept(editor, statement)
    yield from without_first(editor, statement)
    yield from moved(editor, statement)
    yield from out_together(editor, statement)
    yield from in_a_loop_of_its_own(editor, statement)
    yield from into_the_loop(editor, statement)
    yield from old_values(editor, statement)
    yield from array_put_aside(editor, statement)
    yield from whole_put_aside(editor, statement)
    yield from copies(editor, statement)
    yield from put_aside(editor, statement)
    yield from crossed(editor, statement)
    yield from factors_and_terms(editor, statement)
    yield from everywhere(editor, statement)
    yield from written(editor, statement)
    yield from handed_back(editor, statement)
    yield from above_zero(editor, statement)
    yield from slope_of_one(editor, statement)
    yield from zipped_alike(editor, statement)
    yield from filled(editor, statement)
    yield from at_each_turn(editor, statement)
    yield from objects_apart(editor, statement)
    yield from missing_beside(editor, statement)
    yield from term_as_beside(editor, statement)
    yield from reset_beside(editor, statement)
    yield from emptied_first(editor, statement)
    yield from reading_what_is_handed_on(editor, statement)
    for node in editor.own_expressions(statement):
        yield from expression(editor, node, statement)

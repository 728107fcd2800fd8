"""The gradient that belongs in a place of single numbers, written out of the numbers that the place can read: an error,
a weight, an input, the slope of an activation.

What it is at each execution is known (see `wanted_numbers`), and what the numbers are there, too: which of them give it
if they are multiplied is looked up.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from backproof.check.edits import Editor
from backproof.check.edits.counters import counters
from backproof.check.edits.slopes import DERIVATIVES, leaky_slopes
from backproof.check.edits.tree import counted_by
from backproof.check.locate.locate import Suspicion
from backproof.check.locate.wanted import Wanted
from backproof.check.record.memory import Array
from backproof.check.record.trace import Sites
from backproof.check.record.trial import Tried, Unit
from backproof.check.repair.derived import DERIVED
from backproof.check.repair.placing import Row
from backproof.check.repair.products_of_numbers import Product, products_of
from backproof.check.repair.screen import may_be_tried
from backproof.check.replay.values import Reading
from backproof.check.syntax import expression_of

_PLACES = 8
_NEAR = 40  # variables among which the numbers are
_VALUES = 60  # numbers that are read as they are
_HOLDERS = 16  # lists and arrays of which elements are looked at
_INDICES = 4  # places in them
_CALLED = 12  # of them, those that a function is called with
_TEXTS = 300
_PRODUCTS = 5  # that are written in one place
_COST = 1.0
_NEW = 0.25  # for each number that was not in the line,
_GONE = 0.15  # for each that is read no more, and
_LONGER = 0.002  # for each character
_USUAL = (1.0, 2.0, 0.5)
_SAME = 1e-8

_PLAIN = re.compile(r"[\w.]+")
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"(?<![\w.\[])\d[\d.e]*")

Try = Callable[[list[Unit]], list[Tried]]


@dataclass(frozen=True)
class _Place:
    """A place that wants other numbers, and how it is written."""

    wanted: Wanted
    file: str
    expression: ast.expr
    statement: ast.stmt


def derived_numbers(
    suspicion: Suspicion, texts: Mapping[str, str], editors: Mapping[str, Editor], sites: Sites, tried: Try
) -> Iterator[tuple[Row, float]]:
    """The edits that write out the gradients that places of single numbers want, each with what is gained by it.

    Args:
        tried: computes texts where they would stand.
    """
    places = [*_places(suspicion, editors, Reading(texts, sites))]
    if not places:
        return
    written = [_texts(editors[place.file], place) for place in places]
    units: list[Unit] = []
    for place, own in zip(places, written, strict=True):
        often = max(map(len, place.wanted.values))
        statement, text = place.statement, editors[place.file].segment(place.expression)
        units.append((place.file, statement.lineno, statement.col_offset, often, text, own))
    executions = tried(units)
    for number, (place, own) in enumerate(zip(places, written, strict=True)):
        wanted, values = _numbers(place, [one for one in executions if one.unit == number], len(own))
        if wanted is not None:
            for row in _rows(editors[place.file], place, wanted, dict(zip(own, values, strict=True))):
                yield row, place.wanted.gain


def _places(suspicion: Suspicion, editors: Mapping[str, Editor], reading: Reading) -> Iterator[_Place]:
    for one in suspicion.wanted[:_PLACES]:
        single = bool(one.values) and all(value.numel() == 1 for own in one.values for value in own.values())
        site = one.key[0]
        file = reading.sites.files[site] if site >= 0 else ""
        expression = reading.expression(site) if single and file in editors else None
        if isinstance(expression, ast.expr):
            own = editors[file].alike(expression)
            statement = editors[file].statement_at(own.lineno)
            if statement is not None:
                yield _Place(one, file, own, statement)


def _texts(editor: Editor, place: _Place) -> list[str]:
    """What a place can read that may be a number, what stands nearest first, and what functions make of it; what it
    multiplies itself before all others."""
    statement = place.statement
    near = editor.near(statement, _NEAR)
    read = sorted(dict.fromkeys([*near, *_elements(editor, statement)]), key=lambda t: editor.distance(statement, t))
    scope, counting = editor.scope(statement), counters(editor, statement)
    turns = {name for node in editor.within(scope) if isinstance(node, ast.For) for name in counted_by(node)}
    gone = turns - {*editor.turns(statement)}  # of loops that have ended, and begin later
    values = [text for text in read if text not in counting and gone.isdisjoint(_WORD.findall(text))][:_VALUES]
    atoms = [text for text in values if not editor.is_rate(text)][: 2 * _CALLED]
    called = [f"{name}({text})" for name, n in editor.callable_from(statement).items() if n == 1 for text in atoms]
    slopes = [form.format(text) for form in (*DERIVATIVES, *leaky_slopes(editor)) for text in atoms]
    every = dict.fromkeys([*_parts(editor, place.expression), *values, *called, *slopes])
    return [text for text in every if may_be_tried(text, editor.keeping)][:_TEXTS]


def _parts(editor: Editor, expression: ast.expr) -> list[str]:
    """The factors of a product, and what it is up to each of them."""
    parts: list[str] = []
    while isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Mult | ast.Div):
        parts += [editor.segment(expression.left)]
        parts += [editor.segment(expression.right)] if isinstance(expression.op, ast.Mult) else []
        expression = expression.left
    return parts


def _elements(editor: Editor, statement: ast.stmt) -> Iterator[str]:
    """The elements of lists and arrays that a statement's function reads, and those that stand at the places that the
    statement names in others."""
    scope = editor.scope(statement)
    yield from (editor.segment(node) for node in _outermost(editor, scope))
    own = [place for node in _outermost(editor, statement) for place in _places_of(editor, node)]
    depths: dict[str, int] = {}
    for node in _outermost(editor, editor.tree):
        depths.setdefault(editor.segment(_holder(node)), len(_places_of(editor, node)))
    known = [holder for holder in depths if editor.has(scope, holder.partition(".")[0])]
    for holder in known[:_HOLDERS]:
        for places in product([*dict.fromkeys(own)][:_INDICES], repeat=min(depths[holder], 2)):
            yield holder + "".join(places)


def _outermost(editor: Editor, scope: ast.AST) -> Iterator[ast.Subscript]:
    for node in editor.within(scope):
        if isinstance(node, ast.Subscript):
            above = editor.parents.get(node)
            if not (isinstance(above, ast.Subscript) and above.value is node):
                yield node


def _holder(node: ast.expr) -> ast.expr:
    """What an element is taken of: `w` in `w[i][j]`."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node


def _places_of(editor: Editor, node: ast.expr) -> list[str]:
    """Where an element is: `[i]` and `[j]` in `w[i][j]`."""
    if not isinstance(node, ast.Subscript):
        return []
    return [*_places_of(editor, node.value), editor.text[editor.span(node.value)[1] : editor.span(node)[1]]]


def _numbers(place: _Place, executions: Sequence[Tried], count: int) -> tuple[Array | None, list[Array]]:
    """What is wanted at each execution of a place, and what each of the texts is there."""
    wanted: list[float] = []
    rows: list[list[float]] = []
    by_window: dict[int, list[Tried]] = defaultdict(list)
    for one in executions:
        by_window[one.window].append(one)
    for window, own in enumerate(place.wanted.values):
        ranked = sorted(by_window[window], key=lambda one: one.position)
        for node, value in own.items():
            before = [one for one in ranked if one.position <= node]
            if not before:
                continue
            row = [float("nan")] * count
            for texts, arrays in zip(before[-1].texts, before[-1].values, strict=True):
                if len(arrays) == 1 and arrays[0].size == 1:
                    for text in texts:
                        row[text] = float(arrays[0].reshape(-1)[0])
            # the text as it is gives what it gives: those texts that give the same are not told
            rows.append(row)
            wanted.append(float(value))
    if not rows:
        return None, []
    return np.array(wanted), list(np.array(rows).T)


def _rows(editor: Editor, place: _Place, wanted: Array, values: Mapping[str, Array]) -> Iterator[Row]:
    same = {text: float(row[0]) for text, row in values.items() if np.all(row == row[0])}
    # what is a rate has a name, or is a number
    steady = {text: value for text, value in same.items() if value not in (0.0, 1.0) and _PLAIN.fullmatch(text)}
    known: dict[bytes, str] = {}
    for text, row in values.items():
        if text not in same and np.isfinite(row).all():
            known.setdefault(np.round(row, 12).tobytes(), text)
    names = list(known.values())
    own_text = editor.segment(place.expression)
    own = {*_parts(editor, place.expression)}
    alone = [part for part in own if not any(part != other and other in part for other in own)]
    found: dict[str, float] = {}
    for made in products_of(wanted, [values[name] for name in names]):
        for text in _with_factor(_written(made, names, own_text), made.times, steady):
            read = {names[n] for term in (*made.terms, made.by) for n in term}
            gone = [part for part in alone if part not in text]
            new = len(read - own) + len({*_NUMBER.findall(text)} - {*_NUMBER.findall(own_text)})
            cost = _COST + _NEW * new + _GONE * len(gone) + _LONGER * len(text)
            found.setdefault(text, cost)
    for text in sorted(found, key=lambda text: found[text])[:_PRODUCTS]:
        edit = editor.replace(place.expression, text, DERIVED, found[text])
        yield Row(found[text], place.file, edit, place.statement, written=True)


def _is_chain(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div)


def _written(made: Product, names: Sequence[str], own: str) -> str:
    """A product in the order in which its factors stand in a place's own text; others behind them."""

    def place(name: str) -> int:
        return own.find(name) if name in own else len(own)

    terms = [" * ".join(map(_factor, sorted((names[n] for n in term), key=place))) for term in made.terms]
    whole = terms[0] if len(terms) == 1 else f"({' + '.join(terms)})"
    return " * ".join([whole, *map(_factor, sorted((names[n] for n in made.by), key=place))])


def _factor(text: str) -> str:
    """A text as it stands among others that are multiplied."""
    parsed = expression_of(text)
    plain = isinstance(parsed, ast.Name | ast.Attribute | ast.Subscript | ast.Call) or _is_chain(parsed)
    return text if plain or text.startswith("(") else f"({text})"


def _with_factor(text: str, times: float, steady: Mapping[str, float]) -> Iterator[str]:
    """A text that is so many times what is wanted, with the number, or the rate, that makes it so."""
    sign = "-" if times < 0 else ""
    for size in _USUAL:
        if abs(abs(times) - 1 / size) <= _SAME / size:
            yield f"{sign}{text}" if size == 1.0 else f"{sign}{size:g} * {text}"
    for name, value in steady.items():
        if value > 0 and abs(abs(times) * value - 1.0) <= _SAME:
            yield f"{sign}{name} * {text}"
        elif value > 0 and abs(abs(times) - value) <= _SAME * value:
            yield f"{sign}{text} / {name}"

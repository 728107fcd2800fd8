"""What a line would say if it were written as those beside it: `db1` as `db2`, with the numbers of its own layer."""

import ast
import difflib
import operator
import re
from collections.abc import Iterator
from itertools import takewhile

from backproof.check.edits.editor import Edit, Editor

_NUMBER = re.compile(r"(?<=[A-Za-z_])\d+")  # of a layer or a neuron, in a name or in the name of an entry
_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)
_COST = 0.6
_ALIKE = 0.7  # how much of its text a line must keep


def as_beside(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The smallest edits that make a line say what another line of its function says for another layer."""
    own = _target(statement)
    if own is None:
        return
    text, name = editor.segment(statement), editor.segment(own)
    start, _ = editor.span(statement)
    for other in ast.walk(editor.scope(statement)):
        target = _target(other) if isinstance(other, ast.stmt) and other is not statement else None
        if target is None or type(other) is not type(statement):
            continue
        shift = _shift(editor.segment(target), name)
        made = _shifted(editor.segment(other), shift) if shift else None
        if made is None or made == text or difflib.SequenceMatcher(None, text, made).ratio() < _ALIKE:
            continue
        first, last, new = _difference(text, made)
        far = 0.01 * min(abs(other.lineno - statement.lineno), 40)
        says = f"as line {other.lineno} says it"
        yield Edit(start + first, start + last, new, statement.lineno, "unlike", _COST + far, says)


def _target(statement: ast.AST) -> ast.expr | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return statement.targets[0]
    return statement.target if isinstance(statement, ast.AugAssign) else None


def _shift(name: str, own: str) -> int:
    """By how much the numbers of two names differ that are the same otherwise; 0 if they are not."""
    numbers, mine = _NUMBER.findall(name), _NUMBER.findall(own)
    steps = {int(b) - int(a) for a, b in zip(numbers, mine, strict=False)}
    same = len(numbers) == len(mine) and _NUMBER.sub("#", name) == _NUMBER.sub("#", own)
    return steps.pop() if same and len(steps) == 1 else 0


def _shifted(text: str, shift: int) -> str | None:
    """A text with other numbers in its names; None if one would be below zero."""
    if any(int(number) + shift < 0 for number in _NUMBER.findall(text)):
        return None
    return _NUMBER.sub(lambda found: str(int(found[0]) + shift), text)


def _difference(text: str, made: str) -> tuple[int, int, str]:
    """From where to where two texts differ, in whole words, and what stands there in the second."""
    old, new = _TOKEN.findall(text), _TOKEN.findall(made)
    ahead = _same(old, new)
    behind = _same(old[ahead:][::-1], new[ahead:][::-1])
    first, last = len("".join(old[:ahead])), len(text) - len("".join(old[len(old) - behind :]))
    return first, last, "".join(new[ahead : len(new) - behind])


def _same(old: list[str], new: list[str]) -> int:
    """How many words two texts begin with in common."""
    return sum(takewhile(bool, map(operator.eq, old, new)))

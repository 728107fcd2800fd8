"""How much edits are worth to be tried before others, by what is known of the lines that they change."""

import ast
from collections.abc import Collection, Iterable, Iterator

from backproof.check.edits import Edit, Editor
from backproof.check.edits.analogies import BEGUN_ANEW
from backproof.check.edits.calls import OWN_SUM
from backproof.check.edits.expressions import SAME_TERMS
from backproof.check.edits.flat_slopes import FLAT
from backproof.check.edits.zipped import ZIPPED
from backproof.check.repair.placing import Row

_WEIGHTS = ("number", "extra factor", "sum or mean")  # the edits that change that of a penalty
_LATE = ("order", "old value")  # the edits after which a new value is not read too early, at the lines that read it,
_LATE_ANYWHERE = ("copy", "handed back")  # and those at any line
FIRST = 20  # what edits are worth that are few, and tried before all that only promises a little
_ADDED = 1.0  # what an edit is worth by which what is handed on for nothing is added
# of some kinds of edits, what those cost at most that are written only where something looks plainly wrong
_SURE = {
    "axis": OWN_SUM,
    "parentheses": SAME_TERMS,
    "missing line": BEGUN_ANEW,
    "comparison": FLAT,
    "unlike": ZIPPED,
}
_READ = 0.6  # what an edit is worth by which something is read that is moved for nothing: more than a promise in part

# the edits that let a parameter begin with other numbers, and change nothing else of it
_NUMBERS = {
    "sign", "number", "power", "factor", "missing factor", "extra factor", "missing term", "extra term", "sum or mean",
    "variable", "function", "missing function", "extra function", "index", "operands", "derivative", "parentheses",
}  # fmt: skip


def agreement(editor: Editor, statement: ast.stmt, moving: list[int]) -> int:
    """1 where a statement moves a parameter the way that all others go, -1 where it alone goes the other, else 0."""
    own = editor.direction(statement)
    statements = {s for line in moving if (s := editor.statement_at(line)) is not None}
    others = {editor.direction(s) for s in statements if s is not statement}
    if own == "" or len(others) != 1 or statement not in statements or "" in others:
        return 0
    return 1 if own in others else -1


def is_of_a_term(edit: Edit) -> bool:
    """Whether an edit changes the sign of one term, and does not put one before all that a line computes."""
    return edit.kind == "sign" and not edit.text.startswith("-(")


def weighs(row: Row, penalised: set[tuple[str, int]]) -> int:
    """How much an edit is worth that gives the penalty of a loss another weight, where that may be what is wrong."""
    halves = row.edit.kind == "missing factor" and row.edit.text.endswith(("* 2", "/ 2"))
    return (row.file, row.edit.line) in penalised and (halves or row.edit.kind in _WEIGHTS)


def reads(edit: Edit, idle: Collection[str], handed_on: Collection[str]) -> float:
    """How much an edit is worth that reads something that is computed for nothing; most where it adds what a loop hands
    on to its next turn."""
    if edit.kind == "missing term":
        name = edit.text.rsplit(" + ", 1)[-1]
        return _ADDED if name in handed_on else _READ * (name in idle)
    return _READ * (edit.kind == "variable" and edit.text in idle)


def hurry(
    row: Row, early: set[tuple[str, int]], repeated: set[tuple[str, int]], kept: bool, before: set[tuple[str, int]]
) -> int:
    """How much an edit is worth that keeps an updated value from being read too early, makes shares of each row and not
    of all, keeps what is thrown away or drawn, adds up what goes to one place, makes several of one, or begins a sum
    anew as the one beside it: few are, and they are tried before all that only promises a little. Where what an
    optimizer keeps is wrong, its square is tried even before what promises all."""
    squares = row.edit.kind == "power" and row.edit.text.endswith("** 2") and row.edit.cost < 2
    if kept and squares:
        return 101
    at_most = _SURE.get(row.edit.kind, 0.0)
    if row.edit.kind in ("thrown away", "shared", "never emptied", "dropout") or row.edit.cost <= at_most:
        return FIRST
    if row.edit.kind == "repeated" and (row.file, row.edit.line) in repeated:
        return FIRST
    if row.edit.kind == "order" and row.statement is not None and (row.file, row.statement.lineno) in before:
        return FIRST
    return FIRST if is_late(row.file, row.edit, row.statement, early) else 0


def is_late(file: str, edit: Edit, statement: ast.stmt | None, early: set[tuple[str, int]]) -> bool:
    """Whether an edit keeps an updated value from being read too early."""
    late = statement is not None and edit.kind in _LATE and (file, statement.lineno) in early
    return late or (bool(early) and edit.kind in _LATE_ANYWHERE)


def without_beginnings(rows: Iterable[Row], starts: Collection[tuple[str, int]]) -> Iterator[Row]:
    """Edits but those that would only let a parameter begin with another number: where that seems to mend a gradient,
    it is no longer seen."""
    return (row for row in rows if row.edit.kind not in _NUMBERS or (row.file, row.edit.line) not in starts)

"""What a line would say if it were written as those beside it: `db1` as `db2`, with the numbers of its own layer."""

import ast
import difflib
import re
from collections.abc import Iterator
from itertools import permutations

from backproof.check.edits.difference import difference
from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import target_of

NUMBER = re.compile(r"(?<=[^\W\d])\d+")  # of a layer or a neuron, in a name or in the name of an entry
PLACE = re.compile(r"(?<=[A-Za-z_\[])\d+(?!\w)")  # or the place in a list of layers
_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)
_WORD = re.compile(r"\w+")
_NAMES = 8  # attributes of an object that are held beside each other
BEGUN_ANEW = 0.19  # how unlikely it is that a sum is to begin anew as one beside it does, and
_RESET = 0.5  # that an attribute is to be set to zero as another one of its object is
_COST = 0.6
_KEPT = 0.6  # how much of its text a line must keep


def as_beside(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The smallest edits that make a line say what another line of its function says for another layer, or an entry of
    a dictionary what another entry says."""
    own = _whole(target_of(statement))
    if own is not None:
        for other in editor.within(editor.scope(statement)):
            target = _whole(target_of(other)) if isinstance(other, ast.stmt) and other is not statement else None
            if target is not None and type(other) is type(statement):
                far = 0.01 * min(abs(target.lineno - statement.lineno), 40)
                says = f"as line {target.lineno} says it"
                yield from _alike(editor, (statement, own), (other, target), _COST + far, says)
                yield from _as_its_twin(editor, (statement, own), (other, target), _COST + far, says)
    for node in editor.own_expressions(statement):
        if isinstance(node, ast.Dict):
            entries = [(key, value) for key, value in zip(node.keys, node.values, strict=True) if key is not None]
            for key, value in entries:
                for name, example in entries:
                    if name is not key:
                        says = f"as {editor.segment(name)} has it"
                        yield from _alike(editor, (value, key), (example, name), _COST, says)


def _alike(
    editor: Editor, own: tuple[ast.AST, ast.expr], other: tuple[ast.AST, ast.expr], cost: float, says: str
) -> Iterator[Edit]:
    """The edits that turn one text into another as their names differ from each other."""
    (node, name), (example, target) = own, other
    text, (start, _) = editor.segment(node), editor.span(node)
    seen: set[str | None] = {None, text}
    for pattern in (NUMBER, PLACE):
        shift = shift_of(pattern, editor.segment(target), editor.segment(name))
        every = shifted(pattern, editor.segment(example), shift) if shift else None
        for made in () if every is None else (every, with_known_names(editor, editor.segment(example), every)):
            if made in seen or difflib.SequenceMatcher(None, text, made).ratio() < _KEPT:
                continue
            seen.add(made)
            first, last, new = difference(_TOKEN.findall(text), _TOKEN.findall(made))
            yield Edit(start + first, start + last, new, getattr(node, "lineno", 1), "unlike", cost, says)


def with_known_names(editor: Editor, text: str, made: str) -> str:
    """A shifted text in which names that nothing has are as they were: what there is but one of, as a single output, is
    the same for both."""
    names = iter(_WORD.findall(text))

    def known(word: re.Match[str]) -> str:
        old = next(names)
        return word[0] if word[0].isdigit() or word[0] in editor.words else old

    return _WORD.sub(known, made)


def missing_beside(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The line that one variable has and another lacks: `dW2 += reg * W2` without `dW += reg * W`, behind the line that
    gives that other its value."""
    own = _whole(target_of(statement))
    if own is None or not isinstance(statement, ast.Assign) or editor.carries(statement):
        return
    mine, (first, begin) = editor.segment(own), editor.whole_lines(statement)
    for other in editor.within(editor.scope(statement)):
        target = _whole(target_of(other)) if isinstance(other, ast.stmt) else None
        if first is None or begin is None or target is None or not isinstance(other, ast.Assign | ast.AugAssign):
            continue
        theirs = editor.segment(target)
        if theirs == mine or not (editor.carries(other) or target is not target_of(other)):
            continue
        made = renamed(editor, editor.segment(other), theirs, mine)
        if made is None or made in editor.text:
            continue
        beside = other in editor.block_of(statement) and other.lineno > statement.lineno
        _, behind = editor.whole_lines(other) if beside else (None, None)
        at, line = (begin, statement.lineno) if behind is None else (behind, other.lineno)
        says = f"{made} is missing, as line {other.lineno} says it"
        yield Edit(at, at, f"{editor.text[first : editor.span(statement)[0]]}{made}\n", line, "missing line", 0.5, says)


def reset_beside(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The line that sets to zero what another attribute of the same object holds: `layer.weight.grad = …` without
    `layer.bias.grad = …`; or a sum that goes on where another one begins anew: `dV *= 0` without `dW *= 0`."""
    target, (first, begin) = target_of(statement), editor.whole_lines(statement)
    if first is None or begin is None or not _is_reset(editor, statement):
        return
    text, made, cost = editor.segment(statement), list[str](), _RESET
    if isinstance(target, ast.Attribute):
        made = [re.sub(rf"\.{own}\b", f".{other}", text) for own, other in _kept_together(editor)]
    if isinstance(target, ast.Name):
        own = re.compile(rf"\b{target.id}\b")
        others = _never_begun_anew(editor, statement, target.id)
        made, cost = [renamed(editor, text, target.id, name) or own.sub(name, text) for name in others], BEGUN_ANEW
    for line in made:
        if line != text and line not in editor.text:
            whole = f"{editor.text[first : editor.span(statement)[0]]}{line}\n"
            yield Edit(begin, begin, whole, statement.lineno, "missing line", cost, f"{line} is missing")


def _is_reset(editor: Editor, statement: ast.stmt) -> bool:
    """Whether a statement sets something to zero, or to nothing."""
    if isinstance(statement, ast.AugAssign):
        return isinstance(statement.op, ast.Mult) and _is_zero(statement.value)
    if not isinstance(statement, ast.Assign):
        return False
    return _is_zero(statement.value) or "zeros" in editor.segment(statement.value)


def _is_zero(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value in (0, None)


def _never_begun_anew(editor: Editor, reset: ast.stmt, own: str) -> Iterator[str]:
    """The names that are added to where the one that a line resets is, and that the loops around it never set to
    zero."""
    outermost = [*editor.loops_around(reset)][-1:]
    within = [n for loop in outermost for n in editor.within(loop) if isinstance(n, ast.stmt)]
    sums = [(n, name.id) for n in within if isinstance(n, ast.AugAssign) and (name := _name(n)) is not None]
    begun = {name.id for n in within if _is_reset(editor, n) and (name := _name(n)) is not None}
    blocks = [editor.block_of(n) for n, name in sums if name == own and n is not reset]
    beside = (name for n, name in sums if any(n in block for block in blocks))
    yield from (name for name in dict.fromkeys(beside) if name not in begun)


def _name(statement: ast.stmt) -> ast.Name | None:
    target = target_of(statement)
    return target if isinstance(target, ast.Name) else None


def lines_that_reset(editor: Editor, *, sums: bool = False) -> set[int]:
    """The lines that set an attribute, or a sum, to zero, and beside which another one that is not set may be meant;
    `sums`: only those of sums."""
    statements = (node for node in editor.nodes if isinstance(node, ast.Assign | ast.AugAssign))
    own = (s for s in statements if not sums or isinstance(target_of(s), ast.Name))
    return {statement.lineno for statement in own if any(reset_beside(editor, statement))}


def _kept_together(editor: Editor) -> Iterator[tuple[str, str]]:
    """Each two attributes that an object is given at its making."""
    for function in editor.nodes:
        if isinstance(function, ast.FunctionDef) and function.name == "__init__":
            written = (n for n in ast.walk(function) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))
            names = list(dict.fromkeys(node.attr for node in written))[:_NAMES]
            yield from permutations(names, 2)


def renamed(editor: Editor, text: str, theirs: str, mine: str) -> str | None:
    """A text about one variable as it would be about another: with its name, and all names that differ as theirs do."""
    first, last, word = difference(theirs, mine)
    before = theirs[first:last]

    def other(found: re.Match[str]) -> str:
        made = found[0].replace(before, word) if before else found[0] + word
        return made if made in editor.words else found[0]

    if not f"a{before}{word}".isidentifier() or (not before and not mine.endswith(word)):
        return None
    made = re.sub(r"[^\W\d]\w*", other, text)
    more = {a for a, b in zip(_WORD.findall(text), _WORD.findall(made), strict=True) if a != b}
    return made if made.startswith(mine) and more - set(_WORD.findall(theirs)) else None


def _whole(target: ast.expr | None) -> ast.expr | None:
    """What is written into, if only a part of it is: `dW` for `dW[:, 1:]`; the place in a list or a dictionary is more
    of a name."""
    if isinstance(target, ast.Subscript):
        parts = ast.walk(target.slice)
        return target.value if any(isinstance(node, ast.Slice | ast.Compare) for node in parts) else target
    return target


def _as_its_twin(
    editor: Editor, own: tuple[ast.stmt, ast.expr], other: tuple[ast.AST, ast.expr], cost: float, says: str
) -> Iterator[Edit]:
    """The edit that makes a line of a bias say what that of its weight says: `cache_b` as `cache_w`, by whatever words
    the two names differ; at least one more name must differ so."""
    (statement, name), (example, target) = own, other
    mine, theirs = editor.segment(name), editor.segment(target)
    first, last, word = difference(theirs, mine)
    text, made = editor.segment(statement), renamed(editor, editor.segment(example), theirs, mine)
    if made is None or made == text or not (theirs[first:last].isidentifier() and word.isidentifier()):
        return
    for whole in dict.fromkeys((_with_own_numbers(text, made), made)):
        if whole != text and difflib.SequenceMatcher(None, text, whole).ratio() >= _KEPT:
            (start, _), (begin, end, new) = editor.span(statement), difference(*map(_TOKEN.findall, (text, whole)))
            yield Edit(start + begin, start + end, new, statement.lineno, "unlike", cost, says)


def _with_own_numbers(text: str, made: str) -> str:
    """A text made in the place of another one with the names of that one where they differ in their numbers alone:
    `beta2` for `beta1`."""
    own, other = _TOKEN.findall(text), _TOKEN.findall(made)
    for how, first, last, begin, end in difflib.SequenceMatcher(None, own, other, autojunk=False).get_opcodes():
        if how == "replace" and last - first == end - begin:
            pairs = zip(own[first:last], other[begin:end], strict=True)
            other[begin:end] = [a if NUMBER.sub("#", a) == NUMBER.sub("#", b) else b for a, b in pairs]
    return "".join(other)


def shift_of(pattern: re.Pattern[str], name: str, own: str) -> int:
    """By how much the numbers of two names differ that are the same otherwise; 0 if they are not."""
    numbers, mine = pattern.findall(name), pattern.findall(own)
    steps = {int(b) - int(a) for a, b in zip(numbers, mine, strict=False)}
    same = len(numbers) == len(mine) and pattern.sub("#", name) == pattern.sub("#", own)
    return steps.pop() if same and len(steps) == 1 else 0


def shifted(pattern: re.Pattern[str], text: str, shift: int) -> str | None:
    """A text with other numbers in its names; None if one would be below zero."""
    if any(int(number) + shift < 0 for number in pattern.findall(text)):
        return None
    return pattern.sub(lambda found: str(int(found[0]) + shift), text)

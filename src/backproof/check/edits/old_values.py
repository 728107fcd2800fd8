"""The edits where a value is read after it was updated, and its old value is meant."""

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import name_of, whole_of

_MEANT = "line {} has updated `{}`, and its old value is meant"
LOOPS = 3  # loops around an update, before any of which the old value may be meant


def old_values(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The value of before an update, put aside and read by the lines after it that read the new one.

    Where two values are updated by each other, as the factors of a matrix are, no other order of the lines would do.
    """
    target = updated(statement)
    block = editor.block_of(statement)
    if target is None or not block:
        return
    text = editor.segment(target)
    readers: list[ast.expr] = []
    later = block[block.index(statement) + 1 :]
    # behind the last update of the block begins what is computed with the new values
    ends = [place for place, other in enumerate(later, 1) if _is_update(editor, other)]
    for other in later[: ends[-1]] if ends else later:
        if isinstance(other, ast.For | ast.While | ast.FunctionDef | ast.ClassDef):
            break
        readers += [
            node
            for node in ast.walk(other)
            if isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
            and isinstance(node.ctx, ast.Load)
            and editor.segment(node) == text
        ]
        if (again := updated(other)) is not None and editor.segment(again) == text:
            break
    first, _ = editor.whole_lines(statement)
    if not readers or first is None:
        return
    name = free_name(editor, text)
    body, end = _reading(editor, first, readers, name)
    indent = editor.indent(statement)
    says = _MEANT.format(statement.lineno, text)
    copies = (".copy()", "") if isinstance(statement, ast.AugAssign) else ("",)  # a number needs no copy
    for rank, copy in enumerate(copies):
        changed = f"{indent}{name} = {text}{copy}\n{body}"
        yield Edit(first, end, changed, readers[0].lineno, "old value", 1.7 + 0.05 * rank, says)


def put_aside(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """What a factor of a statement was before its block began: a call, or a loop, before it may change that."""
    block = editor.block_of(statement)
    place = block.index(statement) if block else 0
    acting = [s for s in block[:place] if any(isinstance(node, ast.Call) for node in editor.within(s))]
    first, (_, end) = editor.whole_lines(block[0])[0] if block else None, editor.span(statement)
    if not acting or first is None:
        return
    written = {
        node.id
        for other in block[:place]
        for node in editor.within(other)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for node in _factors(statement):
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}
        walked = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        if not names - walked or (names - walked) & written:
            continue
        words = re.findall(r"[^\W\d]\w*", editor.segment(node))
        methods = {part.func for part in ast.walk(node) if isinstance(part, ast.Call)}
        attributes = (part for part in ast.walk(node) if isinstance(part, ast.Attribute) and part not in methods)
        held = [part.attr for part in attributes if _is_held(part)]
        name = free_name(editor, [*held, *words[-1:], "value"][0])
        start, after = editor.span(node)
        text = editor.segment(node)
        text += "" if isinstance(node, ast.Call | ast.BinOp) else ".copy()"  # what is computed is no view
        indent = editor.indent(block[0])
        changed = f"{indent}{name} = {text}\n{editor.text[first:start]}{name}{editor.text[after:end]}"
        says = f"`{editor.segment(node)}` is meant as it was before line {acting[0].lineno}"
        yield Edit(first, end, changed, statement.lineno, "old value", 1.75, says)


def array_put_aside(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The array of before a loop, of which the loop updates one element after the other and reads others in between."""
    element = updated(statement)
    if not isinstance(element, ast.Subscript):
        return
    text = editor.segment(whole_of(element))
    name = free_name(editor, text)
    loops = (loop for loop in editor.loops_around(statement) if isinstance(loop, ast.For))
    for rank, loop in enumerate(islice(loops, LOOPS)):
        first = editor.whole_lines(loop)[0]
        if first is None:
            return
        readers = [
            node
            for node in ast.walk(loop)
            if isinstance(node, ast.Name | ast.Attribute)
            and isinstance(node.ctx, ast.Load)
            and node.lineno > statement.lineno
            and isinstance(part := editor.parents[node], ast.Subscript)
            and not _is_written(editor, part)
            and editor.segment(node) == text
        ]
        if readers:
            body, end = _reading(editor, first, readers, name)
            changed = f"{editor.indent(loop)}{name} = {text}.copy()\n{body}"
            yield Edit(
                first,
                end,
                changed,
                readers[0].lineno,
                "old value",
                1.75 + 0.05 * rank,
                _MEANT.format(statement.lineno, text),
            )


def whole_put_aside(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The array or list of before the loops that update its elements, which a call behind these loops is given."""
    element = updated(statement)
    if not isinstance(element, ast.Subscript):
        return
    text = editor.segment(whole_of(element))
    name, nested = free_name(editor, text), isinstance(element.value, ast.Subscript)
    forms = ("[each.copy() for each in {}]", "{}.copy()") if nested and not editor.shapes.get(text) else ("{}.copy()",)
    for loop in islice(editor.loops_around(statement), LOOPS):
        block, first = editor.block_of(loop), editor.whole_lines(loop)[0]
        readers: list[ast.expr] = []
        for other in block[block.index(loop) + 1 :] if loop in block else ():
            nodes = [
                node
                for node in editor.within(other)
                if isinstance(node, ast.Name | ast.Attribute) and editor.segment(node) == text
            ]
            if any(not isinstance(node.ctx, ast.Load) or _is_written(editor, editor.parents[node]) for node in nodes):
                break
            readers += [node for node in nodes if isinstance(editor.parents[node], ast.Call)]
        if not readers or first is None:
            continue
        body, end = _reading(editor, first, readers, name)
        for rank, form in enumerate(forms):
            changed = f"{editor.indent(loop)}{name} = {form.format(text)}\n{body}"
            says = _MEANT.format(statement.lineno, text)
            yield Edit(first, end, changed, readers[0].lineno, "old value", 1.75 + 0.05 * rank, says)


def _reading(editor: Editor, first: int, readers: Sequence[ast.expr], name: str) -> tuple[str, int]:
    """The text from a place to the last of some expressions, with a name in the place of each, and where it ends."""
    body, at = "", first
    for node in sorted(readers, key=editor.span):
        start, after = editor.span(node)
        body += editor.text[at:start] + name
        at = after
    return body, at


def _is_written(editor: Editor, node: ast.AST) -> bool:
    """Whether an element is what a statement writes."""
    while isinstance(node, ast.Subscript):
        if not isinstance(node.ctx, ast.Load):
            return True
        node = editor.parents[node]
    return False


def _is_held(node: ast.Attribute) -> bool:
    """Whether an attribute is an object's own, and no function's or another form of an array."""
    of_module = isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy")
    return node.attr not in ("T", "copy", "dot", "array") and not of_module


def _factors(statement: ast.stmt) -> Iterator[ast.expr]:
    """The factors of matrix products, each as it is written."""
    for node in ast.walk(statement):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            yield from (node.left, node.right)
        elif isinstance(node, ast.Call) and name_of(node.func) in ("dot", "matmul"):
            yield from node.args
            if len(node.args) == 1 and isinstance(node.func, ast.Attribute):
                yield node.func.value


def copies(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """A copy in the place of another name for the same array, which follows every update of it."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    if isinstance(value, ast.Name | ast.Attribute | ast.Subscript):
        yield editor.replace(value, f"{editor.segment(value)}.copy()", "copy", 1.8)


def updated(statement: ast.stmt) -> ast.expr | None:
    """What a statement replaces by itself plus or minus something, if it may do so."""
    if isinstance(statement, ast.AugAssign):
        return statement.target
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return target if isinstance(target, ast.Name | ast.Attribute | ast.Subscript) else None
    return None


def _is_update(editor: Editor, statement: ast.stmt) -> bool:
    """Whether a statement replaces something by what is computed from it."""
    target = updated(statement)
    if target is None or isinstance(statement, ast.AugAssign):
        return target is not None
    text = editor.segment(target)
    return isinstance(statement, ast.Assign) and any(
        editor.segment(node) == text for node in ast.walk(statement.value) if isinstance(node, type(target))
    )


def free_name(editor: Editor, text: str) -> str:
    """A name for the old value: `old_w` for `self.w[i]`, and for `layer.get_w()`."""
    words = re.findall(r"[^\W\d]\w*", text.split("[", 1)[0]) or ["value"]
    name = f"old_{words[-1].removeprefix('get_')}"
    while re.search(rf"\b{name}\b", editor.text):
        name += "_"
    return name

"""Old values for what is read after it was moved, where no other order of the lines would do: a list of weights that a
loop moves one after the other, or the weights of an object that moves them in a method of its own."""

import ast
from collections.abc import Iterator
from itertools import islice

import numpy as np

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.old_values import LOOPS, free_name
from backproof.check.edits.tree import counted_by, first_of, name_of, names_in, target_of, whole_of

_COST = 2.0
_ONE, _LIST = "{}.copy()", "[each.copy() for each in {}]"  # an array or a list of numbers, a list of arrays
_MODULES = ("np", "numpy", "math")
_ENTRIES, _LISTS = "{{key: each.copy() for key, each in {}.items()}}", "[[list(row) for row in each] for each in {}]"


def kept_before(editor: Editor, read: ast.expr, moved: ast.stmt | None, *, within: bool) -> Iterator[Edit]:
    """The edits by which an expression reads what it was before a step moved it.

    Args:
        read: an expression that reads a parameter, or is made of one.
        moved: the statement that moves it, if it is one of the same file.
        within: whether the function that reads it moves it, too, or calls what does.
    """
    for node in parameters_within(read):
        if within:
            yield from _holder_kept(editor, node)
        if moved is not None:
            yield from _kept_beside(editor, node, moved)


def parameters_within(read: ast.expr) -> list[ast.expr]:
    """The outermost names, attributes and elements within an expression, and what objects are asked for."""
    if isinstance(read, ast.Attribute) and read.attr == "T":
        return parameters_within(read.value)
    if isinstance(read, ast.Name | ast.Attribute | ast.Subscript) or _is_asked_for(read):
        return [read]
    children = [child for child in ast.iter_child_nodes(read) if isinstance(child, ast.expr)]
    if isinstance(read, ast.Call):
        by = read.func.value if isinstance(read.func, ast.Attribute) else None
        children[:1] = [] if by is None or name_of(by) in _MODULES else [by]
    return [node for child in children for node in parameters_within(child)]


def _is_asked_for(node: ast.expr) -> bool:
    """Whether an object is asked for something that it keeps, as `layer.get_weights()`."""
    if not isinstance(node, ast.Call) or node.args or node.keywords or not isinstance(node.func, ast.Attribute):
        return False
    return not hasattr(np.ndarray, node.func.attr)


def forms_of(editor: Editor, text: str) -> list[str]:
    """What copies something that holds parameters may be written as, the likeliest first: an entry is asked for by a
    name, and an item by a number; of a list whose arrays are moved in place, a new list of the same arrays keeps
    nothing."""
    parts = [n for n in editor.nodes if isinstance(n, ast.Subscript) and editor.segment(n.value) == text]
    if any(isinstance(n, ast.Constant) and isinstance(n.value, str) for part in parts for n in ast.walk(part.slice)):
        forms = [_ONE, _ENTRIES]
    elif any(_is_listed(editor, node, text) for node in editor.nodes):
        in_place = any(isinstance(editor.parents[part], ast.AugAssign) for part in parts)
        forms = [_LIST, _ONE, _LISTS] if in_place else [_ONE, _LIST, _LISTS]
    else:
        forms = [_ONE, _LIST, _ENTRIES, _LISTS]
    return [form.format(text) for form in forms]


def _is_listed(editor: Editor, node: ast.AST, text: str) -> bool:
    """Whether something is made a list, or gets one more item."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
        return editor.segment(node.func.value) == text
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.List | ast.ListComp):
        return False
    return any(editor.segment(target) == text for target in node.targets)


def gone_through(editor: Editor, node: ast.expr) -> ast.expr:
    """What a loop goes through that gives a name its values and moves none of them; else the expression itself."""
    name = node.id if isinstance(node, ast.Name) else ""
    for loop in editor.loops_around(node) if name else ():
        if not isinstance(loop, ast.For) or name not in counted_by(loop):
            continue
        target, through = loop.target, loop.iter
        while isinstance(through, ast.Call) and through.args:
            if name_of(through.func) == "enumerate" and isinstance(target, ast.Tuple):
                target, through = target.elts[-1], through.args[0]
            elif name_of(through.func) == "zip" and isinstance(target, ast.Tuple):
                pairs = zip(target.elts, through.args, strict=False)
                target, through = next(((t, a) for t, a in pairs if name_of(t) == name), (node, node))
            elif name_of(through.func) in ("reversed", "list"):
                through = through.args[0]
            else:
                break
        moved = any(
            isinstance(whole_of(written), ast.Name) and name_of(whole_of(written)) == name
            for statement in ast.walk(loop)
            if (written := target_of(statement)) is not None
        )
        fits = isinstance(target, ast.Name) and isinstance(through, ast.Name | ast.Attribute) and not moved
        return through if fits else node
    return node


def is_set_between(editor: Editor, place: ast.stmt, node: ast.expr) -> bool:
    """Whether a name, or what something is reached by, gets another meaning between a place and where it is read: a
    loop counts by it, or it is given what is not made of its old value."""
    reached = names_in(node)
    for other in ast.walk(editor.scope(node)):
        names = counted_by(other) if isinstance(other, ast.For) else []
        target = target_of(other) if isinstance(other, ast.Assign) else None
        if isinstance(target, ast.Name) and isinstance(other, ast.Assign):
            own = {n.id for n in ast.walk(other.value) if isinstance(n, ast.Name)}
            names = [target.id] if target.id not in own else []
        if reached.intersection(names) and place.lineno <= getattr(other, "lineno", 0) <= node.lineno:
            return True
    return False


def _holder_kept(editor: Editor, node: ast.expr) -> Iterator[Edit]:
    """What holds the parameters, kept before the loop in which they are moved, and read there."""
    item = node.value if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Subscript) else None
    base = whole_of(item or node)
    if not isinstance(base, ast.Name | ast.Attribute | ast.Call):
        return
    text, start = editor.segment(base), editor.span(base)[0]
    forms = forms_of(editor, text) if base is not node else [f"{text}.copy()"]
    name = free_name(editor, text)
    read = name + editor.text[editor.span(base)[1] : editor.span(node)[1]]
    if item is not None and isinstance(node, ast.Attribute):
        forms = [f"[each.{node.attr}.copy() for each in {text}]"]
        name = free_name(editor, node.attr)
        read = name + editor.text[editor.span(base)[1] : editor.span(item)[1]]
    for rank, place in enumerate(_places(editor, node)):
        begin = editor.starts[place.lineno - 1]
        if is_set_between(editor, place, base):
            continue
        for later, form in enumerate(forms):
            changed = f"{editor.indent(place)}{name} = {form}\n{editor.text[begin:start]}{read}"
            says = f"`{text}` is meant as it was before line {place.lineno}"
            cost = _COST + 0.05 * rank + 0.02 * later
            yield Edit(begin, editor.span(node)[1], changed, node.lineno, "old value", cost, says)


def _places(editor: Editor, node: ast.AST) -> list[ast.stmt]:
    """The loops around an expression, the innermost first; or the first statement of its function."""
    if loops := list(islice(editor.loops_around(node), LOOPS)):
        return [*loops]
    function = editor.scope(node)
    while isinstance(function, ast.Lambda):
        function = editor.scope(function)
    return first_of(function) if isinstance(function, ast.FunctionDef) else []


def _kept_beside(editor: Editor, node: ast.expr, moved: ast.stmt) -> Iterator[Edit]:
    """The old value kept beside the new one by whoever has it, right before it is moved."""
    target = moved.target if isinstance(moved, ast.AugAssign) else getattr(moved, "targets", [None])[0]
    read, written = _owned(node), _owned(target) if isinstance(target, ast.expr) else None
    if read is None or written is None or _called(read) != _called(written):
        return
    before = _before(editor, moved, written)
    begin, _ = editor.whole_lines(before)
    if begin is None:
        return
    line = f"{editor.indent(before)}{_older(editor, written)} = {editor.segment(written)}.copy()\n"
    places = [(begin, begin, line), (*editor.span(read), _older(editor, read))]
    says = f"`{editor.segment(read)}` is meant as it was before line {moved.lineno}"
    yield editor.at_places(places, node.lineno, "old value", _COST + 0.1, says)


def _owned(node: ast.expr) -> ast.Attribute | ast.Subscript | None:
    """What an object keeps, or a dictionary by its name, within an expression that reads an element of it."""
    while isinstance(node, ast.Subscript) and not _is_key(node.slice):
        node = node.value
    return node if isinstance(node, ast.Attribute | ast.Subscript) else None


def _is_key(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _called(owned: ast.Attribute | ast.Subscript) -> str:
    """What its owner calls it."""
    return owned.attr if isinstance(owned, ast.Attribute) else ast.unparse(owned.slice)


def _older(editor: Editor, owned: ast.Attribute | ast.Subscript) -> str:
    """The old value, as its owner calls it."""
    owner = editor.segment(owned.value)
    if isinstance(owned, ast.Attribute):
        return f"{owner}.{free_name(editor, owned.attr)}"
    assert isinstance(owned.slice, ast.Constant)
    return f"{owner}[{'old_' + str(owned.slice.value)!r}]"


def _before(editor: Editor, moved: ast.stmt, written: ast.expr) -> ast.stmt:
    """The first of the loops that move all parts of something, if they do it one after the other."""
    names = {n.id for n in ast.walk(written) if isinstance(n, ast.Name)}
    before = moved
    for loop in editor.loops_around(moved):
        stored = (n for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        if isinstance(loop, ast.While) or names.intersection(node.id for node in stored):
            break
        before = loop
    return before

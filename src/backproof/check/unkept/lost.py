"""New values that nobody takes: `param = param - step` gives a name another array, and the network keeps its own."""

import ast
from collections.abc import Iterator

import numpy as np

from backproof.check.edits import Editor
from backproof.check.edits.tree import assigned
from backproof.check.record.memory import Ref
from backproof.check.record.trace import Trace
from backproof.check.sandbox.recording import Recording
from backproof.check.unkept.assignments import in_order, values_of, with_texts


def lost_updates(editor: Editor, run_name: str, recording: Recording) -> list[ast.Assign]:
    """The statements that compute an array's next value from it and give that to a name which no line reads again,
    while the rest of the program goes on with the array as it was; in the order in which they stand."""
    found: list[ast.Assign] = []
    for trace, made in values_of(_rebinding(editor), run_name, recording):
        found += [statement for statement, nodes in made.items() if _are_lost(trace, nodes)]
    return in_order(found)


def in_place(editor: Editor, statements: list[ast.Assign]) -> str:
    """The program's text with the new values written into the arrays that they were computed from."""
    return with_texts(editor, {statement: in_place_text(editor, statement) for statement in statements})


def in_place_text(editor: Editor, statement: ast.Assign) -> str:
    """A statement as it would change the array itself."""
    value = statement.value
    assert isinstance(value, ast.BinOp)
    (_, end), (_, behind) = editor.span(statement), editor.span(value.left)
    symbol = editor.symbol(value.op)
    step = editor.text[editor.text.index(symbol, behind) + len(symbol) : end].lstrip()
    return f"{editor.segment(value.left)} {symbol}= {step}"


def old_returns(editor: Editor, lost: list[ast.Assign]) -> Iterator[tuple[ast.Return, str]]:
    """Where the functions that lose new values return an argument of theirs, each with a variable that no line of them
    reads: what they made, perhaps, to return it."""
    functions = {scope for statement in lost if isinstance(scope := editor.scope(statement), ast.FunctionDef)}
    for function in sorted(functions, key=lambda f: f.lineno):
        names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
        read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        unread = {node.id: node for node in names if isinstance(node.ctx, ast.Store) and node.id not in read}
        given = {argument.arg for argument in function.args.args}
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Name) and node.value.id in given:
                yield from ((node, name) for name in unread)


def returning(editor: Editor, statement: ast.Return, name: str) -> tuple[str, str]:
    """The program's text with another variable returned, and the statement that does so."""
    start, end = editor.span(statement)
    meant = f"return {name}"
    return editor.text[:start] + meant + editor.text[end:], meant


def with_memory(editor: Editor, lost: list[ast.Assign]) -> list[ast.Assign]:
    """Some statements, and those beside them that lose their values in the same way, as an optimizer's memory does."""
    blocks = [editor.block_of(statement) for statement in lost]
    return [s for s in _rebinding(editor, read_later=True) if any(s in block for block in blocks)]


def _rebinding(editor: Editor, *, read_later: bool = False) -> Iterator[ast.Assign]:
    """The statements `name = name + …` and `name = name - …` whose name is a loop's or an argument, and which nothing
    reads afterwards before it gets another value (`read_later`: whether something does or not), or whose name a
    function gave to what it found in a dictionary or an object."""
    for statement in ast.walk(editor.tree):
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        target, value = statement.targets[0], statement.value
        added = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub)
        if not added or not isinstance(target, ast.Name):
            continue
        assert isinstance(value, ast.BinOp)
        own = isinstance(value.left, ast.Name) and value.left.id == target.id
        region = _given_in(editor, statement, target.id) if own else None
        unread = region is not None and (read_later or not _is_read(region, statement, target.id))
        if unread or (own and _is_taken(editor, statement, target.id)):
            yield statement


def _given_in(editor: Editor, statement: ast.stmt, name: str) -> ast.For | ast.FunctionDef | None:
    """The loop or the function that a name gets its value from, around a statement."""
    node: ast.AST = statement
    while node in editor.parents:
        node = editor.parents[node]
        if isinstance(node, ast.For) and any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node.target)):
            return node
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            return node if any(argument.arg == name for argument in arguments) else None
    return None


def _is_taken(editor: Editor, statement: ast.stmt, name: str) -> bool:
    """Whether a function gave a name to an entry of something that lives on, before a statement of it."""
    function = editor.scope(statement)
    if not isinstance(function, ast.FunctionDef):
        return False
    earlier = [n for n in ast.walk(function) if isinstance(n, ast.Assign) and n.lineno < statement.lineno]
    given = [pair for n in earlier for target in n.targets for pair in assigned(target, n.value)]
    return any(
        isinstance(target, ast.Name) and target.id == name and isinstance(value, ast.Subscript | ast.Attribute)
        for target, value in given
    )


def _is_read(region: ast.For | ast.FunctionDef, statement: ast.stmt, name: str) -> bool:
    """Whether a name's new value is read: behind the statement, or before it at a loop's next turn."""
    inner = [n for n in ast.walk(region) if isinstance(n, ast.For | ast.While) and n is not region]
    turns = any(statement in ast.walk(loop) for loop in inner)
    return any(
        isinstance(node, ast.Name)
        and node.id == name
        and isinstance(node.ctx, ast.Load)
        and (node.lineno > (statement.end_lineno or 0) or turns)
        for part in region.body
        for node in ast.walk(part)
    )


def _are_lost(trace: Trace, nodes: list[int]) -> bool:
    """Whether nothing is computed from some values, and other things are from the arrays that they were made of."""
    own = set(nodes)
    lines = {trace.sites[node] for node in nodes}
    olds = {int(a) for node in nodes for a in trace.arguments[node][:1] if isinstance(a, Ref)}
    read = used = False
    for node in range(len(trace)):
        for earlier in trace.inputs(node):
            read = read or earlier in own
            used = used or (earlier in olds and trace.sites[node] not in lines)
    arrays = all(isinstance(trace.values[node], np.ndarray) for node in nodes)
    return arrays and used and not read

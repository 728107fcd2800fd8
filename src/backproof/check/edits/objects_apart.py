"""Layers that share one object, such as an activation, which remembers what the last of them gave it."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor

_COST = 0.6


def objects_apart(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """A new object wherever one that is made by a statement is handed to another layer: `ReLU()` for `relu`."""
    reads = _shared(editor, statement)
    if not reads or not isinstance(statement, ast.Assign):
        return
    made = editor.segment(statement.value)
    places = sorted(editor.span(node) for node in reads)
    (first, _), (_, last) = places[0], places[-1]
    text, at = "", first
    for start, end in places:
        text += editor.text[at:start] + made
        at = end
    says = f"each has a `{made}` of its own, which remembers what it was given"
    yield Edit(first, last, text, statement.lineno, "shared", _COST, says)


def lines_of_shared_objects(editor: Editor) -> set[int]:
    """The lines that make an object which several others are given, and which remembers something."""
    return {node.lineno for node in editor.nodes if isinstance(node, ast.Assign) and _shared(editor, node)}


def _shared(editor: Editor, statement: ast.stmt) -> list[ast.Name]:
    """Where the object that a statement makes is handed on, if it remembers what it is given; empty for once."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return []
    target, function = statement.targets[0], statement.value.func
    if not (isinstance(target, ast.Name) and isinstance(function, ast.Name) and _remembers(editor, function.id)):
        return []
    reads = [
        node
        for node in editor.within(editor.scope(statement))
        if isinstance(node, ast.Name) and node.id == target.id and isinstance(node.ctx, ast.Load)
    ]
    handed = [node for node in reads if isinstance(editor.parents[node], ast.Call | ast.keyword | ast.List | ast.Tuple)]
    return handed if len(handed) > 1 else []


def _remembers(editor: Editor, name: str) -> bool:
    """Whether an object of a class keeps what one of its methods is given, and reads it in another one."""
    made = next((node for node in editor.nodes if isinstance(node, ast.ClassDef) and node.name == name), None)
    methods = [node for node in made.body if isinstance(node, ast.FunctionDef)] if made is not None else []
    kept: dict[str, ast.FunctionDef] = {}
    for method in methods:
        if method.name != "__init__":
            for node in editor.within(method):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    kept.setdefault(editor.segment(node), method)
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and kept.get(editor.segment(node), method) is not method
        for method in methods
        for node in editor.within(method)
    )

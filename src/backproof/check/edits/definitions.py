"""An edit that writes a formula where a function was called, made in the function itself: whoever writes a formula
instead of calling a derivative says that the derivative is wrong."""

import ast
from collections.abc import Iterator, Mapping

from backproof.check.edits.editor import Edit, Editor, is_python
from backproof.check.edits.functions import vectorized
from backproof.check.edits.tree import name_of
from backproof.check.syntax import expression_of

_SOONER = 0.4  # how much likelier it is that a derivative is wrong than that it should not be called
_ARRAYS = ("np", "numpy", "math")

Function = ast.FunctionDef | ast.Lambda


def in_definitions(texts: Mapping[str, str], file: str, edit: Edit) -> Iterator[tuple[str, Edit]]:
    """The edits that make a function of the files give what an edit gives in the place of a call of it.

    Args:
        texts: the files by name, as they are before the edit.
    """
    call = _call_at(Editor(texts[file]), edit)
    if call is None or not call.args or call.keywords:
        return
    for name, text in texts.items():
        editor = Editor(text)
        for function in _defined(editor, name_of(call.func)):
            parameters = [a.arg for a in function.args.args if a.arg not in ("self", "cls")]
            needed = len(parameters) - len(function.args.defaults)
            if not needed <= len(call.args) <= len(parameters) or function.args.vararg:
                continue
            formula = _Renamed(dict(zip(map(ast.unparse, call.args), parameters, strict=False))).read(edit.text)
            known = {*parameters, *_ARRAYS, *editor.functions}
            if formula is None or not {n.id for n in ast.walk(formula) if isinstance(n, ast.Name)} <= known:
                continue
            for value in _given(editor, function):
                made = editor.replace(value, ast.unparse(formula), edit.kind, edit.cost - _SOONER)
                if is_python(made.apply(text)):
                    yield name, made


def _call_at(editor: Editor, edit: Edit) -> ast.Call | None:
    """The call that an edit puts something else in the place of."""
    for node in editor.nodes:
        if isinstance(node, ast.Call) and editor.span(node) == (edit.start, edit.end):
            return node
    return None


def _defined(editor: Editor, name: str) -> Iterator[Function]:
    """The functions of a file that a name stands for, also as `np.vectorize` makes one of another."""
    for node in editor.nodes:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            yield node
        if isinstance(node, ast.Assign) and any(name_of(target) == name for target in node.targets):
            inner = vectorized(node.value)
            value = inner or node.value
            if isinstance(value, ast.Lambda):
                yield value
            elif inner is not None and (other := name_of(inner)) != name:
                yield from _defined(editor, other)


def _given(editor: Editor, function: Function) -> Iterator[ast.expr]:
    """What a function gives back."""
    if isinstance(function, ast.Lambda):
        yield function.body
        return
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None and editor.scope(node) is function:
            yield node.value


class _Renamed(ast.NodeTransformer):
    """A formula in which what was handed to a function is called as the function calls it."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def read(self, text: str) -> ast.expr | None:
        try:
            made = self.visit(expression_of(text.strip()))
        except SyntaxError:
            return None
        return made if isinstance(made, ast.expr) else None

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr) and (name := self.names.get(ast.unparse(node))) is not None:
            return ast.Name(name, ast.Load())
        return self.generic_visit(node)

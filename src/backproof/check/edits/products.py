"""The factors of a product: some of them left out, divided by, or joined by what they come with elsewhere."""

import ast
import itertools
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import LAID_OUT, name_of

_COMPANIONS = 4
_NEAREST = 8  # variables that may be taken off a factor


def products(unit: ast.expr) -> Iterator[ast.BinOp]:
    """The products of several factors within an expression, the whole of each."""
    stack: list[ast.AST] = [unit]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            yield node
            stack += [part for part, _ in chain_of(node)]
        else:
            stack += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def multiplied(unit: ast.expr) -> Iterator[ast.expr]:
    """The factors of all products within an expression, but those that it divides by."""
    for product in products(unit):
        yield from (part for part, divides in chain_of(product) if not divides)
    for node in ast.walk(unit):
        if isinstance(node, ast.Call) and name_of(node.func) == "multiply":
            yield from node.args
        elif isinstance(node, ast.Call) and name_of(node.func) in ("diag", "diagflat") and node.args:
            yield _as_it_was(node.args[0])  # a matrix product with it multiplies element by element


def _as_it_was(node: ast.expr) -> ast.expr:
    """The variable of which something is a row, a transpose or a list: `z` of `z.T[0].tolist()`."""
    while True:
        called = node.func if isinstance(node, ast.Call) else node
        if isinstance(called, ast.Attribute) and called.attr in (*LAID_OUT, "tolist"):
            node = called.value
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute | ast.Call):
            node = node.value
        else:
            return node


def chain_of(node: ast.expr) -> list[tuple[ast.expr, bool]]:
    """The factors of a product, from left to right, and whether each divides."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        return [*chain_of(node.left), (node.right, isinstance(node.op, ast.Div))]
    return [(node, False)]


def subsets(editor: Editor, product: ast.BinOp) -> Iterator[Edit]:
    """A product with some of its factors, or with another derivative in the place of one."""
    chain = chain_of(product)
    if not 2 <= len(chain) <= 6:
        return
    texts = [(editor.atom(part), divides) for part, divides in chain]
    for count in range(1, len(chain)):
        for kept in itertools.combinations(range(len(chain)), count):
            if texts[kept[0]][1]:
                continue
            text = texts[kept[0]][0] + "".join(f" {'/' if texts[k][1] else '*'} {texts[k][0]}" for k in kept[1:])
            yield editor.replace(product, text, "extra factor", 1.4 + 0.25 * (len(chain) - count))
    for position, (_, divides) in enumerate(texts):
        if position and not divides:
            left = "".join(f"{' / ' if d else ' * ' if n else ''}{t}" for n, (t, d) in enumerate(texts[:position]))
            right = "".join(f" {'/' if d else '*'} {t}" for t, d in texts[position + 1 :])
            yield editor.replace(product, f"{left} / {texts[position][0]}{right}", "factor", 2.4)


def as_multiplied_elsewhere(editor: Editor, product: ast.BinOp, statement: ast.stmt) -> Iterator[Edit]:
    """A product with what one of its factors comes with in another product of the file: `x * mask / keep`."""
    own = {editor.segment(part) for part, _ in chain_of(product)}
    known = {*editor.variables(statement)}
    found: dict[str, None] = {}
    for other in (node for node in editor.nodes if isinstance(node, ast.BinOp)):
        chain = [(editor.segment(part), divides) for part, divides in chain_of(other)]
        if len(chain) < 2 or not any(text in own and text in known and not divides for text, divides in chain):
            continue
        for text, divides in chain:
            if text not in own and text in known:
                found.setdefault(f"{'/' if divides else '*'} {text}")
    for rank, factor in enumerate([*found][:_COMPANIONS]):
        yield editor.replace(product, f"{editor.segment(product)} {factor}", "missing factor", 1.1 + 0.1 * rank)


def differences(editor: Editor, product: ast.BinOp, statement: ast.stmt) -> Iterator[Edit]:
    """A factor less another value: what a gate mixes is one of the two, less the other, in its gradient."""
    near = [text for text in editor.near(statement, _NEAREST) if not editor.is_rate(text)]
    for part, divides in chain_of(product):
        if divides or not (isinstance(part, ast.Name | ast.Attribute | ast.Subscript) and editor.is_variable(part)):
            continue
        own = editor.segment(part)
        for rank, other in enumerate(text for text in near if text != own):
            yield editor.replace(part, f"({own} - {other})", "missing term", 1.9 + 0.04 * rank)

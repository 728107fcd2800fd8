"""Masks of dropout that a layer does not keep: what it drops on the way forward must not be handed back either
(Srivastava et al., Dropout, 2014, section 5.1)."""

import ast
from collections.abc import Iterator
from dataclasses import replace

from backproof.check.edits.editor import Edit, Editor, made_at_once
from backproof.check.edits.products import chain_of
from backproof.check.edits.tree import name_of

KIND = "dropout"
_COST = 0.4
_NAME = "mask"
_DRAWS = {"rand", "random", "random_sample", "binomial", "bernoulli", "uniform", "choice", "randint", "rvs"}


def kept_masks(editor: Editor) -> Iterator[Edit]:
    """For each class a method of which multiplies what it is given with something drawn at random: that is kept, and
    what another method hands back is multiplied with it."""
    for layer in (node for node in editor.nodes if isinstance(node, ast.ClassDef)):
        methods = [node for node in layer.body if isinstance(node, ast.FunctionDef) and len(node.args.args) > 1]
        for method in methods:
            for product in ast.walk(method):
                kept = _kept(editor, method, product) if isinstance(product, ast.expr) else None
                if kept is None:
                    continue
                for other in methods:
                    if other is not method and not _draws(other):
                        yield from _handed_back(editor, kept, other)


def _kept(editor: Editor, method: ast.FunctionDef, product: ast.expr) -> list[Edit] | None:
    """The edits that keep what the input of a method is multiplied with, if it is drawn at random."""
    chain = chain_of(product)
    (first, _), *factors = chain
    own, given, *_ = (argument.arg for argument in method.args.args)
    if not factors or not (isinstance(first, ast.Name) and first.id == given) or editor.is_operand(product):
        return None
    mask, divides = factors[0]
    if divides or not (_draws(mask) or _is_drawn_before(method, mask)):
        return None
    statement = editor.statement_at(product.lineno)
    if statement is None or any(editor.segment(n) == f"{own}.{_NAME}" for n in editor.nodes if isinstance(n, ast.expr)):
        return None
    first_factor = editor.atom(mask) if len(factors) > 1 else editor.segment(mask)
    text = first_factor + "".join(f" {'/' if over else '*'} {editor.atom(part)}" for part, over in factors[1:])
    begin = editor.starts[statement.lineno - 1]
    line = f"{editor.indent(statement)}{own}.{_NAME} = {text}\n"
    read = editor.replace(product, f"{given} * {own}.{_NAME}", KIND, _COST)
    return [Edit(begin, begin, line, statement.lineno, KIND, _COST), read]


def _handed_back(editor: Editor, kept: list[Edit], method: ast.FunctionDef) -> Iterator[Edit]:
    """What a method gives, multiplied with what another one has kept."""
    for given in ast.walk(method):
        if isinstance(given, ast.Return) and given.value is not None and not isinstance(given.value, ast.Tuple):
            text = f"{editor.first_factor(given.value)} * {method.args.args[0].arg}.{_NAME}"
            back = editor.replace(given.value, text, KIND, _COST)
            yield replace(made_at_once(editor.text, [*kept, back]), line=back.line)


def _draws(node: ast.AST) -> bool:
    """Whether something is drawn at random there."""
    return any(isinstance(each, ast.Call) and name_of(each.func) in _DRAWS for each in ast.walk(node))


def _is_drawn_before(method: ast.FunctionDef, mask: ast.expr) -> bool:
    """Whether a variable of a method is drawn at random in it."""
    if not isinstance(mask, ast.Name):
        return False
    made = (node for node in ast.walk(method) if isinstance(node, ast.Assign))
    named = (n.value for n in made if any(isinstance(t, ast.Name) and t.id == mask.id for t in n.targets))
    return any(_draws(value) for value in named)

"""What one parameter's update would say for another: for the layer beside it, or for the biases of the same layer."""

import ast
import re
from collections.abc import Iterator

from backproof.check.edits.analogies import NUMBER, PLACE, shifted
from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.made_of import factors_of
from backproof.check.edits.names import RATE
from backproof.check.edits.tree import factors_in, name_of, names_in

_WORD = re.compile(r"\w+")
_AS_BIAS = (("weights", "biases"), ("weights", "bias"), ("weight", "bias"), ("W", "b"), ("w", "b"), ("W", "B"))
_FORMS = (
    "{0}.sum(axis=0)", "{0}.sum(axis=0, keepdims=True)", "{0}.mean(axis=0)", "{0}.mean(axis=0, keepdims=True)",
    "{0}.sum(axis=1, keepdims=True)", "{0}.mean(axis=1, keepdims=True)", "{0}", "np.sum({0})", "np.mean({0})",
)  # fmt: skip


def said_for(text: str, own: str, name: str, known: set[str]) -> Iterator[str]:
    """A text about one parameter as it would be about another.

    Args:
        own: what the parameter is called that the text is about.
        name: what the other one is called.
        known: the words of the file: others make no sense.
    """
    if own in text and own != name:
        yield text.replace(own, name)
    for pattern in (NUMBER, PLACE):
        for step in (-1, 1):
            if _is_about(shifted(pattern, own, step), name):
                yield shifted(pattern, text, step) or text
    for pairs in (_AS_BIAS, _AS_BIAS[::-1]):

        def other(found: re.Match[str], pairs: tuple[tuple[str, str], ...] = pairs) -> str:
            made = (word for old, new in pairs for word in _replaced(found[0], old, new))
            return next((word for word in made if word in known), found[0])

        if _is_about(_WORD.sub(other, own), name):
            yield _WORD.sub(other, text)


def _is_about(made: str | None, name: str) -> bool:
    return made is not None and made.replace(" ", "") == name.replace(" ", "")


def _replaced(word: str, old: str, new: str) -> Iterator[str]:
    """A word with one of its occurrences of some letters replaced."""
    for found in re.finditer(old, word):
        yield word[: found.start()] + new + word[found.end() :]


def bias_steps(editor: Editor, statement: ast.stmt, name: str) -> Iterator[str]:
    """The updates of a bias by the sum or the mean of what a weight's update is a product with."""
    if isinstance(statement, ast.AugAssign):
        operator, value = statement.op, statement.value
    elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp):
        operator, value = statement.value.op, statement.value.right
    else:
        return
    if not isinstance(operator, ast.Add | ast.Sub):
        return
    sign = editor.symbol(operator)
    first = value
    while isinstance(first, ast.BinOp):
        first = first.left
    rate = editor.segment(first) if isinstance(first, ast.Name | ast.Attribute | ast.Subscript | ast.Constant) else ""
    last = value.right if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult) else None
    behind = editor.segment(last) if isinstance(last, ast.Name | ast.Attribute | ast.Constant) else ""
    if RATE.search(behind) and not RATE.search(rate):
        rate = ""
    nodes = [n for n in ast.walk(value) if isinstance(n, ast.Name | ast.Subscript | ast.Attribute)]
    parts = dict.fromkeys(
        text
        for node in nodes
        if isinstance(node.ctx, ast.Load)
        for text in (editor.segment(node), *factors_of(editor, node, statement))
    )
    for part in parts:
        if part in (rate, behind) or part.endswith(".T") or part in ("np", "numpy", "self"):
            continue
        plain = part.replace(".", "").isidentifier() or part.endswith("]")
        for form in _FORMS:
            summed = form.format(part if plain else f"({part})")
            step = f"{rate} * {summed}" if rate else f"{summed} * {behind}" if behind else summed
            augmented = isinstance(statement, ast.AugAssign)
            yield f"{name} {sign}= {step}" if augmented else f"{name} = {name} {sign} {step}"


def as_other_layer(editor: Editor, statement: ast.stmt, name: str) -> Iterator[str]:
    """The update of a weight of another layer: with what that layer's weight is multiplied with in the forward pass
    in the place of what this layer's is, and with a variable that nothing reads yet in the place of another."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    value = getattr(statement, "value", None)
    if target is None or value is None:
        return
    own, start = editor.segment(target), editor.span(statement)[0]
    inputs, others = _met_by(editor, own), _met_by(editor, name)
    read = [node for node in ast.walk(value) if isinstance(node, ast.Name | ast.Attribute | ast.Subscript)]
    here = [node for node in read if editor.segment(node) in inputs]
    text = editor.segment(statement)
    for first in here:
        for other in others:
            for second in [node for node in read if node not in here and editor.segment(node) != own]:
                for unread in editor.unread(statement):
                    swaps = sorted(((first, other), (second, unread)), key=lambda swap: -editor.span(swap[0])[0])
                    made = text
                    for node, said in swaps:
                        begin, end = (place - start for place in editor.span(node))
                        made = made[:begin] + said + made[end:]
                    yield made.replace(own, name)


def _met_by(editor: Editor, name: str) -> list[str]:
    """What a weight is multiplied with in the file, by matrix products."""
    found: dict[str, None] = {}
    for node in editor.nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            pair = [node.left, node.right]
        elif isinstance(node, ast.Call) and name_of(node.func) in ("dot", "matmul"):
            holder = node.func.value if isinstance(node.func, ast.Attribute) and len(node.args) == 1 else None
            pair = [holder, *node.args] if holder is not None else node.args
        else:
            continue
        texts = [editor.segment(operand) for operand in pair]
        if len(texts) == 2 and name in texts:
            found.setdefault(texts[1 - texts.index(name)])
    return [text for text in found if text.removesuffix(".T") == text]


def behind_loop(editor: Editor, statement: ast.stmt, name: str) -> Iterator[Edit]:
    """The update of a bias that is one element of a list, behind the loop that updates the weights in it: without what
    the loop goes through."""
    loop, place = editor.parents.get(statement), re.search(r"\[(-?\d+)\]$", name)
    if not isinstance(statement, ast.AugAssign) or not isinstance(statement.target, ast.Subscript) or place is None:
        return
    index = statement.target.slice
    _, last = editor.whole_lines(loop) if isinstance(loop, ast.For) else (None, None)
    if not isinstance(loop, ast.For) or not isinstance(index, ast.Name) or last is None:
        return
    walked = names_in(loop.target)
    own = [factor for factor in factors_in(statement.value) if not walked & names_in(factor)]
    step = " * ".join(editor.segment(factor) for factor in own)
    text = f"{editor.segment(statement.target.value)}[{place[1]}] {editor.symbol(statement.op)}= {step}"
    if own:
        made = f"{editor.indent(loop)}{text}\n"
        yield Edit(last, last, made, loop.end_lineno or loop.lineno, "missing line", 0.2, f"{text} is missing")


def beside_loop(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """A statement in a loop, for the loop beside it that is the same but for some names and lacks it."""
    loop = editor.parents.get(statement)
    if not isinstance(loop, ast.For) or statement not in loop.body:
        return
    place = loop.body.index(statement)
    for other in editor.block_of(loop):
        if other is loop or not isinstance(other, ast.For) or len(other.body) != len(loop.body) - 1:
            continue
        rest = [*loop.body[:place], *loop.body[place + 1 :]]
        pairs = [(loop.target, other.target), (loop.iter, other.iter), *zip(rest, other.body, strict=True)]
        names = _renamed([(editor.segment(a), editor.segment(b)) for a, b in pairs])
        behind = other.body[place - 1] if place else None
        _, last = editor.whole_lines(behind) if behind is not None else (None, None)
        if names is None or last is None:
            continue
        text = _WORD.sub(lambda found, names=names: names.get(found[0], found[0]), editor.segment(statement))  # type: ignore[misc]
        made = editor.indent(other.body[0]) + text + "\n"
        says = f"{text} is missing, as line {statement.lineno} says it"
        yield Edit(last, last, made, other.body[-1].lineno, "missing line", 0.2, says)


def _renamed(pairs: list[tuple[str, str]]) -> dict[str, str] | None:
    """The words that differ between texts that are the same otherwise; None if they are not."""
    names: dict[str, str] = {}
    for one, other in pairs:
        if _WORD.sub("#", one) != _WORD.sub("#", other):
            return None
        for a, b in zip(_WORD.findall(one), _WORD.findall(other), strict=True):
            if names.setdefault(a, b) != b:
                return None
    return names


def in_lists(editor: Editor, name: str, known: set[str]) -> Iterator[Edit]:
    """What lists the parameters with their gradients, or hands on the new ones, with the one that it lacks."""
    for node in editor.nodes:
        if not isinstance(node, ast.List | ast.Tuple) or len(node.elts) < 2:
            continue
        texts = [editor.segment(item) for item in node.elts]
        for item, text in zip(node.elts, texts, strict=True):
            pair = isinstance(item, ast.Tuple) and len(item.elts) == 2
            own = editor.segment(item.elts[0]) if isinstance(item, ast.Tuple) and pair else text.split(" ")[0]
            end = editor.span(item)[1]
            for made in said_for(text, own, name, known):
                if pair and made not in texts:
                    says = f"{made} is missing in the list"
                    yield Edit(end, end, f", {made}", item.lineno, "missing line", 0.2, says)
                elif not pair and name in texts and made != name and made.startswith(name):
                    place = node.elts[texts.index(name)]
                    yield editor.replace(place, made, "missing line", 0.2, f"{made} is meant")

"""The edits of variables, numbers and indices."""

import ast
import difflib
import re
from collections.abc import Iterator

from backproof.check.edits.averages import averaged
from backproof.check.edits.axes import whole_number
from backproof.check.edits.counters import counters
from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.left_out import left_out
from backproof.check.edits.names import RATE
from backproof.check.edits.varied import writes_by_mask

_NAMES = 40
_TINY = 1e-4
_LISTS = 6  # of which the element beside a turn may be meant,
_BESIDE = 1.5  # and how unlikely that is

_LEARNING = re.compile(r"learning|lrate|(?<![a-z])(lr|rate|eta)(?![a-z])", re.IGNORECASE)


def other_variable(editor: Editor, node: ast.expr, statement: ast.stmt) -> Iterator[Edit]:
    """The variables that are named nearest, and those of the likest names, the likest first."""
    own = editor.segment(node)
    alike = {t: difflib.SequenceMatcher(None, own, t).ratio() for t in editor.variables(statement) if t != own}
    near = sorted(alike, key=lambda text: -alike[text])
    chosen = {*near[:_NAMES], *(text for text in editor.near(statement, _NAMES) if text != own)}
    if _LEARNING.search(own):  # nothing else is meant by what is called so than another rate
        chosen = {text for text in chosen if RATE.search(text)}
    elif own in editor.fractions:  # nor by a share
        chosen = {text for text in chosen if editor.is_rate(text)}
    averages, unread = averaged(editor, node, statement), left_out(editor, node)
    chosen |= unread
    turns = editor.turns(statement)
    above = editor.parents.get(node)
    # what counts the turns of a loop picks elements, and is seldom a value among others
    counting = set() if own in turns or _picks(editor, node) else counters(editor, statement)
    if isinstance(above, ast.Subscript) and above.value is node:
        chosen = {text for text in chosen if not text.startswith(f"{own}[")}  # what was picked is picked from no more
    for rank, text in enumerate(text for text in near if text in chosen):
        usual = () if own in editor.settings else editor.shapes.get(own)
        unlike = text in editor.shapes and usual is not None and editor.shapes[text] != usual
        unlike = unlike or (editor.is_rate(text) and not editor.is_rate(own)) or text in counting
        # a running average is of what was in it before, and what goes through a list is there to be read
        sooner = 0.8 * (text == averages) + 0.5 * (text in unread)
        # the loops' counters are taken for each other
        counts = own in turns and text in turns
        far = 0 if text in unread or counts else min(rank, 20)
        yield editor.replace(node, text, "variable", 1.0 + 0.06 * far + 1.6 * unlike - sooner)


def _picks(editor: Editor, node: ast.expr) -> bool:
    """Whether an expression says which element is meant, or is handed to a call, as that of `range` is."""
    inner: ast.AST = node
    while isinstance(above := editor.parents.get(inner), ast.expr | ast.Slice):
        if isinstance(above, ast.Call) or (isinstance(above, ast.Subscript) and above.slice is inner):
            return True
        inner = above
    return False


def wrapped(editor: Editor, node: ast.expr, statement: ast.stmt) -> Iterator[Edit]:
    """A variable that should have gone through a function which the file uses elsewhere; a rate seldom should, and what
    counts the turns of a loop does not."""
    own = editor.segment(node)
    if editor.is_rate(own) or own in counters(editor, statement):
        return
    for function in editor.unary(statement):
        yield editor.replace(node, f"{function}({own})", "missing function", 2.1)


def by_method(editor: Editor, node: ast.expr, statement: ast.stmt) -> Iterator[Edit]:
    """What an object computes from one of its attributes, in the place of the attribute itself: a neuron's error times
    its slope, for the error."""
    above = editor.parents.get(node)
    if not isinstance(node, ast.Attribute) or isinstance(above, ast.Attribute | ast.Call):
        return
    function = editor.scope(statement)
    for method in editor.computing_from(node.attr):
        if not (isinstance(function, ast.FunctionDef) and function.name == method):
            yield editor.replace(node, f"{editor.segment(node.value)}.{method}()", "missing function", 1.1)


def indexed(editor: Editor, node: ast.expr, statement: ast.stmt) -> Iterator[Edit]:
    """The part of a variable that a loop has come to, in the place of the whole."""
    own = editor.segment(node)
    above = editor.parents.get(node)
    if isinstance(above, ast.Subscript) and above.value is node:
        return
    for name in editor.turns(statement):
        if name != own:
            yield editor.replace(node, f"{own}[{name}]", "index", 1.8)


def constant(editor: Editor, node: ast.Constant, statement: ast.stmt) -> Iterator[Edit]:
    value = node.value
    if value and isinstance(value, int | float) and not isinstance(value, bool):
        # what is computed and never read may have been meant
        for name in editor.unread(statement, unpacked=False)[:2]:
            yield editor.replace(node, name, "variable", 0.9)
        # and what is called by a name elsewhere, as a slope, may have been written down as a number
        for name in editor.settings_near(statement):
            yield editor.replace(node, name, "variable", 1.4)
    above = editor.parents.get(node)
    # with 0 in its place, or what keeps a division from breaking, what is computed there is nothing at all, or 1
    scales = isinstance(above, ast.BinOp) and (
        isinstance(above.op, ast.Mult)
        or (isinstance(above.op, ast.Div) and above.left is node)
        or (isinstance(above.op, ast.Pow) and above.right is node)
    )
    # and what is added or subtracted is left out then, and not zero
    added = isinstance(above, ast.BinOp) and isinstance(above.op, ast.Add | ast.Sub) and above.right is node
    # a number that is handed on or named, as a rate is, has seldom lost its sign
    signed = 2.6 if isinstance(above, ast.Call | ast.keyword | ast.Assign | ast.AnnAssign) else 1.5
    if isinstance(value, bool):
        yield editor.replace(node, str(not value), "flag", 1.6)
    elif isinstance(value, int):
        if value and not isinstance(above, ast.UnaryOp):
            yield editor.replace(node, f"(-{value})", "sign", signed)
        for other in dict.fromkeys((value + 1, value - 1, 2 * value, 0)):
            if not other and (scales or added):
                continue
            yield editor.replace(node, str(other) if other >= 0 else f"({other})", "number", 1.7)
        if isinstance(above, ast.BinOp) and isinstance(above.op, ast.Div | ast.Mult):
            for other in editor.wholes:
                if other != value and (other or not scales):
                    yield editor.replace(node, str(other), "number", 1.9)
    elif isinstance(value, float):
        if value and not isinstance(above, ast.UnaryOp):
            yield editor.replace(node, f"(-{editor.segment(node)})", "sign", signed)
        small = 0.0 < value < _TINY  # it keeps a division from breaking, and is not wrong for being there
        for another in dict.fromkeys((1 - value, value * 2, value / 2, 1.0, 0.0, *editor.floats)):
            if another != value and not (small and another == 0.0) and not (scales and abs(another) < _TINY):
                yield editor.replace(node, repr(round(another, 12)), "number", 1.9)
    elif isinstance(value, str) and isinstance(above, ast.Subscript):
        digits = re.search(r"\d+", value)
        if digits:
            for step in (1, -1):
                text = value.replace(digits[0], str(int(digits[0]) + step))
                yield editor.replace(node, repr(text), "variable", 1.5)


_COMPARED = {ast.Gt: ">", ast.Lt: "<", ast.GtE: ">=", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!="}
_EQUAL = (ast.Eq, ast.NotEq)


def comparison(editor: Editor, node: ast.Compare) -> Iterator[Edit]:
    own = type(node.ops[0])
    start, end = editor.span(node.left)[1], editor.span(node.comparators[0])[0]
    # what chooses where to write is more often wrong than what branches
    cost = 1.2 if isinstance(editor.parents.get(node), ast.Subscript) else 1.7
    for kind, symbol in _COMPARED.items():
        if kind is not own and own in _COMPARED and (kind in _EQUAL) == (own in _EQUAL):
            says = f"{editor.segment(node)} with {symbol}"
            turned = kind in _EQUAL or ("=" in symbol) == ("=" in _COMPARED[own])
            yield Edit(start, end, f" {symbol} ", node.lineno, "comparison", cost + 0.1 * (not turned), says)


def written(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """What is written where a condition holds: a number that the file has a name for, in the place of a bare one."""
    value = getattr(statement, "value", None)
    if writes_by_mask(statement) and isinstance(value, ast.Constant):
        for rank, text in enumerate(editor.near(statement, 8)):
            yield editor.replace(value, text, "number", 1.5 + 0.05 * rank)


def index(editor: Editor, node: ast.expr) -> Iterator[Edit]:
    """Another place in an array or a list: one further, one less, without its first or without its last, or what is on
    the other side of a bound."""
    if isinstance(node, ast.Tuple):
        for item in node.elts:
            yield from index(editor, item)
    elif isinstance(node, ast.Slice):
        if node.step is None:
            bounds = [bound for bound in (node.lower, node.upper) if bound is not None]
            for bound in bounds if len(bounds) == 1 else []:
                other = f":{editor.segment(bound)}" if node.upper is None else f"{editor.segment(bound)}:"
                yield editor.replace(node, other, "index", 1.4)
            for text in (":", "1:", ":-1"):
                yield editor.replace(node, text, "index", 1.5)
    elif not isinstance(node, ast.Constant):
        text = editor.segment(node)
        yield editor.replace(node, f"{text} + 1", "index", 1.6)
        yield editor.replace(node, f"{text} - 1", "index", 1.6)
        if isinstance(node, ast.BinOp):
            yield editor.replace(node, editor.segment(node.left), "index", 1.5)


def turning(editor: Editor, node: ast.Subscript, statement: ast.stmt) -> Iterator[Edit]:
    """The turn that a loop has come to, or the one beside it, in the place of a fixed index."""
    if type(whole_number(node.slice)) is int and not _is_shape(node.value):
        for name in editor.turns(statement):
            for text in (name, f"{name} - 1", f"{name} + 1"):
                yield editor.replace(node.slice, text, "index", 1.9)


def beside_elsewhere(editor: Editor, node: ast.Subscript, statement: ast.stmt) -> Iterator[Edit]:
    """The element of another list at the turn beside the one that a loop has come to: a list that begins with the input
    is one ahead of one that does not, `pre[i - 1]` for `activations[i]`."""
    turns, own = editor.turns(statement), editor.segment(node.value)
    at = editor.segment(node.slice)
    if at not in turns or _is_shape(node.value) or isinstance(node.ctx, ast.Store):
        return
    read = (n for n in editor.within(editor.scope(statement)) if isinstance(n, ast.Subscript))
    others = dict.fromkeys(editor.segment(n.value) for n in read if isinstance(n.value, ast.Name | ast.Attribute))
    given = {argument.arg for argument in getattr(getattr(editor.scope(statement), "args", None), "args", ())}
    for other in [name for name in (*others, *given) if name != own and name not in turns][:_LISTS]:
        for step in ("- 1", "+ 1"):
            yield editor.replace(node, f"{other}[{at} {step}]", "variable", _BESIDE)


def _is_shape(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "shape"


def other_key(editor: Editor, node: ast.expr) -> Iterator[Edit]:
    """Another beginning of a key that is put together: `cache['Z%d' % (i - 1)]` for `cache['A%d' % (i - 1)]`."""
    if node not in editor.keys:
        return
    head, rest = editor.keys[node]
    heads = dict.fromkeys(other for other, same in editor.keys.values() if same == rest and other != head)
    for rank, other in enumerate(heads):
        text = editor.segment(node).replace(head, other, 1)
        yield editor.replace(node, text, "variable", 1.2 + 0.05 * rank)


def other_holder(editor: Editor, node: ast.Subscript, statement: ast.stmt) -> Iterator[Edit]:
    """The same place, or the next or the last one, in another list, and the whole of this one."""
    if isinstance(node.slice, ast.Tuple | ast.Slice):
        return
    own, place = editor.segment(node.value), editor.segment(node.slice)
    places = [place] if isinstance(node.slice, ast.Constant) else [place, f"{place} - 1", f"{place} + 1"]
    if isinstance(node.slice, ast.BinOp):
        places.append(editor.segment(node.slice.left))
    holders = dict.fromkeys(text.split("[")[0] for text in editor.variables(statement) if "[" in text)
    holders.update(dict.fromkeys(editor.lists))
    for rank, holder in enumerate(list(holders)[:10]):
        for other in places:
            if holder != own:
                yield editor.replace(node, f"{holder}[{other}]", "variable", 1.6 + 0.05 * rank)

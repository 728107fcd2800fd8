"""The edits of calls: another function, another axis, other arguments."""

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import replace

from backproof.check.edits.axes import count_of_axes, swapped
from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.kept_functions import called_instead
from backproof.check.edits.tree import name_of, target_of
from backproof.check.edits.values import index as index_edits

_TURN = 0.9
_WHOLE = 1.5  # how unlikely it is that a sum of all numbers should be none
_SPREAD = 0.8  # the same where that sum is added to several numbers
_OF_ROWS = 0.5  # how unlikely it is that another sum than Python's own is meant, which adds up the rows of an array
OWN_SUM = 0.2  # how unlikely it is that shares of a sum lack an axis by mistake
_REDUCERS = {"sum": "mean", "mean": "sum", "average": "sum"}
_OTHERS = {  # functions that are taken for each other, or for each other's derivative
    "maximum": ("minimum",), "minimum": ("maximum",), "sin": ("cos",), "cos": ("sin",),
    "sinh": ("tanh", "cosh"), "cosh": ("sinh",),
}  # fmt: skip
_SIZES = ("abs", "absolute", "fabs")


def call(editor: Editor, node: ast.Call) -> Iterator[Edit]:
    name = name_of(node.func)
    if isinstance(node.func, ast.Name | ast.Attribute) and name in editor.functions:
        for other, arity in editor.functions.items():
            if other != name and arity == editor.functions[name]:
                likeness = difflib.SequenceMatcher(None, name, other).ratio()
                yield function(editor, node, other, "function", 1.3 + (1 - likeness))
        yield from keywords_of_siblings(editor, node, name)
    for other, cost in called_instead(editor, node):
        yield function(editor, node, other, "function", cost)
    if name in _REDUCERS:
        yield function(editor, node, _REDUCERS[name], "sum or mean", 1.4)
    for other in _OTHERS.get(name, ()):
        yield function(editor, node, other, "function", 1.8)
    if name in _SIZES and len(node.args) == 1:
        yield editor.replace(node, f"{editor.atom(node.args[0])} ** 2", "power", 1.6)
    if name == "sum" and isinstance(node.func, ast.Name) and "sum" not in editor.functions:
        yield from _along_an_axis(editor, node)
    elif name in ("sum", "mean", "average", "max", "amax", "argmax", "std", "var", "prod"):
        yield from axis(editor, node)
    if name in _REDUCERS and not node.keywords and len(node.args) < 2:
        yield from _as_it_is(editor, node)
    if name == "where" and len(node.args) == 3:
        yield from _signed(editor, node)
    if name == "multiply" and len(node.args) == 2 and not node.keywords:
        for argument in node.args:
            yield editor.replace(node, editor.segment(argument), "extra factor", 1.65)
    if name in ("dot", "matmul") and len(node.args) == 2:
        start, end = editor.span(node.args[0])[0], editor.span(node.args[1])[1]
        for cost, first, second in turned(editor, *node.args):
            yield Edit(
                start, end, f"{first}, {second}", node.lineno, "transpose" if cost < 2 else "operands", cost,
                f"{editor.segment(node)} of {first} and {second}",
            )  # fmt: skip
    if len(node.args) == 1 and not node.keywords and not _reduces(name):
        yield editor.replace(node, editor.atom(node.args[0]), "extra function", 1.7)
        if name == "sign":  # of the absolute error, where the squared one is told
            yield editor.replace(node, f"2 * {editor.atom(node.args[0])}", "function", 1.75)
        if name == "exp" and not isinstance(node.args[0], ast.UnaryOp):  # as in 1 / (1 + exp(-z))
            yield editor.replace(node.args[0], f"-{editor.atom(node.args[0])}", "sign", 1.1)
    if name in ("zeros_like", "ones_like", "copy"):
        return
    for argument in node.args if name == "range" else ():
        # a loop that leaves out its first turn or its last
        if isinstance(argument, ast.Name | ast.Attribute | ast.BinOp | ast.Call):
            whole = editor.segment(argument.left) if isinstance(argument, ast.BinOp) else ""
            for edit in index_edits(editor, argument):
                yield replace(edit, cost=_TURN - 0.1 * (edit.text == whole))  # `n` says more than `n - 1 + 1`
        elif isinstance(argument, ast.Constant) and type(argument.value) is int:
            for number in (argument.value - 1, argument.value + 1):
                yield editor.replace(argument, str(number) if number >= 0 else f"({number})", "index", _TURN)


def _along_an_axis(editor: Editor, node: ast.Call) -> Iterator[Edit]:
    """NumPy's sum, along an axis, where Python's own one adds up the rows of an array, whichever way it lies."""
    if len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.GeneratorExp | ast.List):
        own = editor.segment(node.args[0])
        cost = 1.2 if _divides_its_terms(editor, node) else _OF_ROWS
        for text in (", axis=1, keepdims=True", ", axis=0, keepdims=True", ", axis=1", ""):
            yield editor.replace(node, f"np.sum({own}{text})", "axis", cost)


def _signed(editor: Editor, node: ast.Call) -> Iterator[Edit]:
    """What is chosen by the size of a value, with the sign of this value: Huber's derivative beyond its bound."""
    sizes = [n for n in ast.walk(node.args[0]) if isinstance(n, ast.Call) and name_of(n.func) in _SIZES and n.args]
    for size in sizes[:1]:
        start = editor.span(size.func)[0]
        module = editor.text[start : editor.span(size.func)[1]].rpartition(".")[0]
        sign = f"{module or 'np'}.sign({editor.segment(size.args[0])})"
        for branch in node.args[1:]:
            if "sign" not in editor.segment(branch):
                yield editor.replace(branch, f"{sign} * {editor.atom(branch)}", "sign", 1.2)


def _as_it_is(editor: Editor, node: ast.Call) -> Iterator[Edit]:
    """What a sum or a mean of all numbers is of, as of a single sample's errors, which each are a bias's own."""
    above = editor.parents.get(node)
    target = editor.segment(above.target) if isinstance(above, ast.AugAssign) else ""
    several = any(length > 1 for length in editor.shapes.get(target, ()))  # one number is added to all of them
    cost = _SPREAD if several else _WHOLE
    if node.args:
        yield editor.replace(node, editor.atom(node.args[0]), "axis", cost)
    elif isinstance(node.func, ast.Attribute):
        yield editor.replace(node, editor.atom(node.func.value), "axis", cost)


def function(editor: Editor, node: ast.Call, other: str, kind: str, cost: float) -> Edit:
    start, end = editor.span(node.func)
    text = editor.text[start:end]
    return Edit(start, end, re.sub(r"\w+$", other, text), node.lineno, kind, cost, f"{text} → {other}")


def keywords_of_siblings(editor: Editor, node: ast.Call, name: str) -> Iterator[Edit]:
    """What other calls of the same function say and this one does not, as `deriv=True`."""
    start, end = editor.span(node)
    for other in editor.nodes:
        if isinstance(other, ast.Call) and name_of(other.func) == name and other is not node:
            extra = (
                other.args[len(node.args) :]
                if len(other.args) > len(node.args)
                else other.keywords[len(node.keywords) :]
            )
            if extra:
                texts = [
                    f"{e.arg}={editor.segment(e.value)}" if isinstance(e, ast.keyword) else editor.segment(e)
                    for e in extra
                ]
                yield Edit(
                    end - 1,
                    end - 1,
                    ", " + ", ".join(texts),
                    node.lineno,
                    "argument",
                    1.2,
                    f"{editor.text[start:end]} with {', '.join(texts)}",
                )
                break
    if node.keywords:
        last = node.keywords[-1]
        comma = editor.text.rfind(",", start, editor.span(last)[0])
        if comma > start:
            yield Edit(
                comma,
                editor.span(last)[1],
                "",
                node.lineno,
                "argument",
                1.6,
                f"{editor.text[start:end]} without {last.arg}",
            )
    elif len(node.args) > 1:
        comma = editor.span(node.args[-2])[1]
        yield Edit(comma, editor.span(node.args[-1])[1], "", node.lineno, "argument", 1.8)


def axis(editor: Editor, node: ast.Call) -> Iterator[Edit]:
    _, end = editor.span(node)
    axis = next((k for k in node.keywords if k.arg == "axis"), None)
    # what is divided by its own sum is to become shares, and of all rows together it seldom is
    missing = OWN_SUM if axis is None and _divides_its_terms(editor, node) else 1.2
    keep = next((k for k in node.keywords if k.arg == "keepdims"), None)
    if axis is None and len(node.args) < 2:
        forms = ["axis=0, keepdims=True", "axis=1, keepdims=True", "axis=0", "axis=1"]
        forms += [f"axis={axes}" for axes in _all_but_one(editor, node)]
        for text in forms if "keepdims" in editor.text else forms[2:] + forms[:2]:
            if keep is None or "keepdims" not in text:
                yield Edit(
                    end - 1,
                    end - 1,
                    f", {text}" if node.args or node.keywords else text,
                    node.lineno,
                    "axis",
                    missing,
                    f"{editor.segment(node)} with {text}",
                )
    elif axis is not None:
        most = _axis_of_most(editor, node) if _divides_its_terms(editor, node) else None
        for number in ("0", "1", "-1", *_all_but_one(editor, node)):
            if editor.segment(axis.value) != number:
                yield editor.replace(axis.value, number, "axis", OWN_SUM if number == most else 1.2)
        if keep is None:
            yield Edit(end - 1, end - 1, ", keepdims=True", node.lineno, "axis", 1.4, "keepdims=True")
        else:
            yield editor.replace(keep.value, "False" if editor.segment(keep.value) == "True" else "True", "axis", 1.8)
        first = editor.text.rfind(",", editor.span(node)[0], editor.span(axis)[0])
        if first > 0 and keep is None:
            yield Edit(first, editor.span(axis)[1], "", node.lineno, "axis", 1.7, "without its axis")


def _divides_its_terms(editor: Editor, node: ast.Call) -> bool:
    """Whether a sum is what its own terms are divided by, as in softmax."""
    above = editor.parents.get(node)
    if name_of(node.func) != "sum" or not isinstance(above, ast.BinOp) or not isinstance(above.op, ast.Div):
        return False
    method = isinstance(node.func, ast.Attribute) and not node.args
    terms = node.func.value if method and isinstance(node.func, ast.Attribute) else node.args[0] if node.args else None
    if terms is None or above.right is not node or editor.segment(terms) != editor.segment(above.left):
        return False
    statement = editor.parents.get(above)
    target = target_of(statement) if isinstance(statement, ast.Assign) else None
    named = (editor.segment(part) for part in (terms, target) if part is not None)
    shape = next((editor.shapes[name] for name in named if name in editor.shapes), None)
    return shape is None or sum(length > 1 for length in shape) > 1  # of one sample all is one row


def _all_but_one(editor: Editor, node: ast.Call) -> list[str]:
    """All axes but one of what is summed, where it has three or more: of a convolution's errors, those of one filter
    are all that its bias is added to."""
    method = isinstance(node.func, ast.Attribute) and name_of(node.func.value) not in ("np", "numpy")
    summed = node.func.value if method and isinstance(node.func, ast.Attribute) else next(iter(node.args), None)
    own = editor.shapes.get(editor.segment(summed)) if summed is not None else ()
    # of what a function is given, the shape is not known: it may be that of something else
    counts = {len(own)} if own is not None else {len(shape) for shape in editor.shapes.values()}
    every = [(count, kept) for count in sorted(counts & {3, 4}) for kept in range(count)]
    return [str(tuple(n for n in range(count) if n != kept)) for count, kept in every]


def _axis_of_most(editor: Editor, node: ast.Call) -> str | None:
    """The axis of the maximum that is subtracted in the function that a sum stands in: a softmax shares along it."""
    for other in ast.walk(editor.scope(node)):
        if isinstance(other, ast.Call) and name_of(other.func) in ("max", "amax"):
            found = next((k.value for k in other.keywords if k.arg == "axis"), None)
            if isinstance(found, ast.Constant | ast.UnaryOp):
                return editor.segment(found)
    return None


def _reduces(name: str) -> bool:
    return name in (
        "sum",
        "mean",
        "average",
        "len",
        "range",
        "print",
        "zeros",
        "ones",
        "zeros_like",
        "ones_like",
        "array",
        "list",
        "int",
        "float",
        "enumerate",
        "zip",
        "max",
        "min",
    )


def turned(editor: Editor, left: ast.expr, right: ast.expr) -> Iterator[tuple[float, str, str]]:
    """The operands of a matrix product, transposed and swapped."""
    for first, second, cost in ((left, right, 1.3), (right, left, 2.0)):
        for one in _with_transpose(editor, first):
            for other in _with_transpose(editor, second):
                yield cost, one, other


def _with_transpose(editor: Editor, node: ast.expr) -> tuple[str, str]:
    """An operand as it is, and transposed; of more than two axes, the last two trade places."""
    text = editor.atom(node)
    if (array := swapped(node)) is not None:
        return text, editor.atom(array)
    if count_of_axes(editor, node) > 2:
        return text, f"{text}.swapaxes(-1, -2)"
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return text, editor.atom(node.value)
    return text, f"{text}.T"

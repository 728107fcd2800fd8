"""The small edits that hand-written networks need: another variable, a transpose, a sign, an axis, another order.

Every edit is text put in the place of text, so that a diff shows no more than what changes.
"""

import ast
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_REDUCERS = {"sum": "mean", "mean": "sum"}
_PAIRS = {"maximum": "minimum", "minimum": "maximum"}
_FACTORS = 30
_NAMES = 40


@dataclass(frozen=True)
class Edit:
    """Text for the characters from `start` to `end` of a file; `line` is the line that it is about (from 1).

    `cost` is how unlikely such a mistake is; `kind` names it, and `says` what was done in words.
    """

    start: int
    end: int
    text: str
    line: int
    kind: str
    cost: float
    says: str = ""

    def apply(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]


class Editor:
    """All small edits of the statements of one file; `shapes` are those of its variables, as far as they are known."""

    def __init__(self, text: str, shapes: Mapping[str, tuple[int, ...]] | None = None) -> None:
        self.text = text
        self.shapes = shapes or {}
        self.tree = ast.parse(text)
        self.lines = text.splitlines(keepends=True)
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line))
        self._starts = starts
        self.parents: dict[ast.AST, ast.AST] = {}
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node

    # -- text and tree

    def offset(self, line: int, column: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return self._starts[line - 1] + (
            column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))
        )

    def span(self, node: Any) -> tuple[int, int]:
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def segment(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def statement_at(self, line: int) -> ast.stmt | None:
        """The innermost simple statement (or loop head) that a line belongs to."""
        best: ast.stmt | None = None
        for node in ast.walk(self.tree):
            if (
                isinstance(node, ast.stmt)
                and node.lineno <= line <= (node.end_lineno or node.lineno)
                and (best is None or node.lineno > best.lineno or (node.lineno == best.lineno and _inside(node, best)))
            ):
                best = node
        return best

    def sources(self, line: int) -> list[int]:
        """The lines of the same function that assign what a line reads."""
        statement = self.statement_at(line)
        if statement is None:
            return []
        read = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        found = []
        for other in ast.walk(self.scope(statement)):
            if isinstance(other, ast.Assign) and other.lineno != line:
                written = {
                    n.id
                    for target in other.targets
                    for n in ast.walk(target)
                    if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
                }
                if written & read:
                    found.append(other.lineno)
        return found[:6]

    def scope(self, statement: ast.AST) -> ast.AST:
        node: ast.AST = statement
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.FunctionDef | ast.Lambda):
                return node
        return self.tree

    @cached_property
    def functions(self) -> dict[str, int]:
        """The file's own functions and the number of their arguments."""
        return {n.name: len(n.args.args) for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef)}

    @cached_property
    def _floats(self) -> list[float]:
        """The other small numbers with a fraction in the file: slopes and rates."""
        found = {n.value for n in ast.walk(self.tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)}
        return sorted(found)[:8]

    def variables(self, statement: ast.stmt) -> list[str]:
        """What else could stand in a statement: variables, attributes and entries that its function names."""
        found: dict[str, None] = {}
        scope = self.scope(statement)
        if isinstance(scope, ast.FunctionDef):
            for argument in scope.args.args:
                if argument.arg not in ("self", "cls"):
                    found.setdefault(argument.arg)
        for node in ast.walk(scope):
            if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and self._is_variable(node):
                found.setdefault(self.segment(node))
        names = {text.split("[")[0].split(".")[0] for text in found} | {"self"}
        for text in self._entries:
            if re.split(r"[.\[]", text)[0] in names:
                found.setdefault(text)
        return list(found)

    @cached_property
    def _entries(self) -> list[str]:
        """The attributes of `self` and the named entries of dictionaries, anywhere in the file."""
        found: dict[str, None] = {}
        for node in ast.walk(self.tree):
            own = (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in ("self", "cls")
            )
            entry = (
                isinstance(node, ast.Subscript)
                and isinstance(node.slice, ast.Constant)
                and isinstance(node.slice.value, str)
            )
            if isinstance(node, ast.expr) and (own or entry) and self._is_variable(node):
                found.setdefault(self.segment(node))
        return list(found)

    def _is_variable(self, node: ast.AST) -> bool:
        parent = self.parents.get(node)
        if isinstance(parent, ast.Call) and parent.func is node:
            return False
        if isinstance(node, ast.Name):
            return node.id not in self.functions and node.id not in _MODULES and _array_like(parent)
        if isinstance(node, ast.Attribute):
            named = isinstance(node.value, ast.Name) and node.value.id not in _MODULES
            return (
                named
                and node.attr not in ("T", "shape", "size", "ndim")
                and _array_like(parent)
                and not isinstance(parent, ast.Subscript)
            )
        if isinstance(node, ast.Subscript):
            simple = isinstance(node.slice, ast.Constant | ast.Name | ast.BinOp | ast.UnaryOp | ast.JoinedStr)
            return simple and isinstance(node.value, ast.Name | ast.Attribute) and not isinstance(parent, ast.Subscript)
        return False

    # -- edits

    def edits(self, statement: ast.stmt) -> Iterator[Edit]:
        """Every edit of one statement, in no particular order."""
        yield from self._rewritten(statement)
        yield from self._moved(statement)
        for node in self._own_expressions(statement):
            yield from self._expression(node, statement)

    def _own_expressions(self, statement: ast.stmt) -> Iterator[ast.expr]:
        """The expressions of a statement without those of the statements in it."""
        stack: list[ast.AST] = [c for c in ast.iter_child_nodes(statement) if not isinstance(c, ast.stmt)]
        while stack:
            node = stack.pop()
            if isinstance(node, ast.expr):
                yield node
            stack += [c for c in ast.iter_child_nodes(node) if not isinstance(c, ast.stmt)]

    def _replace(self, node: ast.AST, text: str, kind: str, cost: float, says: str = "") -> Edit:
        start, end = self.span(node)
        return Edit(start, end, text, getattr(node, "lineno", 1), kind, cost, says or f"{self.segment(node)} → {text}")

    def put(self, node: ast.expr, text: str, kind: str) -> Edit:
        """Another text in the place of an expression that was parsed elsewhere from the same file."""
        start, end = self.span(node)
        if (
            text.startswith("(")
            and text.endswith(")")
            and self.text[start - 1 : start] == "("
            and self.text[end : end + 1] == ")"
        ):
            text = text[1:-1]
        return self._replace(node, text, kind, 0.4)

    def alias(self, node: ast.expr, name: str) -> ast.expr:
        """The right side of `name = other`, if that is how the value of an expression comes to be called `name`."""
        start = self.span(node)[0]
        for statement in ast.walk(self.tree):
            if (
                isinstance(statement, ast.Assign)
                and isinstance(statement.value, ast.Name)
                and self.span(statement)[0] > start
                and any(self.segment(target) == name for target in statement.targets)
                and self.scope(statement) is self.scope_at(start)
            ):
                return statement.value
        return node

    def scope_at(self, position: int) -> ast.AST:
        """The function that a character stands in."""
        best: ast.AST = self.tree
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                start, end = self.span(node)
                if start <= position < end:
                    best = node
        return best

    def multiplied(self, node: ast.expr, factor: str) -> Edit:
        """An expression of the same file times a factor."""
        return self._replace(node, f"{self._atom(node)} * {factor}", "missing factor", 0.5)

    def _expression(self, node: ast.expr, statement: ast.stmt) -> Iterator[Edit]:
        if self._is_carried(node, statement):
            return
        if isinstance(getattr(node, "ctx", None), ast.Store):
            if isinstance(node, ast.Subscript):
                yield from self._index(node.slice)
            return
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and self._is_variable(node):
            yield from self._other_variable(node, statement)
            yield self._replace(node, f"{self.segment(node)} ** 2", "power", 2.6)
            yield from self._wrapped(node)
        if isinstance(node, ast.BinOp):
            yield from self._binary(node)
        elif (
            isinstance(node, ast.UnaryOp)
            and isinstance(node.op, ast.USub)
            and not isinstance(node.operand, ast.Constant)
        ):
            yield self._replace(node, self._atom(node.operand), "sign", 1.1)
        elif isinstance(node, ast.Call):
            yield from self._call(node)
        elif isinstance(node, ast.Constant):
            yield from self._constant(node)
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            yield from self._comparison(node)
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield self._replace(node, self.segment(node.value), "transpose", 1.2)
        if self._is_factor(node):
            text = self._atom(node)
            if not (isinstance(node, ast.Attribute) and node.attr == "T"):
                yield self._replace(node, f"{text}.T", "transpose", 1.3)
            yield self._replace(node, f"{text}.reshape(-1, 1)", "shape", 2.4)
            yield self._replace(node, f"{text}.ravel()", "shape", 2.6)
        if isinstance(node, ast.Subscript):
            yield from self._index(node.slice)

    def _is_carried(self, node: ast.expr, statement: ast.stmt) -> bool:
        """Whether this is the old value in `w = w - …`: that is what makes it an update."""
        if not isinstance(statement, ast.Assign) or not isinstance(self.parents.get(node), ast.BinOp):
            return False
        return any(self.segment(target) == self.segment(node) for target in statement.targets)

    def _wrapped(self, node: ast.expr) -> Iterator[Edit]:
        """A variable that should have gone through a function which the file uses elsewhere."""
        own = self.segment(node)
        for function in self._unary:
            yield self._replace(node, f"{function}({own})", "missing function", 2.1)

    @cached_property
    def _unary(self) -> list[str]:
        found = {name for name, arity in self.functions.items() if arity == 1}
        for node in ast.walk(self.tree):
            if (
                isinstance(node, ast.Call)
                and len(node.args) == 1
                and not node.keywords
                and isinstance(node.func, ast.Attribute)
                and _name(node.func) in ("tanh", "exp", "log", "sqrt", "abs", "square", "expit", "sign")
            ):
                found.add(self.segment(node.func))
        return sorted(found)[:8]

    def _is_factor(self, node: ast.expr) -> bool:
        """Whether something is an operand of a product or a difference of arrays, or what a variable is set to."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.Call):
            return (
                node in parent.args and _name(parent.func) in ("dot", "matmul", "inner", "outer")
            ) or parent.func is node
        if isinstance(parent, ast.BinOp):
            return isinstance(parent.op, ast.MatMult | ast.Sub)
        return isinstance(parent, ast.Attribute) and parent.attr == "dot"

    def _atom(self, node: ast.expr) -> str:
        text = self.segment(node)
        simple = isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.Constant)
        return text if simple or (text.startswith("(") and text.endswith(")") and _closed(text)) else f"({text})"

    def _other_variable(self, node: ast.expr, statement: ast.stmt) -> Iterator[Edit]:
        own = self.segment(node)
        near = sorted(self.variables(statement), key=lambda text: -difflib.SequenceMatcher(None, own, text).ratio())
        for rank, text in enumerate(near[:_NAMES]):
            if text != own:
                unlike = text in self.shapes and own in self.shapes and self.shapes[text] != self.shapes[own]
                yield self._replace(node, text, "variable", 1.0 + 0.06 * rank + 1.6 * unlike)

    def _binary(self, node: ast.BinOp) -> Iterator[Edit]:
        left, right = self.segment(node.left), self.segment(node.right)
        symbol = self._symbol(node)
        if isinstance(node.op, ast.Add | ast.Sub):
            other = "-" if isinstance(node.op, ast.Add) else "+"
            yield self._swap_symbol(node, other, "sign", 1.0)
            if isinstance(node.op, ast.Sub):
                yield self._replace(node, f"{self._atom(node.right)} - {self._atom(node.left)}", "sign", 1.4)
            yield self._replace(node, left, "extra term", 2.2)
            yield self._replace(node, right, "extra term", 2.6)
        above = self.parents.get(node)
        if (
            isinstance(above, ast.BinOp)
            and isinstance(above.op, ast.Add | ast.Sub)
            and isinstance(node.op, ast.Mult | ast.Div)
        ):
            yield self._replace(node, f"{self.segment(node)} / 2", "number", 1.8)
            yield self._replace(node, f"2 * {self.segment(node)}", "number", 1.8)
        if isinstance(node.op, ast.Mult | ast.Div):
            yield self._replace(node, left, "extra factor", 1.5)
            if isinstance(node.op, ast.Mult):
                yield self._replace(node, right, "extra factor", 1.5)
                yield self._swap_symbol(node, "/", "factor", 2.4)
            else:
                yield self._swap_symbol(node, "*", "factor", 2.4)
        if isinstance(node.op, ast.Pow):
            yield self._replace(node, left, "power", 1.6)
        if isinstance(node.op, ast.MatMult):
            yield self._replace(node, f"{self._atom(node.right)} @ {self._atom(node.left)}", "order", 2.0)
            yield self._swap_symbol(node, "*", "product", 2.2)
        elif isinstance(node.op, ast.Mult):
            yield self._swap_symbol(node, "@", "product", 2.4)
            if isinstance(node.right, ast.Constant):
                yield self._swap_symbol(node, "**", "power", 1.7)
        elif isinstance(node.op, ast.Pow):
            yield self._swap_symbol(node, "*", "power", 2.0)
        if isinstance(node.left, ast.BinOp) and not isinstance(node.left.op, ast.Pow):
            a, b, c = self._atom(node.left.left), self.segment(node.left.right), right
            yield self._replace(node, f"{a} {self._symbol(node.left)} ({b} {symbol} {c})", "parentheses", 1.5)
        if isinstance(node.right, ast.BinOp) and not isinstance(node.right.op, ast.Pow):
            a, b, c = left, self.segment(node.right.left), self._atom(node.right.right)
            yield self._replace(node, f"({a} {symbol} {b}) {self._symbol(node.right)} {c}", "parentheses", 1.8)

    def _symbol(self, node: ast.BinOp) -> str:
        return _SYMBOLS[type(node.op)]

    def _swap_symbol(self, node: ast.BinOp, symbol: str, kind: str, cost: float) -> Edit:
        start, end = self.span(node.left)[1], self.span(node.right)[0]
        between = self.text[start:end]
        own = self._symbol(node)
        position = _symbol_position(between, own)
        at = start + position
        return Edit(at, at + len(own), symbol, node.lineno, kind, cost, f"{self.segment(node)}: {own} → {symbol}")

    def _call(self, node: ast.Call) -> Iterator[Edit]:
        name = _name(node.func)
        if isinstance(node.func, ast.Name | ast.Attribute) and name in self.functions:
            for other, arity in self.functions.items():
                if other != name and arity == self.functions[name]:
                    likeness = difflib.SequenceMatcher(None, name, other).ratio()
                    yield self._function(node, other, "function", 1.3 + (1 - likeness))
            yield from self._keywords_of_siblings(node, name)
        for table, cost in ((_REDUCERS, 1.4), (_PAIRS, 1.8)):
            if name in table:
                yield self._function(node, table[name], "sum or mean" if table is _REDUCERS else "function", cost)
        if name in ("sum", "mean", "max", "amax", "argmax", "std", "var", "prod"):
            yield from self._axis(node)
        if name in ("dot", "matmul") and len(node.args) == 2:
            start, end = self.span(node.args[0])[0], self.span(node.args[1])[1]
            swapped = f"{self.segment(node.args[1])}, {self.segment(node.args[0])}"
            yield Edit(
                start, end, swapped, node.lineno, "order", 2.0, f"{self.segment(node)} with its operands swapped"
            )
        if len(node.args) == 1 and not node.keywords and not _reduces(name):
            yield self._replace(node, self._atom(node.args[0]), "extra function", 1.7)
        if name in ("zeros_like", "ones_like", "copy"):
            return
        for argument in node.args:
            if isinstance(argument, ast.Name | ast.BinOp) and name == "range":
                yield from self._index(argument)

    def _function(self, node: ast.Call, other: str, kind: str, cost: float) -> Edit:
        start, end = self.span(node.func)
        text = self.text[start:end]
        return Edit(start, end, re.sub(r"\w+$", other, text), node.lineno, kind, cost, f"{text} → {other}")

    def _keywords_of_siblings(self, node: ast.Call, name: str) -> Iterator[Edit]:
        """What other calls of the same function say and this one does not, as `deriv=True`."""
        start, end = self.span(node)
        for other in ast.walk(self.tree):
            if isinstance(other, ast.Call) and _name(other.func) == name and other is not node:
                extra = (
                    other.args[len(node.args) :]
                    if len(other.args) > len(node.args)
                    else other.keywords[len(node.keywords) :]
                )
                if extra:
                    texts = [
                        f"{e.arg}={self.segment(e.value)}" if isinstance(e, ast.keyword) else self.segment(e)
                        for e in extra
                    ]
                    yield Edit(
                        end - 1,
                        end - 1,
                        ", " + ", ".join(texts),
                        node.lineno,
                        "argument",
                        1.2,
                        f"{self.text[start:end]} with {', '.join(texts)}",
                    )
                    break
        if node.keywords:
            last = node.keywords[-1]
            comma = self.text.rfind(",", start, self.span(last)[0])
            if comma > start:
                yield Edit(
                    comma,
                    self.span(last)[1],
                    "",
                    node.lineno,
                    "argument",
                    1.6,
                    f"{self.text[start:end]} without {last.arg}",
                )
        elif len(node.args) > 1:
            comma = self.span(node.args[-2])[1]
            yield Edit(comma, self.span(node.args[-1])[1], "", node.lineno, "argument", 1.8)

    def _axis(self, node: ast.Call) -> Iterator[Edit]:
        _, end = self.span(node)
        axis = next((k for k in node.keywords if k.arg == "axis"), None)
        keep = next((k for k in node.keywords if k.arg == "keepdims"), None)
        if axis is None and len(node.args) < 2:
            for text in ("axis=0, keepdims=True", "axis=1, keepdims=True", "axis=0", "axis=1"):
                if keep is None or "keepdims" not in text:
                    yield Edit(
                        end - 1,
                        end - 1,
                        f", {text}" if node.args or node.keywords else text,
                        node.lineno,
                        "axis",
                        1.2,
                        f"{self.segment(node)} with {text}",
                    )
        elif axis is not None:
            for number in ("0", "1", "-1"):
                if self.segment(axis.value) != number:
                    yield self._replace(axis.value, number, "axis", 1.2)
            if keep is None:
                yield Edit(end - 1, end - 1, ", keepdims=True", node.lineno, "axis", 1.4, "keepdims=True")
            else:
                yield self._replace(keep.value, "False" if self.segment(keep.value) == "True" else "True", "axis", 1.8)
            first = self.text.rfind(",", self.span(node)[0], self.span(axis)[0])
            if first > 0 and keep is None:
                yield Edit(first, self.span(axis)[1], "", node.lineno, "axis", 1.7, "without its axis")

    def _constant(self, node: ast.Constant) -> Iterator[Edit]:
        value = node.value
        if isinstance(value, bool):
            yield self._replace(node, str(not value), "flag", 1.6)
        elif isinstance(value, int):
            for other in dict.fromkeys((value + 1, value - 1, 2 * value, 0)):
                yield self._replace(node, str(other) if other >= 0 else f"({other})", "number", 1.7)
        elif isinstance(value, float):
            for another in dict.fromkeys((1 - value, value * 2, value / 2, 1.0, 0.0, *self._floats)):
                if another != value:
                    yield self._replace(node, repr(round(another, 12)), "number", 1.9)
        elif isinstance(value, str) and isinstance(self.parents.get(node), ast.Subscript):
            digits = re.search(r"\d+", value)
            if digits:
                for step in (1, -1):
                    text = value.replace(digits[0], str(int(digits[0]) + step))
                    yield self._replace(node, repr(text), "variable", 1.5)

    def _comparison(self, node: ast.Compare) -> Iterator[Edit]:
        own = type(node.ops[0])
        start, end = self.span(node.left)[1], self.span(node.comparators[0])[0]
        for kind, symbol in ((ast.Gt, ">"), (ast.Lt, "<"), (ast.GtE, ">="), (ast.LtE, "<=")):
            if kind is not own and own in (ast.Gt, ast.Lt, ast.GtE, ast.LtE):
                yield Edit(
                    start, end, f" {symbol} ", node.lineno, "comparison", 1.7, f"{self.segment(node)} with {symbol}"
                )

    def _index(self, node: ast.expr) -> Iterator[Edit]:
        if isinstance(node, ast.Slice | ast.Tuple):
            return
        text = self.segment(node)
        if isinstance(node, ast.Constant):
            return
        yield self._replace(node, f"{text} + 1", "index", 1.6)
        yield self._replace(node, f"{text} - 1", "index", 1.6)
        if isinstance(node, ast.BinOp):
            yield self._replace(node, self.segment(node.left), "index", 1.5)

    # -- whole statements

    def _rewritten(self, statement: ast.stmt) -> Iterator[Edit]:
        if isinstance(statement, ast.AugAssign):
            start, end = self.span(statement.target)[1], self.span(statement.value)[0]
            own = f"{_SYMBOLS[type(statement.op)]}="
            position = start + self.text[start:end].index(own)
            for other in {"+=", "-=", "="} - {own}:
                cost = 1.0 if other != "=" else 1.4
                yield Edit(
                    position,
                    position + len(own),
                    other,
                    statement.lineno,
                    "sign" if other != "=" else "overwrite",
                    cost,
                    f"{own} → {other}",
                )
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            start, end = self.span(statement.targets[0])[1], self.span(statement.value)[0]
            position = start + self.text[start:end].index("=")
            yield Edit(position, position + 1, "+=", statement.lineno, "overwrite", 1.3, "= → +=")
        value = getattr(statement, "value", None)
        if isinstance(statement, ast.Assign | ast.AugAssign | ast.Return) and isinstance(value, ast.expr):
            yield from self._multiplied(statement, value)

    def _multiplied(self, statement: ast.stmt, value: ast.expr) -> Iterator[Edit]:
        """Factors that stand elsewhere in the function and may be forgotten here."""
        if isinstance(value, ast.Tuple | ast.Dict | ast.List):
            return
        text = self._atom(value)
        for rank, factor in enumerate(self._factors(statement)[:_FACTORS]):
            yield self._replace(value, f"{text} {factor}", "missing factor", 1.8 + 0.05 * rank)
        yield self._replace(value, f"-{text}", "sign", 1.6)

    def _factors(self, statement: ast.stmt) -> list[str]:
        found: dict[str, None] = {}
        variables = self.variables(statement)
        scope = self.scope(statement)
        for node in ast.walk(scope):
            if not isinstance(node, ast.BinOp):
                continue
            if isinstance(node.op, ast.Div) and isinstance(
                node.right, ast.Name | ast.Call | ast.Subscript | ast.Attribute
            ):
                found.setdefault(f"/ {self.segment(node.right)}")
            if isinstance(node.op, ast.Mult):
                for side in (node.right, node.left):
                    if isinstance(side, ast.Call) and len(side.args) >= 1 and _name(side.func) in self.functions:
                        found.setdefault(f"* {self.segment(side)}")
                        inner = self.segment(side.args[0])
                        for other in variables[:12]:
                            if other != inner and len(side.args) == 1:
                                found.setdefault(f"* {self.segment(side).replace(inner, other, 1)}")
                    elif isinstance(side, ast.BinOp | ast.Compare):
                        found.setdefault(f"* {self._atom(side)}")
                    elif isinstance(side, ast.Name | ast.Subscript | ast.Attribute):
                        found.setdefault(f"* {self.segment(side)}")
        for name, arity in self.functions.items():
            if arity == 1 or (arity == 2 and re.search(r"deriv|prime|grad|_d$|^d_?", name)):
                for other in variables[:8]:
                    found.setdefault(f"* {name}({other})")
        if isinstance(scope, ast.FunctionDef):
            for argument in scope.args.args:
                if argument.arg not in ("self", "cls"):
                    for form in ("* {0}", "* (1 - {0})", "* (1 - {0} ** 2)", "* ({0} > 0)"):
                        found.setdefault(form.format(argument.arg))
        return ["* 2", "/ 2", *found]

    def _moved(self, statement: ast.stmt) -> Iterator[Edit]:
        """The same statement elsewhere: later or earlier in its block, out of its loop, or gone."""
        parent = self.parents.get(statement)
        block = next((b for b in _blocks(parent) if statement in b), None)
        if (
            parent is None
            or block is None
            or isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.Return)
        ):
            return
        place = block.index(statement)
        first, last = self._whole_lines(statement)
        if first is None or last is None:
            return
        text = self.text[first:last]
        for position, other in enumerate(block):
            if position == place or isinstance(other, ast.FunctionDef | ast.ClassDef | ast.Import):
                continue
            start, end = self._whole_lines(other)
            if start is None or end is None:
                continue
            if position > place and not isinstance(other, ast.Return):
                yield Edit(
                    first,
                    end,
                    self.text[last:end] + text,
                    statement.lineno,
                    "order",
                    1.6 + 0.04 * abs(position - place),
                    f"after line {other.end_lineno}",
                )
            elif position < place:
                yield Edit(
                    start,
                    last,
                    text + self.text[start:first],
                    statement.lineno,
                    "order",
                    1.9 + 0.04 * abs(position - place),
                    f"before line {other.lineno}",
                )
        if isinstance(parent, ast.For | ast.While | ast.If) and not isinstance(statement, ast.For | ast.While):
            yield from self._out_of(parent, statement, first, last, text)
        if isinstance(statement, ast.AugAssign | ast.Assign | ast.Expr) and len(block) > 1:
            yield Edit(first, last, "", statement.lineno, "extra line", 2.3, "without this line")
        yield from self._into(block, place, first, last, text, statement)

    def _out_of(self, parent: Any, statement: ast.stmt, first: int, last: int, text: str) -> Iterator[Edit]:
        start, end = self._whole_lines(parent)
        if start is None or end is None:
            return
        shift = statement.col_offset - parent.col_offset
        outer = "".join(line[shift:] if line.strip() else line for line in text.splitlines(keepends=True))
        rest = self.text[start:first] + self.text[last:end]
        if len(parent.body) > 1:
            yield Edit(start, end, outer + rest, statement.lineno, "order", 1.7, "before the loop")
            if not rest.endswith("\n"):
                rest += "\n"
            yield Edit(start, end, rest + outer, statement.lineno, "order", 1.7, "after the loop")

    def _into(
        self, block: list[ast.stmt], place: int, first: int, last: int, text: str, statement: ast.stmt
    ) -> Iterator[Edit]:
        """Into the next loop of the block, at its beginning: what must begin anew at every turn."""
        for other in block[place + 1 :]:
            if isinstance(other, ast.For | ast.While):
                start, _ = self._whole_lines(other.body[0])
                if start is None:
                    return
                shift = other.body[0].col_offset - statement.col_offset
                inner = "".join(" " * shift + line if line.strip() else line for line in text.splitlines(keepends=True))
                yield Edit(
                    first,
                    start,
                    self.text[last:start] + inner,
                    statement.lineno,
                    "order",
                    1.9,
                    "at every turn of the loop",
                )
                yield Edit(start, start, inner, other.body[0].lineno, "reset", 2.0, "again at every turn of the loop")
                return

    def _whole_lines(self, statement: ast.stmt) -> tuple[int | None, int | None]:
        """A statement's lines, if it has them for itself."""
        start = self._starts[statement.lineno - 1]
        end = self._starts[min(statement.end_lineno or statement.lineno, len(self._starts) - 1)]
        own_start, own_end = self.span(statement)
        before, after = self.text[start:own_start], self.text[own_end:end].strip()
        if before.strip() or (after and not after.startswith("#")):
            return None, None
        return start, end


_MODULES = {
    "np",
    "numpy",
    "plt",
    "math",
    "random",
    "pd",
    "sns",
    "self",
    "cls",
    "True",
    "False",
    "None",
    "print",
    "len",
    "range",
}
_ARRAY_ATTRIBUTES = {
    "T",
    "dot",
    "sum",
    "mean",
    "copy",
    "reshape",
    "transpose",
    "ravel",
    "flatten",
    "max",
    "clip",
    "squeeze",
}
_SYMBOLS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}


def _name(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _array_like(parent: ast.AST | None) -> bool:
    """Whether what stands before a dot, if there is one, is used as an array: `a1.T`, `x.dot(w)`."""
    return not isinstance(parent, ast.Attribute) or parent.attr in _ARRAY_ATTRIBUTES


def _reduces(name: str) -> bool:
    return name in (
        "sum",
        "mean",
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


def _inside(node: ast.stmt, other: ast.stmt) -> bool:
    return (node.col_offset, -(node.end_lineno or 0)) > (other.col_offset, -(other.end_lineno or 0))


def _closed(text: str) -> bool:
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and position + 1 < len(text):
            return False
    return True


def _symbol_position(between: str, symbol: str) -> int:
    """Where an operator stands between its operands: brackets, spaces and comments stand there too."""
    for position in range(len(between)):
        if between.startswith(symbol, position) and "#" not in between[:position].rsplit("\n", 1)[-1]:
            return position
    return 0


def _blocks(parent: Any) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(parent, name, None)
        if isinstance(block, list):
            yield block

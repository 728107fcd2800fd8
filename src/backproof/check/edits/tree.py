"""The text of a file and its syntax tree: what stands where."""

import ast
import io
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from backproof.check.record.rounding import ROUNDING
from backproof.check.syntax import parsed

Loop = ast.For | ast.While

LAID_OUT = ("T", "flatten", "ravel", "reshape", "squeeze", "transpose")  # ways to read an array in another shape


class Tree:
    """The text of one file, read as Python."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = parsed(text)
        self.lines = io.StringIO(text, newline="").readlines()  # a form feed ends no line of Python
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line))
        self.starts = starts
        self.nodes = list(ast.walk(self.tree))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
        self._within: dict[ast.AST, tuple[ast.AST, ...]] = {}  # this, and what follows, is asked for again and again
        self._at: dict[int, ast.stmt | None] = {}
        self._spans: dict[ast.AST, tuple[int, int]] = {}

    def offset(self, line: int, column: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return self.starts[line - 1] + (
            column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))
        )

    def span(self, node: Any) -> tuple[int, int]:
        found = self._spans.get(node)
        if found is None:
            found = self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)
            self._spans[node] = found
        return found

    def within(self, node: ast.AST) -> tuple[ast.AST, ...]:
        """A node of this tree and all that is within it, as `ast.walk` gives them."""
        if node not in self._within:
            self._within[node] = tuple(ast.walk(node))
        return self._within[node]

    def segment(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def alike(self, node: ast.expr) -> ast.expr:
        """The expression of this tree that stands where one of another tree of the same text does."""
        place = node.lineno, node.col_offset, node.end_lineno, node.end_col_offset
        found = (n for n in self.nodes if isinstance(n, ast.expr) and type(n) is type(node))
        return next(n for n in found if (n.lineno, n.col_offset, n.end_lineno, n.end_col_offset) == place)

    def atom(self, node: ast.expr) -> str:
        text = self.segment(node)
        simple = isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.Constant)
        return text if simple or (text.startswith("(") and text.endswith(")") and is_closed(text)) else f"({text})"

    def first_factor(self, node: ast.expr) -> str:
        """The text of an expression as something else is multiplied with it: a product needs no brackets for that."""
        product = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div)
        return self.segment(node) if product else self.atom(node)

    def statement_at(self, line: int) -> ast.stmt | None:
        """The innermost simple statement (or loop head) that a line belongs to."""
        if line in self._at:
            return self._at[line]
        best: ast.stmt | None = None
        for node in self.nodes:
            if (
                isinstance(node, ast.stmt)
                and node.lineno <= line <= (node.end_lineno or node.lineno)
                and (best is None or node.lineno > best.lineno or (node.lineno == best.lineno and _inside(node, best)))
            ):
                best = node
        self._at[line] = best
        return best

    def own_expressions(self, statement: ast.stmt) -> Iterator[ast.expr]:
        """The expressions of a statement without those of the statements in it."""
        stack: list[ast.AST] = [c for c in ast.iter_child_nodes(statement) if not isinstance(c, ast.stmt)]
        while stack:
            node = stack.pop()
            if isinstance(node, ast.expr):
                yield node
            stack += [c for c in ast.iter_child_nodes(node) if not isinstance(c, ast.stmt)]

    def block_of(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements that a statement stands among, itself too."""
        parent = self.parents.get(statement)
        blocks = (getattr(parent, name, None) for name in ("body", "orelse", "finalbody"))
        return next((block for block in blocks if isinstance(block, list) and statement in block), [])

    def indent(self, statement: ast.stmt) -> str:
        """What a statement's line begins with: blanks or tabs, as the file has them."""
        line = self.text[self.starts[statement.lineno - 1] :]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def whole_lines(self, statement: ast.stmt) -> tuple[int | None, int | None]:
        """A statement's lines, if it has them for itself."""
        start = self.starts[statement.lineno - 1]
        end = self.starts[min(statement.end_lineno or statement.lineno, len(self.starts) - 1)]
        own_start, own_end = self.span(statement)
        before, after = self.text[start:own_start], self.text[own_end:end].strip()
        if before.strip() or (after and not after.startswith("#")):
            return None, None
        return start, end

    def scope(self, statement: ast.AST) -> ast.AST:
        node: ast.AST = statement
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.FunctionDef | ast.Lambda):
                return node
        return self.tree

    @cached_property
    def assignments(self) -> dict[tuple[ast.AST, str], list[ast.expr]]:
        """What each name of a function is given, in the order of the lines."""
        found: dict[tuple[ast.AST, str], list[ast.expr]] = defaultdict(list)
        statements = [node for node in self.nodes if isinstance(node, ast.Assign)]
        for node in sorted(statements, key=lambda node: node.lineno):
            for target in node.targets:
                for one, value in assigned(target, node.value):
                    found[self.scope(node), self.segment(one)].append(value)
        return found

    def scope_at(self, position: int) -> ast.AST:
        """The function that a character stands in."""
        best: ast.AST = self.tree
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef):
                start, end = self.span(node)
                if start <= position < end:
                    best = node
        return best

    def holder(self, function: ast.AST) -> ast.AST | None:
        """The class that a function is a method of."""
        above = self.parents.get(function)
        return above if isinstance(above, ast.ClassDef) else None

    def around(self, start: int, end: int) -> list[Any]:
        """The expressions and statements that some characters stand in, the smallest first."""
        spans = ((self.span(n), n) for n in self.nodes if isinstance(n, ast.expr | ast.stmt))
        inside = [(b - a, number, n) for number, ((a, b), n) in enumerate(spans) if a <= start and end <= b]
        return [node for *_, node in sorted(inside, key=lambda row: row[:2])]

    def is_operand(self, node: ast.expr) -> bool:
        """Whether an expression is a part of another one in which a sum needs brackets."""
        return isinstance(self.parents.get(node), ast.BinOp | ast.UnaryOp | ast.Attribute | ast.Subscript)

    def loops_around(self, node: ast.AST) -> Iterator[Loop]:
        """The loops around something within its function, the innermost first."""
        while (above := self.parents.get(node)) is not None and not isinstance(above, ast.FunctionDef):
            if isinstance(above, Loop):
                yield above
            node = above

    def turns(self, statement: ast.stmt) -> list[str]:
        """The variables of the loops around a statement, the innermost first."""
        return [name for loop in self.loops_around(statement) for name in counted_by(loop)]

    def loop_around(self, line: int) -> int | None:
        """The line of the innermost `for` around a line, in the same function."""
        statement = self.statement_at(line)
        if statement is None or isinstance(statement, ast.FunctionDef):
            return None
        return next((loop.lineno for loop in self.loops_around(statement) if isinstance(loop, ast.For)), None)

    def symbol(self, operator: ast.operator) -> str:
        return _SYMBOLS[type(operator)]


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


def name_of(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def target_of(statement: ast.AST) -> ast.expr | None:
    """The one thing that a statement writes into, by = or by += and the like."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return statement.targets[0]
    return statement.target if isinstance(statement, ast.AugAssign) else None


def assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is assigned to what, one by one where several are at once."""
    yield target, value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        yield from zip(target.elts, value.elts, strict=True)


def units(value: ast.expr, statement: ast.stmt | None = None) -> Iterator[ast.expr]:
    """The expressions that stand for one value each: the items of a tuple, a list or a dictionary, or what a call that
    is a statement is handed."""
    if isinstance(statement, ast.Expr) and isinstance(value, ast.Call):
        for argument in (*value.args, *(keyword.value for keyword in value.keywords)):
            if not isinstance(argument, ast.Starred):
                yield from units(argument)
    elif isinstance(value, ast.Tuple | ast.List):
        for item in value.elts:
            yield from units(item)
    elif isinstance(value, ast.Dict):
        for item in value.values:
            yield from units(item)
    else:
        yield _rounded(value)


def _rounded(value: ast.expr) -> ast.expr:
    """What is rounded to some digits, which is as right as what is made of it; else the expression itself."""
    while isinstance(value, ast.Call) and name_of(value.func) in ROUNDING:
        holder = value.func.value if isinstance(value.func, ast.Attribute) else None
        given = value.args if holder is None or name_of(holder) in ("np", "numpy") else [holder]
        if not given:
            break
        value = given[0]
    return value


def counted_by(loop: Loop) -> list[str]:
    """The variables that a loop gives another value at each turn."""
    target = loop.target if isinstance(loop, ast.For) else None
    return [part.id for part in ast.walk(target) if isinstance(part, ast.Name)] if target is not None else []


def first_of(function: ast.FunctionDef) -> list[ast.stmt]:
    """The first statement of a function, behind what describes it."""
    described = isinstance(function.body[0], ast.Expr) and isinstance(function.body[0].value, ast.Constant)
    return function.body[described : described + 1]


def names_in(node: ast.AST) -> set[str]:
    """The names that something reads or gives a value."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def factors_in(product: ast.expr) -> list[ast.expr]:
    """What is multiplied in a product, from left to right; the value itself if it is none."""
    factors = [product]
    while isinstance(factors[0], ast.BinOp) and isinstance(factors[0].op, ast.Mult):
        factors[:1] = [factors[0].left, factors[0].right]
    return factors


def shifted(text: str, statement: ast.stmt, block: ast.stmt) -> str:
    """Lines of a statement as deep as a block that they stood in."""
    shift = statement.col_offset - block.col_offset
    return "".join(line[shift:] if line.strip() else line for line in text.splitlines(keepends=True))


def whole_of(node: ast.expr) -> ast.expr:
    """What an element is one of: `w` for `w[i][j]`."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node


def is_closed(text: str) -> bool:
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and position + 1 < len(text):
            return False
    return True


def _inside(node: ast.stmt, other: ast.stmt) -> bool:
    return (node.col_offset, -(node.end_lineno or 0)) > (other.col_offset, -(other.end_lineno or 0))

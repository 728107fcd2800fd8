"""The text of a file and its syntax tree: what stands where, what could stand there instead, and the change itself."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


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


def is_python(text: str) -> bool:
    """Whether an edited text can be read as Python at all."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


class Editor:
    """The text of one file, read for editing; `shapes` are those of its variables, as far as they are known."""

    def __init__(self, text: str, shapes: Mapping[str, tuple[int, ...]] | None = None) -> None:
        self.text = text
        self.shapes = shapes or {}
        self.tree = ast.parse(text)
        self.lines = text.splitlines(keepends=True)
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line))
        self.starts = starts
        self.parents: dict[ast.AST, ast.AST] = {}
        self._variables: dict[ast.AST, list[str]] = {}
        self._callable: dict[ast.AST | None, dict[str, int]] = {}
        self._unread: dict[tuple[ast.AST, bool], list[str]] = {}
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node

    # -- text and tree

    def offset(self, line: int, column: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return self.starts[line - 1] + (
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

    def called(self, line: int) -> set[str]:
        """The names of the functions that a line calls."""
        statement = self.statement_at(line)
        nodes = ast.walk(statement) if statement is not None else ()
        return {name_of(node.func) for node in nodes if isinstance(node, ast.Call)}

    def passing(self, functions: set[str], lines: set[int]) -> Iterator[int]:
        """The lines that only give a value another name, return it, or list several for a loop, in some functions and
        in those of some lines."""
        scopes = {self.scope(s) for line in lines if (s := self.statement_at(line)) is not None}
        scopes |= {n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef) and n.name in functions}
        for node in ast.walk(self.tree):
            several = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple | ast.List)
            if isinstance(node, ast.Assign | ast.Return) and not several and self.scope(node) in scopes:
                values = list(units(node.value)) if node.value is not None else []
                if any(isinstance(value, ast.Name | ast.Attribute | ast.Subscript) for value in values):
                    yield node.lineno
            if isinstance(node, ast.For) and self.scope(node) in scopes:
                listed = [part for part in ast.walk(node.iter) if isinstance(part, ast.Tuple | ast.List)]
                if any(isinstance(item, ast.Name) for part in listed for item in part.elts):
                    yield node.lineno

    def direction(self, statement: ast.stmt) -> str:
        """Whether a statement adds something to a variable or subtracts it: + or -, or nothing if it does neither."""
        operator: ast.operator | None = None
        if isinstance(statement, ast.AugAssign):
            operator = statement.op
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp):
            same = self.segment(statement.value.left) == self.segment(statement.targets[0])
            operator = statement.value.op if same else None
        return {ast.Add: "+", ast.Sub: "-"}.get(type(operator), "") if operator is not None else ""

    def carries(self, statement: ast.stmt) -> bool:
        """Whether a statement sets something to what is computed from its old value."""
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return isinstance(statement, ast.AugAssign)
        target = self.segment(statement.targets[0])
        return any(self.segment(n) == target for n in ast.walk(statement.value) if isinstance(n, ast.expr))

    def renamed(self, line: int, name: str) -> int | None:
        """The line behind a line that only gives a variable another name, if the next use of it does that."""
        statement = self.statement_at(line)
        if statement is None:
            return None
        later = [
            node
            for node in ast.walk(self.scope(statement))
            if isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
            and isinstance(node.ctx, ast.Load)
            and node.lineno > line
            and self.segment(node) == name
        ]
        after = self.parents.get(min(later, key=lambda node: node.lineno)) if later else None
        return after.lineno if isinstance(after, ast.Assign) and after.value in later else None

    def block_of(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements that a statement stands among, itself too."""
        parent = self.parents.get(statement)
        blocks = (getattr(parent, name, None) for name in ("body", "orelse", "finalbody"))
        return next((block for block in blocks if isinstance(block, list) and statement in block), [])

    def scope(self, statement: ast.AST) -> ast.AST:
        node: ast.AST = statement
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.FunctionDef | ast.Lambda):
                return node
        return self.tree

    @cached_property
    def settings(self) -> set[str]:
        """The variables that are set to a bare number, and the arguments that have one if nothing else is given or that
        are given one by name."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign) and _is_number(node.value):
                found.update(self.segment(target) for target in node.targets)
            if isinstance(node, ast.keyword) and node.arg is not None and _is_number(node.value):
                found.add(node.arg)
            if isinstance(node, ast.arguments):
                given = [*node.posonlyargs, *node.args][len(node.posonlyargs) + len(node.args) - len(node.defaults) :]
                pairs = [*zip(given, node.defaults, strict=True), *zip(node.kwonlyargs, node.kw_defaults, strict=True)]
                found.update(name.arg for name, default in pairs if default is not None and _is_number(default))
        return found

    def is_rate(self, text: str) -> bool:
        """Whether a variable is a setting, or called as a rate is: no function of it, and no derivative at it, is
        meant."""
        return text in self.settings or bool(_RATE.search(text))

    @cached_property
    def words(self) -> set[str]:
        """Every word of the file."""
        return set(re.findall(r"\w+", self.text))

    @cached_property
    def functions(self) -> dict[str, int]:
        """The file's own functions and the number of their arguments."""
        return {n.name: len(n.args.args) for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef)}

    def callable_from(self, statement: ast.stmt) -> dict[str, int]:
        """The file's own functions that compute something and do nothing else, as a statement can call them, and how
        many arguments each is given."""
        holder = self._holder(self.scope(statement))
        if holder in self._callable:
            return self._callable[holder]
        found = self._callable[holder] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef) and _only_computes(node):
                own, count = self._holder(node), len(node.args.args)
                static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
                if own is None:
                    found[node.name] = count
                elif own is holder:
                    found[f"self.{node.name}"] = count if static else count - 1
        return found

    def _holder(self, function: ast.AST) -> ast.AST | None:
        """The class that a function is a method of."""
        above = self.parents.get(function)
        return above if isinstance(above, ast.ClassDef) else None

    @cached_property
    def has_kink(self) -> bool:
        """Whether the file has a function with a kink, as relu is, or a comparison that may make one."""
        return bool(_KINK.search(self.text))

    @cached_property
    def floats(self) -> list[float]:
        """The other small numbers with a fraction in the file: slopes and rates."""
        found = {n.value for n in ast.walk(self.tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)}
        return sorted(found)[:8]

    def variables(self, statement: ast.stmt) -> list[str]:
        """What else could stand in a statement: variables, attributes and entries that its function names."""
        scope = self.scope(statement)
        if scope not in self._variables:
            self._variables[scope] = self._variables_in(scope)
        return self._variables[scope]

    def _variables_in(self, scope: ast.AST) -> list[str]:
        found: dict[str, None] = {}
        if isinstance(scope, ast.FunctionDef):
            for argument in scope.args.args:
                if argument.arg not in ("self", "cls"):
                    found.setdefault(argument.arg)
        for node in ast.walk(scope):
            if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and self.is_variable(node):
                found.setdefault(self.segment(node))
        names = {text.split("[")[0].split(".")[0] for text in found} | {"self"}
        for text in self._entries:
            if re.split(r"[.\[]", text)[0] in names:
                found.setdefault(text)
        return list(found)

    def turns(self, statement: ast.stmt) -> list[str]:
        """The variables of the loops around a statement, the innermost first."""
        found: list[str] = []
        node: ast.AST = statement
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.For):
                found += [part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)]
            elif isinstance(node, ast.FunctionDef):
                break
        return found

    @cached_property
    def overwritten(self) -> set[int]:
        """The lines that set, at every turn of a loop, what was set to zero before it and is not read within it: it
        was made to be added to."""
        found: set[int] = set()
        for loop in ast.walk(self.tree):
            if not isinstance(loop, ast.For | ast.While):
                continue
            inside = [node for statement in loop.body for node in ast.walk(statement)]
            read = {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            for statement in inside:
                if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
                    continue
                target = statement.targets[0]
                base = target.value if isinstance(target, ast.Subscript) else target
                if not isinstance(base, ast.Name) or (base.id in read and base is target):
                    continue
                reads = [n for n in inside if isinstance(n, ast.Name) and n.id == base.id and n is not base]
                if not reads and base.id in self._zeros(loop):
                    found.add(statement.lineno)
        return found

    @cached_property
    def thrown_away(self) -> set[int]:
        """The lines that compute the next value of something, and keep it nowhere."""
        statements = (node for node in ast.walk(self.tree) if isinstance(node, ast.stmt))
        return {statement.lineno for statement in statements if thrown_away(self, statement)}

    def _zeros(self, loop: ast.stmt) -> set[str]:
        """The names that are set to zero, or zeros, ahead of a loop, in the same function."""
        found: set[str] = set()
        for node in ast.walk(self.scope(loop)):
            if not isinstance(node, ast.Assign) or node.lineno >= loop.lineno:
                continue
            values = node.value.elts if isinstance(node.value, ast.Tuple | ast.List) else [node.value]
            zero = bool(values) and all(isinstance(value, ast.Constant) and value.value == 0 for value in values)
            if zero or "zeros" in self.segment(node.value):
                found |= {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        return found

    def loop_around(self, line: int) -> int | None:
        """The line of the innermost `for` around a line, in the same function."""
        node: ast.AST | None = self.statement_at(line)
        while node is not None and not isinstance(node, ast.FunctionDef):
            node = self.parents.get(node)
            if isinstance(node, ast.For):
                return node.lineno
        return None

    @cached_property
    def lists(self) -> list[str]:
        """The lists that the file appends to, and what it sets at the turns of a loop: what a forward pass keeps for
        the way back."""
        found: dict[str, None] = {}
        for node in ast.walk(self.tree):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr == "append":
                found.setdefault(self.segment(called.value))
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                turned = isinstance(node.slice, ast.Name | ast.BinOp)
                if turned and isinstance(node.value, ast.Name | ast.Attribute):
                    found.setdefault(self.segment(node.value))
        return list(found)[:6]

    def kept(self, statement: ast.stmt) -> list[str]:
        """The items of such lists at the places that a statement reads in others, one before and one after; where it
        reads none, at the turn of the loop around it."""
        places = {
            self.segment(node.slice): None
            for node in ast.walk(statement)
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name | ast.BinOp | ast.UnaryOp)
        }
        places = places or dict.fromkeys(self.turns(statement)[:1])
        at = [text for place in list(places)[:3] for text in (place, f"{place} - 1", f"{place} + 1")]
        return [f"{name}[{place}]" for name in self.lists for place in at][:18]

    @cached_property
    def questions(self) -> list[str]:
        """The methods that are asked for something and are given nothing."""
        return [
            method.name
            for holder in ast.walk(self.tree)
            if isinstance(holder, ast.ClassDef)
            for method in holder.body
            if isinstance(method, ast.FunctionDef) and len(method.args.args) == 1 and _only_computes(method)
        ][:10]

    def unread(self, statement: ast.stmt, *, unpacked: bool = True) -> list[str]:
        """The variables of a statement's function that are given a value and never read; if asked for, without those
        that only take a part of a tuple, such as a cache, in which some parts are seldom needed."""
        scope = self.scope(statement)
        if (scope, unpacked) in self._unread:
            return self._unread[scope, unpacked]
        names = [node for node in ast.walk(scope) if isinstance(node, ast.Name)]
        filled = {
            part.value
            for part in ast.walk(scope)
            if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store)
        }
        read = {node.id for node in names if isinstance(node.ctx, ast.Load) and node not in filled}
        parts = {n for n in names if isinstance(self.parents.get(n), ast.Tuple | ast.List)} if not unpacked else set()
        given = (n for n in names if isinstance(n.ctx, ast.Store) and n not in parts)
        self._unread[scope, unpacked] = list(dict.fromkeys(n.id for n in given if n.id not in read))
        return self._unread[scope, unpacked]

    def near(self, statement: ast.stmt, count: int) -> list[str]:
        """The variables that are named nearest to a statement."""
        return sorted(self.variables(statement), key=lambda text: self.distance(statement, text))[:count]

    def distance(self, statement: ast.stmt, text: str) -> float:
        """How far from a statement a variable is named: what is named in it first, then what is named near it."""
        lines = self._mentions.get(text, [])
        return min((abs(line - statement.lineno) for line in lines), default=1000.0)

    @cached_property
    def _mentions(self) -> dict[str, list[int]]:
        """The lines in which each variable is named."""
        found: dict[str, list[int]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
                found.setdefault(self.segment(node), []).append(node.lineno)
        return found

    @cached_property
    def counts(self) -> list[str]:
        """How the file counts samples: `len(x)`, `x.shape[0]`, `x.size`."""
        found: dict[str, None] = {}
        for node in ast.walk(self.tree):
            length = isinstance(node, ast.Call) and name_of(node.func) == "len"
            holder = node.value if isinstance(node, ast.Subscript) else None
            shape = isinstance(holder, ast.Attribute) and holder.attr == "shape"
            if length or shape or (isinstance(node, ast.Attribute) and node.attr == "size"):
                found.setdefault(self.segment(node))
        return list(found)[:6]

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
            if isinstance(node, ast.expr) and (own or entry) and self.is_variable(node):
                found.setdefault(self.segment(node))
        return list(found)

    def is_variable(self, node: ast.AST) -> bool:
        parent = self.parents.get(node)
        if isinstance(parent, ast.Call) and parent.func is node:
            return False
        if isinstance(node, ast.Name):
            return node.id not in self.functions and node.id not in _MODULES and _array_like(parent)
        if isinstance(node, ast.Attribute):
            named = isinstance(node.value, ast.Name) and node.value.id not in _MODULES - {"self", "cls"}
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

    def own_expressions(self, statement: ast.stmt) -> Iterator[ast.expr]:
        """The expressions of a statement without those of the statements in it."""
        stack: list[ast.AST] = [c for c in ast.iter_child_nodes(statement) if not isinstance(c, ast.stmt)]
        while stack:
            node = stack.pop()
            if isinstance(node, ast.expr):
                yield node
            stack += [c for c in ast.iter_child_nodes(node) if not isinstance(c, ast.stmt)]

    def replace(self, node: ast.AST, text: str, kind: str, cost: float, says: str = "") -> Edit:
        start, end = self.span(node)
        bracketed = self.text[start - 1 : start] == "(" and self.text[end : end + 1] == ")"
        if bracketed and text.startswith("(") and text.endswith(")") and _closed(text):
            text = text[1:-1]
        elif bracketed and text.isidentifier() and not re.match(r"[\w\]).]", self.text[start - 2 : start - 1] or " "):
            return Edit(
                start - 1,
                end + 1,
                text,
                getattr(node, "lineno", 1),
                kind,
                cost,
                says or f"{self.segment(node)} → {text}",
            )
        return Edit(start, end, text, getattr(node, "lineno", 1), kind, cost, says or f"{self.segment(node)} → {text}")

    def scope_at(self, position: int) -> ast.AST:
        """The function that a character stands in."""
        best: ast.AST = self.tree
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                start, end = self.span(node)
                if start <= position < end:
                    best = node
        return best

    def unary(self, statement: ast.stmt) -> list[str]:
        """The functions of one argument that a statement can call: the file's own, and what it calls elsewhere."""
        own = {name for name, arity in self.callable_from(statement).items() if arity == 1}
        return sorted(own | self._elementwise)[:8]

    @cached_property
    def _elementwise(self) -> set[str]:
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if (
                isinstance(node, ast.Call)
                and len(node.args) == 1
                and not node.keywords
                and isinstance(node.func, ast.Attribute)
                and name_of(node.func) in ("tanh", "exp", "log", "sqrt", "abs", "square", "expit", "sign")
            ):
                found.add(self.segment(node.func))
        return found

    @cached_property
    def wholes(self) -> list[int]:
        """The whole numbers of the file above two: counts and sizes."""
        found = {n.value for n in ast.walk(self.tree) if isinstance(n, ast.Constant) and type(n.value) is int}
        return sorted(number for number in found if number > 2)[:12]

    def atom(self, node: ast.expr) -> str:
        text = self.segment(node)
        simple = isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.Constant)
        return text if simple or (text.startswith("(") and text.endswith(")") and _closed(text)) else f"({text})"

    def symbol(self, operator: ast.operator) -> str:
        return _SYMBOLS[type(operator)]

    def whole_lines(self, statement: ast.stmt) -> tuple[int | None, int | None]:
        """A statement's lines, if it has them for itself."""
        start = self.starts[statement.lineno - 1]
        end = self.starts[min(statement.end_lineno or statement.lineno, len(self.starts) - 1)]
        own_start, own_end = self.span(statement)
        before, after = self.text[start:own_start], self.text[own_end:end].strip()
        if before.strip() or (after and not after.startswith("#")):
            return None, None
        return start, end


_RATE = re.compile(r"rate|(?<![a-z])(lr|eta|alpha)$", re.IGNORECASE)
_KINK = re.compile(r"maximum|relu|where\(|> ?0\b(?!\.)")
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


def name_of(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def target_of(statement: ast.AST) -> ast.expr | None:
    """The one thing that a statement writes into, by = or by += and the like."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return statement.targets[0]
    return statement.target if isinstance(statement, ast.AugAssign) else None


def thrown_away(editor: Editor, statement: ast.stmt) -> ast.BinOp | ast.Compare | None:
    """The first operation of a statement inside of a loop or a function that is a sum or a comparison and begins with a
    variable: nothing comes of it."""
    if not isinstance(statement, ast.Expr) or isinstance(editor.parents.get(statement), ast.Module):
        return None
    node = statement.value
    while isinstance(node, ast.BinOp) and isinstance(node.left, ast.BinOp):
        node = node.left
    compared = isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq)
    added = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)
    if not isinstance(node, ast.BinOp | ast.Compare) or not (compared or added):
        return None
    return node if isinstance(node.left, ast.Name | ast.Attribute | ast.Subscript) else None


def _only_computes(function: ast.FunctionDef) -> bool:
    """Whether a function gives something back and keeps nothing."""
    nodes = list(ast.walk(function))
    gives = any(isinstance(node, ast.Return) and node.value is not None for node in nodes)
    keeps = any(isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) for node in nodes)
    return gives and not keeps and not function.name.startswith("__")


def _array_like(parent: ast.AST | None) -> bool:
    """Whether what stands before a dot, if there is one, is used as an array: `a1.T`, `x.dot(w)`."""
    return not isinstance(parent, ast.Attribute) or parent.attr in _ARRAY_ATTRIBUTES


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
        yield value


def _inside(node: ast.stmt, other: ast.stmt) -> bool:
    return (node.col_offset, -(node.end_lineno or 0)) > (other.col_offset, -(other.end_lineno or 0))


def _closed(text: str) -> bool:
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and position + 1 < len(text):
            return False
    return True


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)

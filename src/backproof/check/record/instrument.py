"""Rewrite a Python file so that it tells a recorder what it computes, and computes exactly what it computed before.

Every array operation becomes a call with the number of its site: `a * b` turns into `__backproof__.mul(7, a, b)`, and
`w -= d` into `w = __backproof__.isub(8, w, d)`. Values stay what they were, real arrays and real floats, so what the
file prints does not change. Functions and loop bodies are kept twice, told and untold, and the recorder's switch
chooses at each call and each turn: once enough was seen, the file runs at its own speed.
"""

import ast
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

RECORDER = "__backproof__"

BINARY = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "and_",
    ast.BitOr: "or_",
    ast.BitXor: "xor",
}
COMPARE = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne"}

_ATTRIBUTES = {"T", "mT", "flat", "real"}
# these look at the frame that calls them, so they must be called by the file itself
_FRAME_READERS = {"super", "locals", "globals", "vars", "dir", "eval", "exec", "breakpoint", "input", "namedtuple"}
_COMPILERS = {"jit", "njit", "vectorize", "guvectorize", "jitclass"}


@dataclass(frozen=True)
class Site:
    """An expression of the file: its first and last line (from 1) and columns (from 0)."""

    line: int
    column: int
    end_line: int
    end_column: int


def instrument(
    tree: ast.Module,
    sites: list[Site],
    *,
    brief: bool = False,
    trials: Mapping[tuple[int, int], Sequence[int]] | None = None,
    numbers: bool = False,
) -> ast.Module:
    """A rewritten copy of `tree`; the sites it tells about are appended to `sites`.

    Args:
        brief: leave out the untold copies, for a run that ends as soon as enough was seen.
        trials: the numbers of what is to be tried before the statements at some lines and columns.
        numbers: whether numbers that are written down may be weights: each that is assigned is told.
    """
    told = _Told(sites, brief, trials or {}, numbers).module(copy.deepcopy(tree))
    return ast.fix_missing_locations(told)


def _lenient(statement: ast.stmt) -> ast.stmt:
    """A call that stands for itself, at the top of a file, which may fail once a loop was left early: a plot of a list
    that became shorter than it should be."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return statement
    raises = ast.If(ast.UnaryOp(ast.Not(), _recorder("cut")), [ast.Raise()], [])
    return ast.Try([statement], [ast.ExceptHandler(_recorder("error"), None, [raises])], [], [])


def _recorder(name: str) -> ast.expr:
    return ast.Attribute(ast.Name(RECORDER, ast.Load()), name, ast.Load())


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(_recorder(name), list(arguments), [])


def _loading(target: ast.expr) -> Any:
    loaded: Any = copy.deepcopy(target)
    loaded.ctx = ast.Load()
    return loaded


class _Loops(ast.NodeTransformer):
    """The untold copy: only the loops are changed, so that they can be left early."""

    def __init__(self, sites: list[Site], told: "_Told | None" = None) -> None:
        self.sites = sites
        self.told = told

    def site(self, node: Any) -> ast.Constant:
        self.sites.append(Site(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset))
        return ast.Constant(len(self.sites) - 1)

    def guarded(self, loop: Any, body: list[ast.stmt], site: ast.Constant) -> ast.stmt:
        leave = ast.If(_call("turn", site), [ast.Break()], [])
        loop.body = [leave, *body]
        enter, leaving = ast.Expr(_call("enter", site)), ast.Expr(_call("leave", site))
        block = ast.If(ast.Constant(True), [enter, ast.Try([loop], [], [], [leaving])], [])
        guarded: ast.stmt = self.located(block, loop)
        return guarded

    def located(self, made: Any, origin: Any) -> Any:
        ast.copy_location(made, origin)
        for node in ast.walk(made):
            if isinstance(node, ast.expr | ast.stmt) and not hasattr(node, "lineno"):
                ast.copy_location(node, origin)
        return made

    def visit_For(self, node: ast.For) -> Any:
        site = self.site(node)
        self.generic_visit(node)
        return self.guarded(node, node.body, site)

    def visit_While(self, node: ast.While) -> Any:
        site = self.site(node)
        self.generic_visit(node)
        return self.guarded(node, node.body, site)

    def visit_If(self, node: ast.If) -> Any:
        """What is told now and then may be told to the recorder once."""
        if self.told is None or not _tells(node.body):
            return self.generic_visit(node)
        site, told = self.told.aside(node), self.told.block(copy.deepcopy(node.body))
        self.generic_visit(node)
        over: list[ast.stmt] = [ast.Expr(_call("aside_over"))]
        node.body = [self.located(ast.If(_call("aside", site), [ast.Try(told, [], [], over)], node.body), node)]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.decorator_list = [d for d in node.decorator_list if not _compiles(d)]
        self.generic_visit(node)
        return node


class _Told(_Loops):
    """The told copy."""

    def __init__(
        self, sites: list[Site], brief: bool, trials: Mapping[tuple[int, int], Sequence[int]], numbers: bool
    ) -> None:
        super().__init__(sites)
        self.numbers = numbers
        self.brief = brief
        self.trials = trials
        self.asides: dict[tuple[int, int], ast.Constant] = {}

    def visit(self, node: ast.AST) -> Any:
        if not isinstance(node, ast.stmt) or (numbers := self.trials.get((node.lineno, node.col_offset))) is None:
            return super().visit(node)
        tried = [self.located(ast.Expr(_call("trial", ast.Constant(number))), node) for number in numbers]
        made = super().visit(node)
        return [*tried, *(made if isinstance(made, list) else [made])]

    def module(self, tree: ast.Module) -> ast.Module:
        lifted = _Lifted()  # at the top of a file `global` says nothing
        body = self.block([lifted.visit(statement) for statement in tree.body])
        tree.body = [_lenient(statement) for statement in body]
        return tree

    def block(self, statements: Sequence[ast.stmt]) -> list[ast.stmt]:
        told: list[ast.stmt] = []
        for statement in statements:
            visited = self.visit(statement)
            told += visited if isinstance(visited, list) else [visited]
        return told

    def untold(self, statements: Sequence[ast.stmt]) -> list[ast.stmt]:
        if self.brief:
            return [ast.Pass()]
        return [_Loops(self.sites, self).visit(copy.deepcopy(statement)) for statement in statements]

    def aside(self, node: ast.If) -> ast.Constant:
        """The site of what an `if` tells, the same in both copies."""
        place = node.lineno, node.col_offset
        if place not in self.asides:
            self.asides[place] = self.site(node)
        return self.asides[place]

    # -- the two copies

    def visit_For(self, node: ast.For) -> Any:
        site = self.site(node)
        plain = self.untold(node.body)
        node.iter = _call("iterate", site, self.visit(node.iter))
        prologue, node.target = self.assigned(node.target)
        body = prologue + self.block(node.body)
        node.orelse = self.block(node.orelse)
        return self.guarded(node, [ast.If(_recorder("on"), body, prologue + plain)], site)

    def visit_While(self, node: ast.While) -> Any:
        site = self.site(node)
        plain = self.untold(node.body)
        node.test = self.visit(node.test)
        body = self.block(node.body)
        node.orelse = self.block(node.orelse)
        return self.guarded(node, [ast.If(_recorder("on"), body, plain)], site)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.decorator_list = [self.visit(d) for d in node.decorator_list if not _compiles(d)]
        node.args.defaults = [self.visit(default) for default in node.args.defaults]
        first, rest = _head(node.body)
        if rest:
            plain = self.untold(rest)
            node.body = [*first, self.located(ast.If(_recorder("on"), self.block(rest), plain), rest[0])]
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return node

    def visit_If(self, node: ast.If) -> Any:
        told = [self.located(ast.Expr(_call("told", self.aside(node))), node)] if _tells(node.body) else []
        node.test = self.visit(node.test)
        node.body, node.orelse = told + self.block(node.body), self.block(node.orelse)
        return node

    # -- expressions

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        name = BINARY.get(type(node.op))
        site = self.site(node) if name else None
        self.generic_visit(node)
        if name is None or site is None:
            return node
        return ast.copy_location(_call(name, site, node.left, node.right), node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.USub | ast.Invert) and not isinstance(node.operand, ast.Constant):
            site = self.site(node)
            name = "neg" if isinstance(node.op, ast.USub) else "invert"
            return ast.copy_location(_call(name, site, self.visit(node.operand)), node)
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> Any:
        if len(node.ops) == 1 and type(node.ops[0]) in COMPARE:
            site = self.site(node)
            self.generic_visit(node)
            name = COMPARE[type(node.ops[0])]
            return ast.copy_location(_call(name, site, node.left, node.comparators[0]), node)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id in _FRAME_READERS:
            return self.generic_visit(node)
        site = self.site(node)
        self.generic_visit(node)
        return ast.copy_location(ast.Call(_recorder("call"), [site, node.func, *node.args], node.keywords), node)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.ctx, ast.Load) and node.attr in _ATTRIBUTES:
            site = self.site(node)
            made = _call("attribute", site, self.visit(node.value), ast.Constant(node.attr))
            return ast.copy_location(made, node)
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)
        site = self.site(node)
        made = _call("getitem", site, self.visit(node.value), self.index(node.slice))
        return ast.copy_location(made, node)

    def index(self, node: ast.expr) -> ast.expr:
        """A subscript as a value: `1:3` becomes `slice(1, 3, None)`."""
        if isinstance(node, ast.Slice):
            parts = [self.visit(part) if part else ast.Constant(None) for part in (node.lower, node.upper, node.step)]
            return ast.copy_location(_call("slice", *parts), node)
        if isinstance(node, ast.Tuple):
            return ast.copy_location(ast.Tuple([self.index(item) for item in node.elts], ast.Load()), node)
        return self.visit(node)  # type: ignore[no-any-return]

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        self.generic_visit(node)
        node.value = ast.copy_location(_call("shown", node.value), node.value)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        node.values = [self.visit(v) if isinstance(v, ast.FormattedValue) else v for v in node.values]
        return node

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        site = self.site(node.iter)
        self.generic_visit(node)
        node.iter = ast.copy_location(_call("comprehend", site, node.iter), node.iter)
        return node

    # -- statements that write

    def assigned(self, target: Any, *, later: bool = False) -> tuple[list[ast.stmt], Any]:
        """A target whose subscripts are written by the recorder: the statements that do it, and a plain target.

        `later`: a subscript before it is written in a statement of its own, so that an attribute has to wait, too.
        """
        if later and isinstance(target, ast.Attribute):
            held = f"_backproof_{len(self.sites)}"
            self.site(target)
            place: Any = self.generic_visit(target)
            set_it = ast.Assign([place], ast.Name(held, ast.Load()))
            return [self.located(set_it, target)], ast.copy_location(ast.Name(held, ast.Store()), target)
        if isinstance(target, ast.Subscript):
            name = f"_backproof_{len(self.sites)}"
            site = self.site(target)
            write = _call(
                "setitem", site, self.visit(target.value), self.index(target.slice), ast.Name(name, ast.Load())
            )
            statement = self.located(ast.Expr(write), target)
            return [statement], ast.copy_location(ast.Name(name, ast.Store()), target)
        if isinstance(target, ast.Tuple | ast.List):
            statements: list[ast.stmt] = []
            for position, item in enumerate(target.elts):
                more, target.elts[position] = self.assigned(item, later=later or bool(statements))
                statements += more
            return statements, target
        return [], self.generic_visit(target)

    def visit_Assign(self, node: ast.Assign) -> Any:
        site = self.site(node)
        node.value = self.visit(node.value)
        if self.numbers:
            node.value = self.number(node.value)
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript):
            written = node.targets[0]
            # the right side comes first, as in Python
            value, where = self.visit(written.value), self.index(written.slice)
            return self.located(ast.Expr(_call("assign", site, node.value, value, where)), node)
        if any(isinstance(target, ast.Tuple | ast.List) for target in node.targets):
            node.value = ast.copy_location(_call("unpack", site, node.value), node.value)
        after: list[ast.stmt] = []
        for position, target in enumerate(node.targets):
            more, node.targets[position] = self.assigned(target, later=bool(after))
            after += more
        return [node, *after]

    def number(self, value: ast.expr) -> ast.expr:
        """A number that is written down, told as a value of its own; or several of them."""
        if isinstance(value, ast.Tuple | ast.List):
            value.elts = [self.number(element) for element in value.elts]
            return value
        plain = value.operand if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub) else value
        if isinstance(plain, ast.Constant) and isinstance(plain.value, float):
            return ast.copy_location(_call("written", self.site(value), value), value)
        return value

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        name = BINARY.get(type(node.op))
        if name is None:
            return node
        site, target = self.site(node), node.target
        method = f"i{name.strip('_')}"
        if isinstance(target, ast.Subscript):
            # what stands at a[i] is read before the right side is computed, as in Python
            base, where = self.visit(_loading(target.value)), self.index(_loading(target.slice))
            held = ast.Starred(_call("held", site, base, where), ast.Load())
            made: Any = ast.Expr(_call("augment", site, ast.Constant(method), held, self.visit(node.value)))
            return self.located(made, node)
        if isinstance(target, ast.Attribute):
            base, again = self.twice(target.value)
            read: ast.expr = ast.Attribute(base, target.attr, ast.Load())
            written: ast.expr = ast.Attribute(again, target.attr, ast.Store())
        else:
            read, written = _loading(target), target
        value = _call(method, site, read, self.visit(node.value))
        return self.located(ast.Assign([written], value), node)

    def twice(self, node: ast.expr) -> tuple[ast.expr, ast.expr]:
        """An expression that is needed twice and must not be computed twice if computing it does something."""
        again = copy.deepcopy(node)
        told = self.visit(node)
        if not any(isinstance(part, ast.Call) for part in ast.walk(again)):
            return told, again
        name = f"_backproof_{len(self.sites)}"
        # the value is computed first and stored last, so the first reading names it
        return ast.NamedExpr(ast.Name(name, ast.Store()), told), ast.Name(name, ast.Load())


def _tells(body: Sequence[ast.stmt]) -> bool:
    """Whether something is printed, or kept in a list, by a statement itself; a generator gives way in between."""
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for statement in body for node in ast.walk(statement)):
        return False
    calls = [s.value.func for s in body if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call)]
    return any(getattr(call, "id", getattr(call, "attr", "")) in ("print", "append") for call in calls)


def _head(body: list[ast.stmt]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """What must stay at the top of a function (its docstring, `global`, `nonlocal`), and the rest."""
    docstring: list[ast.stmt] = []
    rest = body
    if rest and isinstance(rest[0], ast.Expr) and isinstance(rest[0].value, ast.Constant):
        docstring, rest = [rest[0]], rest[1:]
    lifted = _Lifted()
    rest = [lifted.visit(statement) for statement in rest]
    return docstring + lifted.declared, rest


class _Lifted(ast.NodeTransformer):
    """Takes `global` and `nonlocal` out of a body: it is kept twice, and they must stand before its first copy."""

    def __init__(self) -> None:
        self.declared: list[ast.stmt] = []

    def visit_Global(self, node: ast.Global) -> ast.stmt:
        self.declared.append(node)
        return ast.copy_location(ast.Pass(), node)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.stmt:
        self.declared.append(node)
        return ast.copy_location(ast.Pass(), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.stmt:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        return node


def _compiles(decorator: ast.expr) -> bool:
    """A decorator of Numba's, which could not compile what tells a recorder; NumPy's `vectorize` only calls it."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in ("np", "numpy"):
        return False
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name in _COMPILERS

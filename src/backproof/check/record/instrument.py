"""Rewrite a Python file so that it tells a recorder what it computes, and computes exactly what it computed before.

Every array operation becomes a call with the number of its site: `a * b` turns into `__backproof__.mul(7, a, b)`, and
`w -= d` into `w = __backproof__.isub(8, w, d)`. Values stay what they were, real arrays and real floats, so what the
file prints does not change. Functions and loop bodies are kept twice, told and untold, and the recorder's switch
chooses at each call and each turn: once enough was seen, the file runs at its own speed.
"""

import ast
import copy
from collections.abc import Mapping, Sequence
from typing import Any

from backproof.check.record.declarations import Lifted, head
from backproof.check.record.rounding import as_text
from backproof.check.record.untold import Site, Untold, is_compiler, recorder, recorder_call, tells

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
    raises = ast.If(ast.UnaryOp(ast.Not(), recorder("cut")), [ast.Raise()], [])
    return ast.Try([statement], [ast.ExceptHandler(recorder("error"), None, [raises])], [], [])


def _loading(target: ast.expr) -> Any:
    loaded: Any = copy.deepcopy(target)
    loaded.ctx = ast.Load()
    return loaded


class _Told(Untold):
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
        tried = [self.located(ast.Expr(recorder_call("trial", ast.Constant(number))), node) for number in numbers]
        made = super().visit(node)
        return [*tried, *(made if isinstance(made, list) else [made])]

    def module(self, tree: ast.Module) -> ast.Module:
        lifted = Lifted()  # at the top of a file `global` says nothing
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
        return [Untold(self.sites, self).visit(copy.deepcopy(statement)) for statement in statements]

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
        node.iter = recorder_call("iterate", site, self.visit(node.iter))
        prologue, node.target = self.assigned(node.target)
        body = prologue + self.block(node.body)
        node.orelse = self.block(node.orelse)
        return self.guarded(node, [ast.If(recorder("on"), body, prologue + plain)], site)

    def visit_While(self, node: ast.While) -> Any:
        site = self.site(node)
        plain = self.untold(node.body)
        node.test = self.visit(node.test)
        body = self.block(node.body)
        node.orelse = self.block(node.orelse)
        return self.guarded(node, [ast.If(recorder("on"), body, plain)], site)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.decorator_list = [self.visit(d) for d in node.decorator_list if not is_compiler(d)]
        node.args.defaults = [self.visit(default) for default in node.args.defaults]
        first, rest = head(node.body)
        if rest:
            plain = self.untold(rest)
            node.body = [*first, self.located(ast.If(recorder("on"), self.block(rest), plain), rest[0])]
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return node

    def visit_If(self, node: ast.If) -> Any:
        told = [self.located(ast.Expr(recorder_call("told", self.aside(node))), node)] if tells(node.body) else []
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
        return ast.copy_location(recorder_call(name, site, node.left, node.right), node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.USub | ast.Invert) and not isinstance(node.operand, ast.Constant):
            site = self.site(node)
            name = "neg" if isinstance(node.op, ast.USub) else "invert"
            return ast.copy_location(recorder_call(name, site, self.visit(node.operand)), node)
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> Any:
        if len(node.ops) == 1 and type(node.ops[0]) in COMPARE:
            site = self.site(node)
            self.generic_visit(node)
            name = COMPARE[type(node.ops[0])]
            return ast.copy_location(recorder_call(name, site, node.left, node.comparators[0]), node)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id in _FRAME_READERS:
            return self.generic_visit(node)
        site = self.site(node)
        if (text := as_text(node)) is not None:
            number, digits, write = text
            made = recorder_call("read_again", site, self.visit(number), ast.Constant(digits), write)
            return self.located(made, node)
        self.generic_visit(node)
        return ast.copy_location(ast.Call(recorder("call"), [site, node.func, *node.args], node.keywords), node)

    def visit_Starred(self, node: ast.Starred) -> Any:
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)
        site = self.site(node)
        node.value = ast.copy_location(recorder_call("unpack", site, self.visit(node.value)), node.value)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.ctx, ast.Load) and node.attr in _ATTRIBUTES:
            site = self.site(node)
            made = recorder_call("attribute", site, self.visit(node.value), ast.Constant(node.attr))
            return ast.copy_location(made, node)
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)
        site = self.site(node)
        made = recorder_call("getitem", site, self.visit(node.value), self.index(node.slice))
        return ast.copy_location(made, node)

    def index(self, node: ast.expr) -> ast.expr:
        """A subscript as a value: `1:3` becomes `slice(1, 3, None)`."""
        if isinstance(node, ast.Slice):
            parts = [self.visit(part) if part else ast.Constant(None) for part in (node.lower, node.upper, node.step)]
            return ast.copy_location(recorder_call("slice", *parts), node)
        if isinstance(node, ast.Tuple):
            return ast.copy_location(ast.Tuple([self.index(item) for item in node.elts], ast.Load()), node)
        return self.visit(node)  # type: ignore[no-any-return]

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        self.generic_visit(node)
        node.value = ast.copy_location(recorder_call("shown", node.value), node.value)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        node.values = [self.visit(v) if isinstance(v, ast.FormattedValue) else v for v in node.values]
        return node

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        site = self.site(node.iter)
        self.generic_visit(node)
        node.iter = ast.copy_location(recorder_call("comprehend", site, node.iter), node.iter)
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
            write = recorder_call(
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
            return self.located(ast.Expr(recorder_call("assign", site, node.value, value, where)), node)
        if any(isinstance(target, ast.Tuple | ast.List) for target in node.targets):
            node.value = ast.copy_location(recorder_call("unpack", site, node.value), node.value)
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
            return ast.copy_location(recorder_call("written", self.site(value), value), value)
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
            held = ast.Starred(recorder_call("held", site, base, where), ast.Load())
            made: Any = ast.Expr(recorder_call("augment", site, ast.Constant(method), held, self.visit(node.value)))
            return self.located(made, node)
        if isinstance(target, ast.Attribute):
            base, again = self.twice(target.value)
            read: ast.expr = ast.Attribute(base, target.attr, ast.Load())
            written: ast.expr = ast.Attribute(again, target.attr, ast.Store())
        else:
            read, written = _loading(target), target
        value = recorder_call(method, site, read, self.visit(node.value))
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

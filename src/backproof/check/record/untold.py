"""The untold copy of a rewritten file: it runs at its own speed, and its loops can be left early."""

import ast
import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

RECORDER = "__backproof__"

_COMPILERS = {"jit", "njit", "vectorize", "guvectorize", "jitclass"}


@dataclass(frozen=True)
class Site:
    """An expression of the file: its first and last line (from 1) and columns (from 0)."""

    line: int
    column: int
    end_line: int
    end_column: int


def recorder(name: str) -> ast.expr:
    return ast.Attribute(ast.Name(RECORDER, ast.Load()), name, ast.Load())


def recorder_call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(recorder(name), list(arguments), [])


class Told(Protocol):
    """The told copy, of which parts stand in the untold one."""

    def aside(self, node: ast.If) -> ast.Constant: ...

    def block(self, statements: Sequence[ast.stmt]) -> list[ast.stmt]: ...


class Untold(ast.NodeTransformer):
    """The untold copy: only the loops are changed, so that they can be left early."""

    def __init__(self, sites: list[Site], told: Told | None = None) -> None:
        self.sites = sites
        self.told = told

    def site(self, node: Any) -> ast.Constant:
        self.sites.append(Site(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset))
        return ast.Constant(len(self.sites) - 1)

    def guarded(self, loop: Any, body: list[ast.stmt], site: ast.Constant) -> ast.stmt:
        leave = ast.If(recorder_call("turn", site), [ast.Break()], [])
        loop.body = [leave, *body]
        enter, leaving = ast.Expr(recorder_call("enter", site)), ast.Expr(recorder_call("leave", site))
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
        if self.told is None or not tells(node.body):
            return self.generic_visit(node)
        site, told = self.told.aside(node), self.told.block(copy.deepcopy(node.body))
        self.generic_visit(node)
        over: list[ast.stmt] = [ast.Expr(recorder_call("aside_over"))]
        node.body = [self.located(ast.If(recorder_call("aside", site), [ast.Try(told, [], [], over)], node.body), node)]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.decorator_list = [d for d in node.decorator_list if not is_compiler(d)]
        self.generic_visit(node)
        return node


def tells(body: Sequence[ast.stmt]) -> bool:
    """Whether something is printed, or kept in a list, by a statement itself; a generator gives way in between."""
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for statement in body for node in ast.walk(statement)):
        return False
    calls = [s.value.func for s in body if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call)]
    return any(getattr(call, "id", getattr(call, "attr", "")) in ("print", "append") for call in calls)


def is_compiler(decorator: ast.expr) -> bool:
    """A decorator of Numba's, which could not compile what tells a recorder; NumPy's `vectorize` only calls it."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in ("np", "numpy"):
        return False
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name in _COMPILERS

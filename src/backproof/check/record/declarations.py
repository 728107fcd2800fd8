"""What has to stand at the top of a function: its docstring, and what it declares `global` and `nonlocal`."""

import ast


def head(body: list[ast.stmt]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """What must stay at the top of a function (its docstring, `global`, `nonlocal`), and the rest."""
    docstring: list[ast.stmt] = []
    rest = body
    if rest and isinstance(rest[0], ast.Expr) and isinstance(rest[0].value, ast.Constant):
        docstring, rest = [rest[0]], rest[1:]
    lifted = Lifted()
    rest = [lifted.visit(statement) for statement in rest]
    return docstring + lifted.declared, rest


class Lifted(ast.NodeTransformer):
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

"""Right programs, changed in ways that leave them right: what was right by luck of a seed or a rate is not right.

    python -m tests.mutants.variations [--only SUBSTRING]

checks every program of `programs/` with other seeds, few epochs, other rates, without its prints and with other names,
and prints those that are called wrong. None may be; its ten minutes are spent before a release, not in CI.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from backproof.check import check
from backproof.check.report import Verdict
from tests.mutants.catalogue.mutant import PROGRAMS

_RATE = re.compile(r"(?i)(lr|alpha|eta|learning_?rate|l_rate|rate|step_size)$")
_MANY = 30  # turns; a loop with as many is one over epochs
_SEEDED = ("seed", "default_rng", "RandomState")


class _Seeds(ast.NodeTransformer):
    """Chance that begins elsewhere."""

    def __init__(self, more: int) -> None:
        self.more = more

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        first = node.args[0] if node.args and ast.unparse(node.func).endswith(_SEEDED) else None
        if isinstance(first, ast.Constant) and isinstance(first.value, int):
            node.args[0] = ast.Constant(first.value + self.more)
        return node


class _Epochs(ast.NodeTransformer):
    """Only a few turns of the long loops."""

    def visit_For(self, node: ast.For) -> ast.AST:
        self.generic_visit(node)
        call = node.iter
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "range" and len(call.args) == 1:
            (turns,) = call.args
            if isinstance(turns, ast.Constant) and isinstance(turns.value, int) and turns.value >= _MANY:
                call.args[0] = ast.Constant(5)
        return node


class _Rates(ast.NodeTransformer):
    """Steps of another size."""

    def __init__(self, times: float) -> None:
        self.times = times

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        value = node.value
        named = _RATE.match(ast.unparse(node.targets[0]).rpartition(".")[2])
        if named and isinstance(value, ast.Constant) and isinstance(value.value, float):
            node.value = ast.Constant(value.value * self.times)
        return node


class _Silence(ast.NodeTransformer):
    """Nothing is printed."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        prints = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "print"
        return ast.copy_location(ast.Pass(), node) if prints else node


class _Names(ast.NodeTransformer):
    """Variables whose names say nothing."""

    def __init__(self, tree: ast.AST) -> None:
        nodes = list(ast.walk(tree))
        written = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        kept = {n.arg for n in nodes if isinstance(n, ast.arg | ast.keyword)} | set(vars(builtins))
        kept |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        kept |= {name for n in nodes if isinstance(n, ast.Global | ast.Nonlocal) for name in n.names}
        self.names = {name: f"v{number}" for number, name in enumerate(sorted(written - kept))}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.names.get(node.id, node.id)
        return node


VARIATIONS: dict[str, Callable[[ast.AST], ast.NodeTransformer]] = {
    "another seed, 1 more": lambda _: _Seeds(1),
    "another seed, 7 more": lambda _: _Seeds(7),
    "another seed, 19 more": lambda _: _Seeds(19),
    "few epochs": lambda _: _Epochs(),
    "ten times the rate": lambda _: _Rates(10.0),
    "a hundredth of the rate": lambda _: _Rates(0.01),
    "no prints": lambda _: _Silence(),
    "other names": _Names,
}


def varied(text: str) -> Iterator[tuple[str, str]]:
    """Every variation that changes a program: its name and the text."""
    plain = ast.unparse(ast.parse(text))
    for name, make in VARIATIONS.items():
        tree = ast.parse(text)
        made = ast.unparse(ast.fix_missing_locations(make(tree).visit(tree)))
        if made != plain:
            yield name, made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only the programs whose names hold this")
    only = parser.parse_args().only
    checked = wrong = 0
    for path in sorted(path for path in PROGRAMS.glob("*.py") if only in path.name):
        for name, text in varied(path.read_text(encoding="utf-8")):
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / path.name
                copy.write_text(text, encoding="utf-8")
                report = check(copy, repair=0)
            checked += 1
            if report.verdict not in (Verdict.RIGHT, Verdict.CANNOT_JUDGE):
                wrong += 1
                print(f"{path.name}, {name}: {report.verdict}: {report.reason}", flush=True)
    print(f"{checked} variations of right programs, {wrong} called wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())

"""Which value a piece of text had in a step: read off from the operations in whose operands or on whose left it is."""

import ast
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from backproof.check.edits.tree import Tree, assigned
from backproof.check.record.memory import Ref
from backproof.check.record.trace import Sites
from backproof.check.replay.frame import Frame

Place = tuple[int, int, int, int]


@dataclass(frozen=True)
class _Parsed:
    """A text's expressions by their places."""

    tree: Tree
    nodes: dict[Place, ast.AST]
    targets: dict[Place, ast.expr]  # of each value that is assigned as it is
    returned: set[Place]  # what a function gives


class Reading:
    """The texts of the files that took part, by site: an operation's expression, its operands and its target."""

    def __init__(self, texts: Mapping[str, str], sites: Sites) -> None:
        self.texts = texts
        self.sites = sites
        self._files = {name: _parsed(text) for name, text in texts.items()}
        self._segments: dict[ast.AST, str] = {}

    def expression(self, site: int) -> ast.AST | None:
        """The syntax of an operation."""
        file = self._files.get(self.sites.files[site]) if site >= 0 else None
        return file.nodes.get(self.place(site)) if file else None

    def target(self, site: int) -> str | None:
        """What an operation's value is assigned to as it is."""
        file = self._files.get(self.sites.files[site])
        target = file.targets.get(self.place(site)) if file else None
        return self.segment(site, target) if target is not None else None

    def is_returned(self, site: int) -> bool:
        """Whether an operation's value is what its function gives."""
        file = self._files.get(self.sites.files[site])
        return file is not None and self.place(site) in file.returned

    def function(self, site: int) -> ast.AST | None:
        """The function that an operation stands in; the whole file where it stands in none."""
        expression = self.expression(site)
        return self._files[self.sites.files[site]].tree.scope(expression) if expression is not None else None

    def place(self, site: int) -> Place:
        """Where a site begins and ends in its file."""
        place = self.sites.sites[site]
        return place.line, place.column, place.end_line, place.end_column

    def segment(self, site: int, node: ast.AST) -> str:
        if node not in self._segments:
            self._segments[node] = self._files[self.sites.files[site]].tree.segment(node)
        return self._segments[node]

    def text_at(self, site: int) -> str:
        """The text of the operation at a site; empty if it is none of the files' own."""
        expression = self.expression(site)
        return self.segment(site, expression) if isinstance(expression, ast.AST) else ""

    def operands(self, site: int) -> list[ast.expr]:
        """The operands of an operation in the order in which they are recorded."""
        node = self.expression(site)
        if isinstance(node, ast.BinOp):
            return [node.left, node.right]
        if isinstance(node, ast.AugAssign):
            return [node.target, node.value]
        if isinstance(node, ast.UnaryOp):
            return [node.operand]
        if isinstance(node, ast.Call):
            method = isinstance(node.func, ast.Attribute) and not (
                isinstance(node.func.value, ast.Name)
                and node.func.value.id in ("np", "numpy", "math", "sp", "special", "scipy")
            )
            arguments = [a for a in node.args if not isinstance(a, ast.Starred)]
            return [node.func.value, *arguments] if method and isinstance(node.func, ast.Attribute) else arguments
        if isinstance(node, ast.Attribute | ast.Subscript):
            return [node.value]
        return []


def values_by_text(frame: Frame, reading: Reading, until: int | None = None) -> dict[int, dict[str, int]]:
    """Of each call path the texts whose values are known, with the node that each is (the last one in the step).

    Args:
        until: the values are those that the texts have when this node is computed, also of what is only read later.
    """
    found: dict[int, dict[str, int]] = defaultdict(dict)
    trace = frame.trace
    for node in range(max(frame.step.start, 0), min(frame.step.end + 1, len(trace))):
        site = trace.sites[node]
        if site < 0 or site >= len(reading.sites.sites) or reading.sites.files[site] not in reading.texts:
            continue
        path = trace.paths[node]
        # a part of an array that is looked at anew, or written back, is no operation of the text
        operands = reading.operands(site) if trace.operations[node] not in ("view", "setview") else []
        for operand, argument in zip(operands, trace.arguments[node], strict=False):
            named = isinstance(argument, Ref) and isinstance(operand, ast.Name | ast.Attribute | ast.Subscript)
            if named and until is not None and node <= until:
                found[path][reading.segment(site, operand)] = int(argument)  # it may have been changed since
            elif named:
                text, value = reading.segment(site, operand), int(argument)
                if until is None:
                    found[path].setdefault(text, value)
                elif value < until:  # what a call gave since is known by where it is read
                    found[path][text] = max(value, found[path].get(text, -1))
        target = reading.target(site) if until is None or node < until else None
        if target:
            found[path][target] = node
    return found


@lru_cache(maxsize=32)
def _parsed(text: str) -> _Parsed:
    found = _Parsed(Tree(text), {}, {}, set())
    for node in ast.walk(found.tree.tree):
        if isinstance(node, ast.expr | ast.AugAssign):
            found.nodes.setdefault(place_of(node), node)
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            found.targets.update({place_of(value): target for target, value in assigned(node.targets[0], node.value)})
        if isinstance(node, ast.Return) and node.value is not None:
            found.returned.add(place_of(node.value))
    return found


def place_of(node: ast.AST) -> Place:
    """Where an expression or a statement begins and ends: lines from 1, columns in bytes."""
    line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
    return line, column, getattr(node, "end_lineno", None) or 0, getattr(node, "end_col_offset", None) or 0

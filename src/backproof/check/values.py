"""Which value a piece of text had in a step: read off from the operations in whose operands or on whose left it is."""

import ast
from collections import defaultdict
from collections.abc import Mapping

from backproof.check.edits.tree import assigned
from backproof.check.frame import Frame
from backproof.check.memory import Ref
from backproof.check.trace import Sites

Place = tuple[int, int, int, int]


class Reading:
    """The texts of the files that took part, by site: an operation's expression, its operands and its target."""

    def __init__(self, texts: Mapping[str, str], sites: Sites) -> None:
        self.texts = texts
        self.sites = sites
        self._nodes: dict[str, dict[Place, ast.AST]] = {}
        self._targets: dict[str, dict[Place, str]] = {}
        self._segments: dict[ast.AST, str] = {}
        for name, text in texts.items():
            nodes = self._nodes.setdefault(name, {})
            targets = self._targets.setdefault(name, {})
            for node in ast.walk(ast.parse(text)):
                if (
                    isinstance(node, ast.expr | ast.AugAssign)
                    and node.end_lineno is not None
                    and node.end_col_offset is not None
                ):
                    place = node.lineno, node.col_offset, node.end_lineno, node.end_col_offset
                    nodes.setdefault(place, node)
                if isinstance(node, ast.Assign) and len(node.targets) == 1:
                    for target, value in assigned(node.targets[0], node.value):
                        place = value.lineno, value.col_offset, value.end_lineno or 0, value.end_col_offset or 0
                        targets[place] = ast.get_source_segment(text, target) or ""

    def expression(self, site: int) -> ast.AST | None:
        """The syntax of an operation."""
        if site < 0:
            return None
        place = self.sites.sites[site]
        return self._nodes.get(self.sites.files[site], {}).get(
            (place.line, place.column, place.end_line, place.end_column)
        )

    def target(self, site: int) -> str | None:
        """What an operation's value is assigned to as it is."""
        place = self.sites.sites[site]
        return self._targets.get(self.sites.files[site], {}).get(
            (place.line, place.column, place.end_line, place.end_column)
        )

    def segment(self, site: int, node: ast.AST) -> str:
        if node not in self._segments:
            self._segments[node] = ast.get_source_segment(self.texts[self.sites.files[site]], node) or ""
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


def values_by_text(frame: Frame, reading: Reading) -> dict[int, dict[str, int]]:
    """Of each call path the texts whose values are known, with the node that each is (the last one in the step)."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    trace = frame.trace
    for node in range(max(frame.step.start, 0), min(frame.step.end + 1, len(trace))):
        site = trace.sites[node]
        if site < 0 or site >= len(reading.sites.sites) or reading.sites.files[site] not in reading.texts:
            continue
        path = trace.paths[node]
        for operand, argument in zip(reading.operands(site), trace.arguments[node], strict=False):
            if isinstance(argument, Ref) and isinstance(operand, ast.Name | ast.Attribute | ast.Subscript):
                found[path].setdefault(reading.segment(site, operand), int(argument))
        target = reading.target(site)
        if target:
            found[path][target] = node
    return found

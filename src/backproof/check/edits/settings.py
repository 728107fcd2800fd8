"""The settings of a file: what is set to a bare number, as a rate, a share or a size is."""

import ast
import math
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from backproof.check.edits.functions import Functions
from backproof.check.edits.tree import assigned


class Settings(Functions):
    """A file that can be asked for its settings."""

    @cached_property
    def settings(self) -> set[str]:
        """The variables that are set to a bare number, and the arguments that have one if nothing else is given or that
        are given one by name; and what keeps such an argument."""
        found: set[str] = set()
        for node in self.nodes:
            if isinstance(node, ast.Assign) and _is_number(node.value):
                found.update(self.segment(target) for target in node.targets)
            if isinstance(node, ast.keyword) and node.arg is not None and _is_number(node.value):
                found.add(node.arg)
            if isinstance(node, ast.arguments):
                found.update(name for name, default in _defaults(node) if _is_number(default))
        for node in self.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in found:
                found.update(self.segment(kept) for kept in node.targets if isinstance(kept, ast.Attribute))
        return found

    @cached_property
    def numbers(self) -> dict[str, float]:
        """What the settings are that are set to one number only, and not to 0 or 1."""
        found: dict[str, set[float]] = defaultdict(set)
        for node in self.nodes:
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                for target, value in assigned(node.targets[0], node.value):
                    found[self.segment(target)].add(ast.literal_eval(value) if _is_number(value) else math.nan)
            elif isinstance(node, ast.AugAssign | ast.For):
                found[self.segment(node.target)].add(math.nan)
            elif isinstance(node, ast.arguments):
                for name, default in _defaults(node):
                    found[name].add(ast.literal_eval(default) if _is_number(default) else math.nan)
        return {name: n for name, (n, *more) in found.items() if not more and math.isfinite(n) and n not in (0, 1)}

    @cached_property
    def fractions(self) -> set[str]:
        """The settings that are numbers with a fraction and never anything else, as weights become: rates, shares."""
        given: dict[str, list[ast.expr | None]] = defaultdict(list)
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    given[self.segment(target)].append(node.value)
            if isinstance(node, ast.AugAssign | ast.For):
                given[self.segment(node.target)].append(None)
        return {
            name
            for name, values in given.items()
            if all(v is not None and _is_number(v) and ast.literal_eval(v) % 1 for v in values)
        }


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """The arguments that need not be given, each with what it is then."""
    given = [*arguments.posonlyargs, *arguments.args]
    last = given[len(given) - len(arguments.defaults) :]
    pairs = [*zip(last, arguments.defaults, strict=True)]
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    yield from ((name.arg, default) for name, default in (*pairs, *named) if default is not None)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)

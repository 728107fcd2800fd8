"""The names of a file: what could stand in a statement instead of what does."""

import ast
import re
from collections.abc import Mapping
from functools import cached_property

from backproof.check.edits.functions import root_of
from backproof.check.edits.settings import Settings
from backproof.check.edits.tree import name_of


class Names(Settings):
    """A file that can be asked for its variables, numbers and lists; `shapes` are those of its variables, as far as
    they are known."""

    def __init__(self, text: str, shapes: Mapping[str, tuple[int, ...]] | None = None) -> None:
        super().__init__(text)
        self.shapes = shapes or {}
        self._variables: dict[ast.AST, list[str]] = {}
        self._unread: dict[tuple[ast.AST, bool], list[str]] = {}

    def settings_near(self, statement: ast.stmt) -> list[str]:
        """The settings that are named nearest to a statement, of those that its function names."""
        known = (text for text in self.variables(statement) if text in self.settings)
        return sorted(known, key=lambda text: self.distance(statement, text))[:4]

    def is_rate(self, text: str) -> bool:
        """Whether a variable is a setting, or called as a rate is: no function of it, and no derivative at it, is
        meant."""
        return text in self.settings or bool(RATE.search(text))

    @cached_property
    def words(self) -> set[str]:
        """Every word of the file."""
        return set(re.findall(r"\w+", self.text))

    @cached_property
    def has_kink(self) -> bool:
        """Whether the file has a function with a kink, as relu is, or a comparison that may make one."""
        return bool(_KINK.search(self.text))

    @cached_property
    def floats(self) -> list[float]:
        """The other small numbers with a fraction in the file: slopes and rates."""
        found = {n.value for n in self.nodes if isinstance(n, ast.Constant) and isinstance(n.value, float)}
        return sorted(found)[:8]

    @cached_property
    def wholes(self) -> list[int]:
        """The whole numbers of the file above two: counts and sizes."""
        found = {n.value for n in self.nodes if isinstance(n, ast.Constant) and type(n.value) is int}
        return sorted(number for number in found if number > 2)[:12]

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
        names = {root_of(text) for text in found} | {"self"}
        for text in (*self._entries, *self._of_others):
            if root_of(text) in names:
                found.setdefault(text)
        return [text for text in found if self.has(scope, text)]

    def is_variable(self, node: ast.AST) -> bool:
        parent = self.parents.get(node)
        if (isinstance(parent, ast.Call) and parent.func is node) or node in self._annotations:
            return False
        if isinstance(node, ast.Name):
            return node.id not in self.functions and node.id not in _MODULES and _array_like(parent)
        if isinstance(node, ast.Attribute):
            named = isinstance(node.value, ast.Name) and node.value.id not in _MODULES - {"self", "cls"}
            return named and node.attr not in _FORMS and _array_like(parent) and not isinstance(parent, ast.Subscript)
        if isinstance(node, ast.Subscript):
            simple = isinstance(node.slice, ast.Constant | ast.Name | ast.BinOp | ast.UnaryOp | ast.JoinedStr)
            return simple and isinstance(node.value, ast.Name | ast.Attribute) and not isinstance(parent, ast.Subscript)
        return False

    @cached_property
    def keys(self) -> dict[ast.expr, tuple[str, str]]:
        """The texts that keys of dictionaries are put together of with numbers, each as the word that it begins with
        and what follows: `'A%d' % i`, `'A' + str(i)` or `f'A{i}'`."""
        found: dict[ast.expr, tuple[str, str]] = {}
        for node in self.nodes:
            if not isinstance(node, ast.Subscript):
                continue
            place = node.slice
            text = place.left if isinstance(place, ast.BinOp) else place
            whole = isinstance(text, ast.JoinedStr) or (text is not place and isinstance(text, ast.Constant))
            begins = _BEGINS.match(self.segment(text)) if whole else None
            if begins is not None:
                numbers = "{}" if isinstance(text, ast.JoinedStr) else begins[2]
                found[text] = begins[1], numbers
        return found

    @cached_property
    def _of_others(self) -> list[str]:
        """The attributes of objects that other objects hold, anywhere in the file: `link.source.output`."""
        found: dict[str, None] = {}
        for node in self.nodes:
            inner = node.value if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) else None
            held = isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name)
            above = self.parents.get(node)
            whole = not isinstance(above, ast.Attribute | ast.Subscript) and not (
                isinstance(above, ast.Call) and above.func is node
            )
            if held and whole and isinstance(node, ast.Attribute) and node.attr not in _FORMS:
                found.setdefault(self.segment(node))
        return [text for text in found if root_of(text) not in _MODULES]

    @cached_property
    def _entries(self) -> list[str]:
        """The attributes of `self` and the named entries of dictionaries, anywhere in the file."""
        found: dict[str, None] = {}
        for node in self.nodes:
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

    @cached_property
    def _annotations(self) -> frozenset[ast.AST]:
        """All that says of which type something is: that computes nothing."""
        told = [getattr(node, "annotation", None) or getattr(node, "returns", None) for node in self.nodes]
        return frozenset(part for node in told if isinstance(node, ast.AST) for part in ast.walk(node))

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
        for node in self.nodes:
            if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
                found.setdefault(self.segment(node), []).append(node.lineno)
        return found

    def unread(self, statement: ast.stmt, *, unpacked: bool = True) -> list[str]:
        """The variables of a statement's function that are given a value and never read; if asked for, without those
        that only take a part of a tuple, such as a cache, in which some parts are seldom needed."""
        scope = self.scope(statement)
        if (scope, unpacked) in self._unread:
            return self._unread[scope, unpacked]
        names = [node for node in self.within(scope) if isinstance(node, ast.Name)]
        filled = {
            part.value
            for part in self.within(scope)
            if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store)
        }
        read = {node.id for node in names if isinstance(node.ctx, ast.Load) and node not in filled}
        parts = {n for n in names if isinstance(self.parents.get(n), ast.Tuple | ast.List)} if not unpacked else set()
        given = (n for n in names if isinstance(n.ctx, ast.Store) and n not in parts)
        self._unread[scope, unpacked] = list(dict.fromkeys(n.id for n in given if n.id not in read))
        return self._unread[scope, unpacked]

    @cached_property
    def lists(self) -> list[str]:
        """The lists that the file appends to, and what it sets at the turns of a loop: what a forward pass keeps for
        the way back."""
        found: dict[str, None] = {}
        for node in self.nodes:
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
        scope = self.scope(statement)
        return [f"{name}[{place}]" for name in self.lists if self.has(scope, name) for place in at][:18]

    @cached_property
    def counts(self) -> list[str]:
        """How the file counts samples: `len(x)`, `x.shape[0]`, `x.size`."""
        found: dict[str, None] = {}
        for node in self.nodes:
            length = isinstance(node, ast.Call) and name_of(node.func) == "len"
            holder = node.value if isinstance(node, ast.Subscript) else None
            shape = isinstance(holder, ast.Attribute) and holder.attr == "shape"
            if length or shape or (isinstance(node, ast.Attribute) and node.attr == "size"):
                found.setdefault(self.segment(node))
        return list(found)[:6]

    def counts_near(self, statement: ast.stmt) -> list[str]:
        """Those of what a statement can read; where there are none, how what it can read would be counted."""
        scope = self.scope(statement)
        found = [text for text in self.counts if all(self.has(scope, name) for name in _ROOTS.findall(text))]
        return found or self._sizes_near(statement)

    def _sizes_near(self, statement: ast.stmt) -> list[str]:
        """The sizes of the arrays that are named nearest to a statement, each once: `len(x)`, `x.shape[1]`."""
        sizes: dict[int, str] = {}
        for text in self.near(statement, _NEAR):
            for axis, size in enumerate(self.shapes.get(text, ())[:2]):
                if size > 1:
                    sizes.setdefault(size, f"{text}.shape[{axis}]" if axis else f"len({text})")
        return list(sizes.values())[:_SIZES]


_NEAR = 12  # variables of which the sizes are looked at, and
_SIZES = 4  # of these, those that are tried

RATE = re.compile(r"rate|(?<![a-z])(lr|eta|alpha)$", re.IGNORECASE)

_ROOTS = re.compile(r"(?<![\w.])(?!len\b|np\b|numpy\b)[^\W\d]\w*")  # names, without what is had of them

_KINK = re.compile(r"maximum|relu|where\(|> ?0\b(?!\.)")

_BEGINS = re.compile(r"""f?['"]([A-Za-z_]+)([^'"]*)['"]$""")  # a text in quotes

_FORMS = ("T", "shape", "size", "ndim")  # attributes of any array

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


def _array_like(parent: ast.AST | None) -> bool:
    """Whether what stands before a dot, if there is one, is used as an array: `a1.T`, `x.dot(w)`."""
    return not isinstance(parent, ast.Attribute) or parent.attr in _ARRAY_ATTRIBUTES

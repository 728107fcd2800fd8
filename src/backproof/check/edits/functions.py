"""The functions of a file, and what they can read: what a statement could call."""

import ast
import re
from collections.abc import Mapping
from functools import cached_property

from backproof.check.edits.lines import Lines
from backproof.check.edits.tree import name_of, whole_of
from backproof.check.edits.visible import visible

_FILLING = {"append", "extend", "insert", "pop", "remove", "clear", "update", "setdefault", "add", "sort", "fill"}


class Functions(Lines):
    """A file that can be asked for its functions, and whether a name has a value in one.

    Attributes:
        brought: the functions that it imports from other files of its author, and the number of their arguments, where
            these files are read with it (see `brought`).
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.brought: Mapping[str, int] = {}
        self._callable: dict[ast.AST | None, dict[str, int]] = {}
        self._visible: dict[ast.AST, set[str]] = {}

    def has(self, scope: ast.AST, text: str) -> bool:
        """Whether what a variable, an attribute or an item is reached by has a value in a function; true where a file
        imports it knows not what."""
        if scope not in self._visible:
            self._visible[scope] = visible(self, scope)
        known = self._visible[scope]
        return "*" in known or root_of(text) in known

    @cached_property
    def has_matrices(self) -> bool:
        """Whether the file makes an `np.matrix` of something."""
        calls = (node.func for node in self.nodes if isinstance(node, ast.Call))
        return any(isinstance(f, ast.Attribute) and f.attr in ("matrix", "mat", "asmatrix", "bmat") for f in calls)

    @cached_property
    def names_read(self) -> set[str]:
        """The names whose value the file reads anywhere."""
        return {node.id for node in self.nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}

    @cached_property
    def functions(self) -> dict[str, int]:
        """The file's own functions, and those that it imports from others beside it, and the number of their
        arguments."""
        own = {n.name: len(n.args.args) for n in self.nodes if isinstance(n, ast.FunctionDef)}
        return {name.rpartition(".")[2]: count for name, count in self.brought.items()} | self._lambdas | own

    @cached_property
    def of_module(self) -> dict[str, int]:
        """The functions outside all classes and functions that compute something and do nothing else, and how many
        arguments each is given."""
        defined = (n for n in self.tree.body if isinstance(n, ast.FunctionDef) and self._only_computes(n))
        return self._lambdas | {node.name: len(node.args.args) for node in defined}

    @cached_property
    def _lambdas(self) -> dict[str, int]:
        """The functions that are written `slope = lambda z: …`, or vectorized so, outside all others."""
        found: dict[str, int] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                value = vectorized(node.value) or node.value
                if isinstance(value, ast.Lambda):
                    found[node.targets[0].id] = len(value.args.args)
        return found

    def callable_from(self, statement: ast.stmt) -> dict[str, int]:
        """The functions that compute something and do nothing else, as a statement can call them, and how many
        arguments each is given: the file's own ones, and those that it imports from others beside it."""
        scope = self.scope(statement)
        holder = self.holder(scope) if self.has(scope, "self") else None
        if holder in self._callable:
            return self._callable[holder]
        found = self._callable[holder] = dict(self.brought) | self._lambdas
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef) and self._only_computes(node):
                own, count = self.holder(node), len(node.args.args)
                static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
                if own is None:
                    found[node.name] = count
                elif own is holder:
                    found[f"self.{node.name}"] = count if static else count - 1
        return found

    def unary(self, statement: ast.stmt) -> list[str]:
        """The functions of one argument that a statement can call: the file's own, and what it calls elsewhere."""
        own = {name for name, arity in self.callable_from(statement).items() if arity == 1}
        return sorted(own | self._elementwise)[:8]

    @cached_property
    def _elementwise(self) -> set[str]:
        found: set[str] = set()
        for node in self.nodes:
            if (
                isinstance(node, ast.Call)
                and len(node.args) == 1
                and not node.keywords
                and isinstance(node.func, ast.Attribute)
                and name_of(node.func) in ("tanh", "exp", "log", "sqrt", "abs", "square", "expit", "sign")
            ):
                found.add(self.segment(node.func))
        return found

    def _only_computes(self, function: ast.FunctionDef) -> bool:
        """Whether a function gives something back and keeps nothing."""
        gives = any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function))
        return gives and function.name not in self.keeping and not function.name.startswith("__")

    @cached_property
    def keeping(self) -> set[str]:
        """The file's own functions that keep something, or call one that does."""
        functions = [node for node in self.nodes if isinstance(node, ast.FunctionDef)]
        calls = {f: {name_of(n.func) for n in ast.walk(f) if isinstance(n, ast.Call)} for f in functions}
        found = {function.name for function in functions if _keeps(function)}
        while more := {f.name for f in functions if f.name not in found and calls[f] & found}:
            found |= more
        return found

    @cached_property
    def questions(self) -> list[str]:
        """The methods that are asked for something and are given nothing."""
        return [
            method.name
            for holder in self.nodes
            if isinstance(holder, ast.ClassDef)
            for method in holder.body
            if isinstance(method, ast.FunctionDef) and len(method.args.args) == 1 and self._only_computes(method)
        ][:10]

    def computing_from(self, attribute: str) -> list[str]:
        """The methods that are given nothing and compute something from an attribute of their object."""
        return [name for name in self.questions if attribute in self._attributes_read[name]]

    @cached_property
    def _attributes_read(self) -> dict[str, set[str]]:
        """Of each method the attributes of its object that it reads."""
        return {
            node.name: {
                part.attr
                for part in ast.walk(node)
                if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "self"
            }
            for node in self.nodes
            if isinstance(node, ast.FunctionDef)
        }


def vectorized(value: ast.expr) -> ast.expr | None:
    """What `np.vectorize` makes a function of, if it makes a value."""
    made = isinstance(value, ast.Call) and name_of(value.func) == "vectorize" and value.args
    return value.args[0] if made and isinstance(value, ast.Call) else None


def root_of(text: str) -> str:
    """The name that an attribute or an item is reached by."""
    return re.split(r"[.\[]", text)[0]


_DRAWING = re.compile(r"rand|^normal$|uniform|binomial|choice|shuffle|permut|^gauss")


def _keeps(function: ast.FunctionDef) -> bool:
    """Whether a function changes what lives on after it: an attribute, what is in one, a global variable, or what is
    drawn at random next."""
    nodes = list(ast.walk(function))
    own = _made_in(function)
    written = (node for node in nodes if isinstance(node, ast.Attribute | ast.Subscript))
    held = any(isinstance(n.ctx, ast.Store | ast.Del) and _is_held(n, own) for n in written)
    called = [n.func for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    filled = any(called.attr in _FILLING and _is_held(called.value, own) for called in called)
    drawn = any(_DRAWING.search(called.attr) for called in called)
    return held or filled or drawn or any(isinstance(node, ast.Global | ast.Nonlocal) for node in nodes)


def _made_in(function: ast.FunctionDef) -> set[str]:
    """The names for objects that a function makes, by calling a class, and does not get."""
    made: dict[str, bool] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            new = isinstance(node.value, ast.Call) and name_of(node.value.func)[:1].isupper()
            for target in node.targets:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                        made[name.id] = made.get(name.id, True) and new and name is target
    given = {argument.arg for argument in function.args.args}
    return {name for name, new in made.items() if new} - given


def _is_held(node: ast.expr, own: set[str]) -> bool:
    """Whether something is an attribute, or a part of one, of an object that is not a function's own."""
    whole = whole_of(node)
    return isinstance(whole, ast.Attribute) and root_of(ast.unparse(whole)) not in own

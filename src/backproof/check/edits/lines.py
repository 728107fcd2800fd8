"""What the lines of a file do: what they write, carry on, hand over, overwrite and throw away."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from backproof.check.edits.tree import Loop, Tree, assigned, counted_by, name_of, units

_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-"}


class Lines(Tree):
    """A file whose lines can be asked what they do."""

    def direction(self, statement: ast.stmt) -> str:
        """Whether a statement adds something to its variables, or subtracts it: + or -; nothing if it does neither."""
        if isinstance(statement, ast.AugAssign):
            return _SIGNS.get(type(statement.op), "")
        if not isinstance(statement, ast.Assign):
            return ""
        whole, *parts = assigned(statement.targets[0], statement.value)
        found = {self._direction(target, value) for target, value in parts or [whole]}
        return found.pop() if len(found) == 1 else ""

    def _direction(self, target: ast.expr, value: ast.expr) -> str:
        step = self.step_of(target, value)
        return _SIGNS[type(step.op)] if step is not None else ""

    def step_of(self, target: ast.expr, value: ast.expr) -> ast.BinOp | None:
        """The first sum or difference of a value, if what is written into is what stands on its left."""
        while isinstance(value, ast.BinOp) and type(value.op) in _SIGNS:
            if self.segment(value.left) == self.segment(target):
                return value
            value = value.left
        return None

    def spans_of_lines(self, statements: Iterable[ast.stmt]) -> list[tuple[int, int]] | None:
        """The lines of each of some statements; None if one of them does not have them for itself."""
        found = [self.whole_lines(statement) for statement in statements]
        whole = [(first, last) for first, last in found if first is not None and last is not None]
        return whole if len(whole) == len(found) else None

    def without(self, start: int, end: int, spans: Iterable[tuple[int, int]]) -> str:
        """What is left of the text between two places without some spans of it, which are in their order."""
        left = ""
        for first, last in spans:
            left, start = left + self.text[start:first], last
        return left + self.text[start:end]

    def carries(self, statement: ast.stmt) -> bool:
        """Whether a statement sets something to what is computed from its old value."""
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return isinstance(statement, ast.AugAssign)
        target = self.segment(statement.targets[0])
        return any(self.segment(n) == target for n in self.within(statement.value) if isinstance(n, ast.expr))

    def renamed(self, line: int, name: str) -> int | None:
        """The line behind a line that only gives a variable another name, if the next use of it does that."""
        statement = self.statement_at(line)
        if statement is None:
            return None
        later = [
            node
            for node in ast.walk(self.scope(statement))
            if isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
            and isinstance(node.ctx, ast.Load)
            and node.lineno > line
            and self.segment(node) == name
        ]
        after = self.parents.get(min(later, key=lambda node: node.lineno)) if later else None
        return after.lineno if isinstance(after, ast.Assign) and after.value in later else None

    def sources(self, line: int) -> list[int]:
        """The lines of the same function that assign what a line reads."""
        statement = self.statement_at(line)
        if statement is None:
            return []
        read = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        found = []
        for other in self.within(self.scope(statement)):
            if isinstance(other, ast.Assign | ast.AugAssign) and other.lineno != line:
                targets = other.targets if isinstance(other, ast.Assign) else [other.target]
                written = {
                    n.id
                    for target in targets
                    for n in self.within(target)
                    if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
                }
                if written & read:
                    found.append(other.lineno)
        return found[:6]

    def called(self, line: int) -> set[str]:
        """The names of the functions that a line calls."""
        statement = self.statement_at(line)
        nodes = ast.walk(statement) if statement is not None else ()
        return {name_of(node.func) for node in nodes if isinstance(node, ast.Call)}

    def passing(self, functions: set[str], lines: set[int]) -> Iterator[int]:
        """The lines that only give a value another name, return it, or list several for a loop, in some functions and
        in those of some lines."""
        scopes = {self.scope(s) for line in lines if (s := self.statement_at(line)) is not None}
        scopes |= {n for n in self.nodes if isinstance(n, ast.FunctionDef) and n.name in functions}
        for node in self.nodes:
            several = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple | ast.List)
            if isinstance(node, ast.Assign | ast.Return) and not several and self.scope(node) in scopes:
                values = list(units(node.value)) if node.value is not None else []
                if any(_only_named(value) for value in values):
                    yield node.lineno
            if isinstance(node, ast.For) and self.scope(node) in scopes:
                listed = [part for part in ast.walk(node.iter) if isinstance(part, ast.Tuple | ast.List)]
                if any(isinstance(item, ast.Name) for part in listed for item in part.elts):
                    yield node.lineno

    @cached_property
    def overwritten(self) -> set[int]:
        """The lines that set, at every turn of a loop, what was set to zero before it and is not read within it: it
        was made to be added to. An element that is another one at each turn is not overwritten."""
        found: set[int] = set()
        for loop in self.nodes:
            if not isinstance(loop, ast.For | ast.While):
                continue
            turning = [target for statement in loop.body for target in getattr(statement, "targets", ())]
            turning += [loop.target] if isinstance(loop, ast.For) else []
            stored = {name.id for target in turning for name in ast.walk(target) if isinstance(name, ast.Name)}
            inside = [node for statement in loop.body for node in ast.walk(statement)]
            read = {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            for statement in inside:
                if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
                    continue
                target = statement.targets[0]
                base = target.value if isinstance(target, ast.Subscript) else target
                if not isinstance(base, ast.Name) or (base.id in read and base is target):
                    continue
                reads = [n for n in inside if isinstance(n, ast.Name) and n.id == base.id and n is not base]
                where = ast.walk(target.slice) if isinstance(target, ast.Subscript) else ()
                turns = any(isinstance(name, ast.Name) and name.id in stored for name in where)
                if not reads and not turns and base.id in self._zeros(loop):
                    found.add(statement.lineno)
        return found | self._beside_sums()

    def _beside_sums(self) -> set[int]:
        """The lines of a method that set an attribute beside one that they add to, where another method sets both to
        zero: both were made to be added to."""
        found: set[int] = set()
        functions = [node for node in self.nodes if isinstance(node, ast.FunctionDef)]
        begun = [
            {self.segment(a.targets[0]) for a in f.body if isinstance(a, ast.Assign) and self._is_zero(a)}
            for f in functions
        ]
        for function in functions:
            added = {
                self.segment(s.target)
                for s in function.body
                if isinstance(s, ast.AugAssign) and isinstance(s.op, ast.Add)
            }
            for statement in function.body:
                if isinstance(statement, ast.Assign) and isinstance(target := statement.targets[0], ast.Attribute):
                    text = self.segment(target)
                    if any(text in names and added & names for names in begun):
                        found.add(statement.lineno)
        return found

    def _is_zero(self, statement: ast.Assign) -> bool:
        """Whether a statement sets something to zero, or zeros."""
        return are_zeros(statement.value) or "zeros" in self.segment(statement.value)

    def _zeros(self, loop: ast.stmt) -> set[str]:
        """The names that are set to zero, or zeros, ahead of a loop, in the same function."""
        found: set[str] = set()
        for node in ast.walk(self.scope(loop)):
            if not isinstance(node, ast.Assign) or node.lineno >= loop.lineno:
                continue
            if self._is_zero(node):
                found |= {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        return found

    @cached_property
    def shared(self) -> set[int]:
        """The lines that put one and the same array into a list several times."""
        return {made.lineno for node in self.nodes if (made := repeated(node)) is not None}

    @cached_property
    def handed_on(self) -> dict[ast.AST, set[str]]:
        """Of each loop the names that have a value before it and are set to another in each turn, and that nothing in
        their function reads."""
        found: dict[ast.AST, set[str]] = {}
        loops: dict[ast.AST, list[Loop]] = defaultdict(list)
        for node in self.nodes:
            if isinstance(node, Loop):
                loops[self.scope(node)].append(node)
        for scope, own in loops.items():
            unread = self._stored_only(scope)
            for loop in own:
                last = loop.end_lineno or loop.lineno
                within = {n.id for n in unread if loop.body[0].lineno <= n.lineno <= last}
                if handed_on := within & {n.id for n in unread if n.lineno < loop.lineno}:
                    found[loop] = handed_on
        return found

    def _stored_only(self, scope: ast.AST) -> list[ast.Name]:
        """Where a function sets names that it does not read, nor add to, nor count by."""
        nodes = [*ast.walk(scope)]
        names = [node for node in nodes if isinstance(node, ast.Name)]
        counted = {name for node in nodes if isinstance(node, Loop) for name in counted_by(node)} | {"_"}
        read = {n.id for n in names if isinstance(n.ctx, ast.Load) or isinstance(self.parents.get(n), ast.AugAssign)}
        stored = [n for n in names if isinstance(n.ctx, ast.Store) and n.id not in counted | read]
        return [n for n in stored if not self._is_unpacked(n)]

    def _is_unpacked(self, name: ast.Name) -> bool:
        """Whether a name is one of several for what was kept together, `x, z, w, b = cache[i]`: not all are needed."""
        unpacked = self.parents[name]
        around = self.parents.get(unpacked)
        kept = isinstance(around, ast.Assign) and isinstance(around.value, ast.Name | ast.Attribute | ast.Subscript)
        return kept and isinstance(unpacked, ast.Tuple | ast.List)

    @cached_property
    def thrown_away(self) -> set[int]:
        """The lines that compute the next value of something, and keep it nowhere."""
        statements = (node for node in self.nodes if isinstance(node, ast.stmt))
        return {statement.lineno for statement in statements if thrown_away(self, statement)}


def repeated(node: ast.AST) -> ast.Call | None:
    """What is made once and stands in a list several times, as in `[np.zeros(3)] * 2`."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult) or not isinstance(node.left, ast.List):
        return None
    items = node.left.elts
    return items[0] if len(items) == 1 and isinstance(items[0], ast.Call) else None


def thrown_away(file: Tree, statement: ast.stmt) -> ast.BinOp | ast.Compare | None:
    """The first operation of a statement inside of a loop or a function that is a sum or a comparison and begins with a
    variable: nothing comes of it."""
    if not isinstance(statement, ast.Expr) or isinstance(file.parents.get(statement), ast.Module):
        return None
    node = statement.value
    while isinstance(node, ast.BinOp) and isinstance(node.left, ast.BinOp):
        node = node.left
    compared = isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq)
    added = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)
    if not isinstance(node, ast.BinOp | ast.Compare) or not (compared or added):
        return None
    return node if isinstance(node.left, ast.Name | ast.Attribute | ast.Subscript) else None


def _only_named(value: ast.expr) -> bool:
    """Whether an expression names a value, or a part of one, perhaps with a minus before it, and calls nothing."""
    value = value.operand if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub) else value
    named = isinstance(value, ast.Name | ast.Attribute | ast.Subscript)
    return named and not any(isinstance(node, ast.Call) for node in ast.walk(value))


def are_zeros(value: ast.expr) -> bool:
    """Whether an expression is zero, or makes a list of zeros: `[0.0] * n`, `[[0] * n for _ in rows]`."""
    if isinstance(value, ast.Tuple | ast.List):
        return bool(value.elts) and all(map(are_zeros, value.elts))
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
        return any(isinstance(side, ast.List) and are_zeros(side) for side in (value.left, value.right))
    if isinstance(value, ast.ListComp):
        return are_zeros(value.elt)
    return isinstance(value, ast.Constant) and not isinstance(value.value, bool) and value.value == 0

"""Parameters that are replaced by their step: `w = rate * gradient`, where `w -= rate * gradient` was meant."""

import ast
import itertools
from collections import defaultdict
from collections.abc import Iterator

from backproof.check.cut.parameters import Training
from backproof.check.edits import Editor
from backproof.check.record.trace import PRODUCTS, Sites, Trace
from backproof.check.sandbox.recording import Recording
from backproof.check.unkept.assignments import in_order, values_of, with_texts

_MOST = 12  # statements
_KEEPING = {
    "add", "subtract", "copy", "array", "asarray", "astype", "setitem", "setview", "getitem", "view", "reshape",
    "ravel", "transpose", "squeeze", "clip", "minimum", "maximum", "where", "stack_list", "concatenate",
}  # fmt: skip


def replaced_parameters(editor: Editor, run_name: str, recording: Recording) -> list[ast.Assign]:
    """The statements that give a variable, again and again, a value that is computed from its last one, of which they
    keep nothing, and that lives on from step to step; in the order in which they stand. A network's state is of this
    kind, too: only a run in which the value is kept tells whether it should be."""
    found: list[ast.Assign] = []
    for trace, made in values_of(_replacing(editor), run_name, recording):
        own = [training for training in recording.trainings if training.trace is trace]
        pauses = [pause for training in own for pause in _pauses(training)]
        moved = {node for training in own for step in training.steps for node in step.after.values()}
        for statement, nodes in made.items():
            if any(_only_moves(trace, node, moved) for node in nodes[:-1]):
                continue  # it is a gradient, which the next turn moves a parameter by
            lives_on = _lives_on(trace, nodes, pauses) or _turns_back(trace, nodes, recording.sites)
            if lives_on and _is_made_of(trace, nodes[-1], nodes[-2]):
                found.append(statement)
    return in_order(found) if len(found) <= _MOST else []


def keeping(editor: Editor, statements: list[ast.Assign], symbol: str) -> str:
    """The program's text with each value added to the variable's last one, or taken away: `symbol` is + or -."""
    return with_texts(editor, {statement: keeping_text(editor, statement, symbol) for statement in statements})


def keeping_text(editor: Editor, statement: ast.Assign, symbol: str) -> str:
    return f"{editor.segment(statement.targets[0])} {symbol}= {editor.segment(statement.value)}"


def _replacing(editor: Editor) -> Iterator[ast.Assign]:
    """The statements in loops and functions whose variable gets a value elsewhere, too, and is not read in them."""
    given: dict[str, int] = defaultdict(int)
    assigned = [n for n in ast.walk(editor.tree) if isinstance(n, ast.Assign) and len(n.targets) == 1]
    for statement in assigned:
        target = statement.targets[0]
        for part in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
            given[_name(editor, part)] += 1
    for statement in assigned:
        target, value = statement.targets[0], statement.value
        if not isinstance(target, ast.Name | ast.Attribute | ast.Subscript) or not _is_inside(editor, statement):
            continue
        entry = isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant | ast.Name | ast.BinOp)
        read = {editor.segment(n) for n in ast.walk(value) if isinstance(n, ast.Name | ast.Attribute | ast.Subscript)}
        if (given[_name(editor, target)] > 1 or entry) and editor.segment(target) not in read:
            yield statement


def _name(editor: Editor, target: ast.expr) -> str:
    """What a target is called: an attribute by itself, for its object is `self` inside its class and not outside."""
    return f".{target.attr}" if isinstance(target, ast.Attribute) else editor.segment(target)


def _is_inside(editor: Editor, statement: ast.stmt) -> bool:
    """Whether a statement is in a loop or a function."""
    node: ast.AST = statement
    while node in editor.parents:
        node = editor.parents[node]
        if isinstance(node, ast.For | ast.While | ast.FunctionDef):
            return True
    return False


def _pauses(training: Training) -> list[tuple[int, int]]:
    """From the end of each step to where the forward pass of the next begins, where a parameter is first read."""
    found: list[tuple[int, int]] = []
    for step in training.steps:
        held = [node for node in step.before.values() if node is not None]
        readers = [reader for node in held for reader in training.readers[node] if reader > step.start]
        if readers:
            found.append((step.start, min(readers)))
    return found


def _lives_on(trace: Trace, nodes: list[int], pauses: list[tuple[int, int]]) -> bool:
    """Whether a value is read, before it gets the next one, behind a pause that it was made before, or in that pause;
    where no steps are known, whether it is a factor of a product, as it is or turned."""
    for node, following in itertools.pairwise(nodes):
        turned = {reader for reader in trace.readers[node] if trace.operations[reader] == "transpose"}
        readers = [r for held in (node, *turned) for r in trace.readers[held] if r <= following]
        if any(node < start and reader > end for end, start in pauses for reader in readers):
            return True
        if not pauses and any(trace.operations[reader] in PRODUCTS for reader in readers):
            return True
    return False


def _only_moves(trace: Trace, node: int, moved: set[int]) -> bool:
    """Whether a value is added to parameters, perhaps times a rate, and nothing else is computed from it."""
    stack, seen = [node], set[int]()
    while stack:
        readers = [reader for reader in trace.readers[stack.pop()] if reader not in seen]
        seen.update(readers)
        if any(r not in moved and trace.operations[r] not in ("multiply", "divide", "negative") for r in readers):
            return False
        stack += [reader for reader in readers if reader not in moved]
    return bool(seen & moved)


def _turns_back(trace: Trace, nodes: list[int], sites: Sites) -> bool:
    """Whether a line above reads a value before it gets the next one: at the next turn of a loop."""
    for node, following in itertools.pairwise(nodes):
        own = sites.sites[trace.sites[node]].line
        for reader in trace.readers[node]:
            beside = trace.paths[reader] == trace.paths[node] and trace.sites[reader] >= 0 and reader < following
            if beside and sites.sites[trace.sites[reader]].line < own:
                return True
    return False


def _is_made_of(trace: Trace, node: int, earlier: int) -> bool:
    """Whether a value is computed from an earlier one of the same shape, and does not hold that one itself with
    something added, as a copy of what was changed does."""
    behind = _behind(trace, node, earlier, None)
    return earlier in behind - _behind(trace, node, earlier, _KEEPING) and trace.shape(node) == trace.shape(earlier)


def _behind(trace: Trace, node: int, earlier: int, through: set[str] | None) -> set[int]:
    """What a value is computed from, back to an earlier one: through some operations only, if these are given."""
    found: set[int] = set()
    stack = [node]
    while stack:
        held = stack.pop()
        if through is not None and trace.operations[held] not in through:
            continue
        onward = {one for one in trace.inputs(held) if one >= earlier} - found
        found |= onward
        stack += onward
    return found

"""The parts of a network that no step changes."""

import ast
from collections.abc import Iterator
from functools import cache

from backproof.check.consistency.biases import adds_anything, is_plain_bias
from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.consistency.missing_update import unused_gradient, where_update_is_missing
from backproof.check.consistency.weights import met_by_weights, origin_of, sides_of_weights, stands_as_one, targets_of
from backproof.check.edits import Editor
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import ends
from backproof.check.record.memory import Ref
from backproof.check.record.trace import PRODUCTS
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading

_ADDING = ("add", "subtract")  # a threshold is taken away


def untrained(judgement: Judgement, reading: Reading, name: str) -> Iterator[Inconsistency]:
    """Biases and weights that the output is computed from and that no step changes, where the others are trained: those
    that a file reads, the checked one or a module beside it."""
    single = judgement.training.single and bool(judgement.frames)
    if len(judgement.frames) < 2 and not single:
        return
    # the later step is looked at: what was computed before the first one may be the making of the data
    frame, early = judgement.frames[-1], judgement.frames[0]
    trace = frame.trace
    path = _path(judgement, frame)
    here, there = _constants(frame, path), _constants(early, _path(judgement, early))
    seen: set[str] = set()
    left_out = _left_out(frame, reading, path, name)
    elsewhere = _weights_at(frame, path, reading)
    kept = _numbers_at(early, elsewhere)
    data = targets_of(frame) | met_by_weights(frame)
    sides = sides_of_weights(frame, path)
    nodes = sorted(path | {node for node in here if node > frame.step.start})
    for node in nodes:
        operation, arguments = trace.operations[node], trace.arguments[node]
        if operation not in ("add", "subtract", "multiply", *PRODUCTS) or trace.sites[node] < 0:
            continue
        operands = [left_out[node]] if node in left_out else reading.operands(trace.sites[node])
        for position, argument in enumerate(arguments[:2]):
            if position >= len(operands) or len(arguments) < 2 or (operation == "subtract" and position == 0):
                continue
            other = arguments[1 - position]
            written = trace.is_written(argument)
            if (single and not written) or (written and argument not in here):
                continue  # with one step, what is drawn may be the data
            if position == elsewhere.get(trace.sites[node]) and _number(frame, node, position) in kept:
                pass  # the same line multiplies with it what it multiplies with trained weights for other layers
            elif isinstance(argument, Ref) and not written:
                known = int(argument) in here and origin_of(frame, int(argument)) in there
                if not known or not stands_as_one(frame, judgement, node, position, operands[position], data, sides):
                    continue
            elif node not in left_out:
                value = trace.values[argument] if written else argument
                plain = is_plain_bias(frame, operation, operands[position], value, other)
                if not plain or adds_anything(frame, reading, node, path):
                    continue
            text = reading.segment(trace.sites[node], operands[position])
            if not text or text in seen or reading.sites.files[trace.sites[node]] != name:
                continue
            seen.add(text)
            shape = trace.shape(int(argument)) if isinstance(argument, Ref) else ()
            whole = trace.shape(origin_of(frame, int(argument))) if isinstance(argument, Ref) else ()
            unused = unused_gradient(frame, path, reading, name, text, shape)
            file, line, expression = (
                (name, *unused) if unused else where_update_is_missing(frame, node, reading, name, text, whole)
            )
            reason = (
                f"No step changes the {'bias' if operation in _ADDING else 'weight'} `{text}`, though it is part"
                " of the network: it keeps the value that it began with. If that is meant, nothing else is wrong."
            )
            yield Inconsistency(line, expression, "never trained", reason, text, file)


def _path(judgement: Judgement, frame: Frame) -> set[int]:
    """The forward pass: what the loss is computed from, or what stands where that stands in a step that tells it."""
    if judgement.match is None:
        return set()
    told = ends(frame, judgement.match.loss)
    if told:
        return frame.ancestors(told, frame.forward)
    for other in judgement.frames:
        if told := ends(other, judgement.match.loss):
            known = {other.key(node) for node in other.ancestors(told, other.forward)}
            return {node for key in known for node in frame.by_key.get(key, ())}
    return set()


def _constants(frame: Frame, path: set[int]) -> set[int]:
    """What the forward pass is computed from and does not depend on a trained parameter."""
    stack = [e for node in path for e in frame.trace.inputs(node) if e not in frame.dependent and e not in frame.given]
    found = set(stack)
    while stack:
        node = stack.pop()
        for earlier in frame.trace.inputs(node) if node > frame.step.start else ():
            if earlier not in found and earlier not in frame.dependent and earlier not in frame.given:
                found.add(earlier)
                stack.append(earlier)
    return found


def _weights_at(frame: Frame, path: set[int], reading: Reading) -> dict[int, int]:
    """The places where numbers are multiplied, of which always the same one, the first or the second, is a trained
    weight if one is; and which one that is. What a class of numbers multiplies may be anything."""
    found: dict[int, set[int]] = {}
    for node in path:
        arguments = frame.trace.arguments[node]
        if frame.trace.operations[node] == "multiply" and len(arguments) == 2 and frame.trace.shape(node) == ():
            positions = {n for n, a in enumerate(arguments) if isinstance(a, Ref) and int(a) in frame.given}
            found.setdefault(frame.trace.sites[node], set()).update(positions)
    always = {site: positions.pop() for site, positions in found.items() if len(positions) == 1}
    editor_of = cache(lambda file: Editor(reading.texts[file]))
    places = {site: reading.sites.line(site) for site in always}
    known = {site: editor_of(file) for site, (file, _) in places.items() if file in reading.texts}
    operators = {site for site, editor in known.items() if _is_operator(editor, places[site][1])}
    return {site: position for site, position in always.items() if site not in operators}


def _is_operator(editor: Editor, line: int) -> bool:
    """Whether a line stands in what a class does for an operator, such as `__mul__`."""
    statement = editor.statement_at(line)
    scope = editor.scope(statement) if statement is not None else None
    return isinstance(scope, ast.FunctionDef) and scope.name.startswith("__") and scope.name != "__init__"


def _numbers_at(frame: Frame, places: dict[int, int]) -> set[float | None]:
    """The numbers that stand at some places in a step, each by its position there."""
    trace, window = frame.trace, range(max(frame.step.start, 0), frame.step.end + 1)
    return {_number(frame, n, places[trace.sites[n]]) for n in window if trace.sites[n] in places} - {None}


def _number(frame: Frame, node: int, position: int) -> float | None:
    """One of two numbers that are multiplied, if neither depends on what is trained, and it is no whole number and was
    never changed: what goes up and down may come back to what it was."""
    arguments = frame.trace.arguments[node]
    if len(arguments) != 2:
        return None
    if any(isinstance(a, Ref) and (int(a) in frame.given or int(a) in frame.dependent) for a in arguments):
        return None
    found = arguments[position]
    if isinstance(found, Ref) and int(found) in frame.training.chain_of:
        return None
    value = frame.trace.values[int(found)] if isinstance(found, Ref) else found
    return value if isinstance(value, float) and not value.is_integer() else None


def _left_out(frame: Frame, reading: Reading, path: set[int], name: str) -> dict[int, ast.expr]:
    """The sums that begin with an element of a list whose other elements are trained, such as `total = weights[-1]`:
    a bias that stands beside the weights. Of each sum that element."""
    lists = {
        ast.unparse(operand.value)
        for node in path
        if frame.trace.operations[node] == "multiply" and any(n in frame.given for n in frame.trace.inputs(node))
        for operand in reading.operands(frame.trace.sites[node])
        if isinstance(operand, ast.Subscript)
    }
    found: dict[int, ast.expr] = {}
    if not lists:
        return found
    editor = Editor(reading.texts[name])
    for node in path:
        site = frame.trace.sites[node]
        if frame.trace.operations[node] != "add" or site < 0 or reading.sites.files[site] != name:
            continue
        statement = editor.statement_at(reading.sites.sites[site].line)
        if not isinstance(statement, ast.AugAssign) or not isinstance(statement.target, ast.Name):
            continue
        for other in ast.walk(editor.scope(statement)):
            if isinstance(other, ast.Assign) and isinstance(other.value, ast.Subscript):
                begins = ast.unparse(other.targets[0]) == statement.target.id
                if begins and ast.unparse(other.value.value) in lists:
                    found[node] = other.value
    return found

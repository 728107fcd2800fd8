"""The parts of a network that no step changes."""

import ast
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from backproof.check.consistency.biases import (
    adds_anything,
    holds_product,
    is_plain_bias,
    is_row_of_one_number,
    joins_product,
)
from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.consistency.missing_update import unused_gradient, where_update_is_missing
from backproof.check.edits import Editor
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import ends
from backproof.check.record.memory import Ref
from backproof.check.record.trace import COPIES, PRODUCTS
from backproof.check.replay.drawn import is_drawn, made_by
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading

_RANDOM = ("rand", "normal", "uniform", "random", "zeros", "ones", "xavier", "glorot", "standard_normal")


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
    data = _targets(frame) | _met_by_weights(frame)
    sides = _sides(frame, path)
    nodes = sorted(path | {node for node in here if node > frame.step.start})
    for node in nodes:
        operation, arguments = trace.operations[node], trace.arguments[node]
        if operation not in ("add", "multiply", *PRODUCTS) or trace.sites[node] < 0:
            continue
        operands = [left_out[node]] if node in left_out else reading.operands(trace.sites[node])
        for position, argument in enumerate(arguments[:2]):
            if position >= len(operands) or len(arguments) < 2:
                continue
            other = arguments[1 - position]
            written = trace.is_written(argument)
            if (single and not written) or (written and argument not in here):
                continue  # with one step, what is drawn may be the data
            if position == elsewhere.get(trace.sites[node]) and _number(frame, node, position) in kept:
                pass  # the same line multiplies with it what it multiplies with trained weights for other layers
            elif isinstance(argument, Ref) and not written:
                origin = _origin(frame, int(argument))
                if int(argument) not in here or origin not in there or origin in data:
                    continue
                if _is_copied(frame, origin) or (operation in PRODUCTS and sides == {1 - position}):
                    continue  # from the other side, what is multiplied with a layer's values mixes the samples
                row = operation == "add" and is_row_of_one_number(frame, operands[position], int(argument), other)
                if not (row or _is_weight(frame, judgement, int(argument), other, operation)):
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
            whole = trace.shape(_origin(frame, int(argument))) if isinstance(argument, Ref) else ()
            unused = unused_gradient(frame, path, reading, name, text, shape)
            file, line, expression = (
                (name, *unused) if unused else where_update_is_missing(frame, node, reading, name, text, whole)
            )
            reason = (
                f"No step changes the {'bias' if operation == 'add' else 'weight'} `{text}`, though it is part"
                " of the network: it keeps the value that it began with. If that is meant, nothing else is wrong."
            )
            yield Inconsistency(line, expression, "never trained", reason, text, file)


def _sides(frame: Frame, path: set[int]) -> set[int]:
    """On which side of what they are multiplied with the trained matrices stand: 0 for the left one."""
    trace = frame.trace
    found: set[int] = set()
    for node in path:
        operands = trace.arguments[node] if trace.operations[node] in PRODUCTS else ()
        for position, argument in enumerate(operands[:2]):
            if isinstance(argument, Ref) and len(trace.shape(int(argument))) == 2:
                turned = trace.inputs(int(argument))
                own = int(argument) in frame.given or (len(turned) == 1 and turned[0] in frame.given)
                if own:
                    found.add(position)
    return found


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


def _origin(frame: Frame, node: int) -> int:
    """The array that a value is a view or a multiple of, back to where it was made."""
    for _ in range(6):
        inputs = frame.trace.inputs(node)
        if frame.trace.operations[node] == "leaf" or len(inputs) != 1 or node <= frame.step.start:
            break
        node = inputs[0]
    return node


def _is_copied(frame: Frame, node: int) -> bool:
    """Whether an array is a copy of one that is trained: of a second network that follows, now and then, the first."""
    trace, training = frame.trace, frame.training
    inputs = trace.inputs(node) if trace.operations[node] in COPIES else []
    return any(n in training.chains[p].versions for n in inputs for p in training.parameters)


def _met_by_weights(frame: Frame) -> set[int]:
    """What is multiplied with a trained parameter as it was made: data, whatever else is made of it."""
    trace, readers = frame.trace, frame.training.readers
    found: set[int] = set()
    for parameter in frame.given:
        turned = [n for n in readers[parameter] if trace.operations[n] == "transpose"]
        for weight in (parameter, *turned):
            for node in readers[weight]:
                numbers = trace.operations[node] == "multiply" and trace.shape(node) == ()
                if numbers or trace.operations[node] in PRODUCTS:
                    found.update(_origin(frame, n) for n in trace.inputs(node) if n != weight)
    return found - frame.given.keys()


def _targets(frame: Frame) -> set[int]:
    """What the network's values are held against, element by element: data, however they were made."""
    found: set[int] = set()
    for node in range(max(frame.step.start, 0), frame.step.end + 1):
        arguments = frame.trace.arguments[node]
        if frame.trace.operations[node] not in ("subtract", "divide") or len(arguments) != 2:
            continue
        for mine, other in (arguments, arguments[::-1]):
            if isinstance(mine, Ref) and isinstance(other, Ref) and int(other) in frame.forward:
                constant = int(mine) not in frame.dependent and int(mine) not in frame.given
                if constant and frame.trace.shape(int(mine)) == frame.trace.shape(int(other)):
                    found.add(_origin(frame, int(mine)))
    return found


def _is_weight(frame: Frame, judgement: Judgement, node: int, other: Any, operation: str) -> bool:
    """Whether a constant is made like a parameter, and stands where one stands."""
    trace = frame.trace
    made = made_by(trace, node)
    if not any(word in made for word in _RANDOM):
        return False
    shape = trace.shape(node)
    scalars = all(judgement.training.chains[p].shape == () for p in judgement.training.parameters)
    if shape == () and scalars:
        # what a weight is multiplied with itself is the data
        given = isinstance(other, Ref) and operation == "multiply" and int(other) in frame.given
        return not given and (isinstance(other, Ref) or operation == "multiply")
    if not isinstance(other, Ref):
        return False
    if operation == "multiply":
        return "ones" in made and _is_scale(frame, shape, int(other))
    if operation == "add":
        rows = [length for length in trace.shape(int(other)) if length > 1]
        small = int(np.prod(shape)) <= (max(rows) if rows else 1)
        # a bias is added to a product, a shift to what was scaled
        plain = trace.operations[node] == "leaf" and ("zeros" in made or "ones" in made)
        scaled = plain and trace.operations[int(other)] == "multiply" and shape[-1:] == trace.shape(int(other))[-1:]
        element = (plain and trace.operations[node] == "leaf") or (
            trace.operations[node] == "getitem" and "zeros" in made
        )
        summed = element and shape == () and (holds_product(frame, int(other)) or joins_product(frame, node))
        return small and (trace.operations[int(other)] in PRODUCTS or scaled or summed)
    if len(shape) != 2:
        return False
    if int(other) in frame.forward:
        # a weight meets what was computed from other weights and the data; data meet a weight
        return any(trace.operations[earlier] in PRODUCTS for earlier in frame.ancestors([int(other)], frame.forward))
    # the data meet the first layer's weights: these are made at random and are of a layer's shape
    lengths = {length for p in judgement.training.parameters for length in judgement.training.chains[p].shape} - {1}
    fits = shape[-1] in lengths or shape[0] in lengths
    other_fits = (
        is_drawn(frame.trace, int(other))
        and len(trace.shape(int(other))) == 2
        and (trace.shape(int(other))[-1] in lengths or trace.shape(int(other))[0] in lengths)
    )
    return (
        is_drawn(frame.trace, node)
        and fits
        and not other_fits
        and not _meets_weight(frame, node)
        and int(other) not in frame.given
        and int(other) not in frame.dependent
    )


def _meets_weight(frame: Frame, node: int) -> bool:
    """Whether the product with a matrix is multiplied with a trained one right away, as the mean of neighbours is."""
    trace, readers = frame.trace, frame.training.readers
    made = [product for product in readers[node] if trace.operations[product] in PRODUCTS]
    onward = [(product, reader) for product in made for reader in readers[product]]
    return any(
        trace.operations[reader] in PRODUCTS and any(n in frame.given for n in trace.inputs(reader) if n != product)
        for product, reader in onward
    )


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


def _is_scale(frame: Frame, shape: tuple[int, ...], other: int) -> bool:
    """Whether a row of ones multiplies what was divided by its own spread: the scale of a normalisation."""
    trace = frame.trace
    near = {other}
    for _ in range(4):
        near |= {earlier for node in near for earlier in trace.inputs(node) if earlier in frame.dependent}
    normalised = any(trace.operations[node] in ("var", "std", "sqrt") for node in near)
    return normalised and shape[-1:] == trace.shape(other)[-1:] and int(np.prod(shape)) == (shape or (0,))[-1]

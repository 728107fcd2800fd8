"""Whether all of the network is trained, and whether the one that predicts is the one that was trained."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from backproof.check.frame import Frame
from backproof.check.judge import Judgement
from backproof.check.losses import Standard, ends, output_nodes, pairs
from backproof.check.memory import Ref
from backproof.check.operations import Tensor, real
from backproof.check.parameters import Training
from backproof.check.replay import Replay
from backproof.check.sandbox import Recording
from backproof.check.source import Source
from backproof.check.trace import Trace
from backproof.check.values import Reading

_PRODUCTS = {"matmul", "dot", "inner", "einsum", "tensordot"}
_RANDOM = ("rand", "normal", "uniform", "random", "zeros", "ones", "xavier", "glorot", "standard_normal")
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Inconsistency:
    """What does not fit together: the line (of the Python text), the expression and the reason."""

    line: int
    expression: str
    kind: str
    reason: str


def inconsistencies(source: Source, recording: Recording, judgement: Judgement, stretch: int) -> list[Inconsistency]:
    """What does not fit together in a file whose gradients are right."""
    name = source.run_name
    reading = Reading({name: source.text}, recording.sites)
    untrained = list(_untrained(source, judgement, reading, name))
    if untrained:
        return untrained
    other = _other_prediction(recording, judgement, stretch, reading, name)
    return [other] if other is not None else []


# -- parameters that stay as they are


def _untrained(source: Source, judgement: Judgement, reading: Reading, name: str) -> Iterator[Inconsistency]:
    """Biases and weights that the output is computed from and that no step changes, where the others are trained."""
    if len(judgement.frames) < 2:
        return
    # the later step is looked at: what was computed before the first one may be the making of the data
    frame, early = judgement.frames[-1], judgement.frames[0]
    trace = frame.trace
    path = _path(judgement, frame)
    here, there = _constants(frame, path), _constants(early, _path(judgement, early))
    seen: set[str] = set()
    nodes = sorted(path | {node for node in here if node > frame.step.start})
    for node in nodes:
        operation, arguments = trace.operations[node], trace.arguments[node]
        if operation not in ("add", "multiply", *_PRODUCTS) or trace.sites[node] < 0:
            continue
        operands = reading.operands(trace.sites[node])
        for position, argument in enumerate(arguments[:2]):
            if not isinstance(argument, Ref) or int(argument) not in here or position >= len(operands):
                continue
            if _origin(frame, int(argument)) not in there:
                continue
            other = arguments[1 - position] if len(arguments) > 1 else None
            if not _is_weight(frame, judgement, int(argument), other, operation):
                continue
            text = reading.segment(trace.sites[node], operands[position])
            site = reading.sites.sites[trace.sites[node]]
            if not text or text in seen or reading.sites.files[trace.sites[node]] != name:
                continue
            seen.add(text)
            what = "bias" if operation == "add" else "weight"
            line, expression = _where_update_is_missing(source, judgement, reading, text, site.line)
            reason = (
                f"The {what} `{text}` is part of the network, but no step changes it:"
                " it keeps the value that it began with."
            )
            yield Inconsistency(line, expression, "never trained", reason)


def _path(judgement: Judgement, frame: Frame) -> set[int]:
    """The forward pass: what the loss is computed from."""
    return frame.ancestors(ends(frame, judgement.match.loss), frame.forward) if judgement.match else set()


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


def _is_weight(frame: Frame, judgement: Judgement, node: int, other: Any, operation: str) -> bool:
    """Whether a constant is made like a parameter, and stands where one stands."""
    trace = frame.trace
    made = _made_by(trace, node)
    if not any(word in made for word in _RANDOM):
        return False
    shape = trace.shape(node)
    scalars = all(judgement.training.chains[p].shape == () for p in judgement.training.parameters)
    if shape == () and scalars:
        return isinstance(other, Ref) or operation == "multiply"
    if operation == "multiply" or not isinstance(other, Ref):
        return False
    if operation == "add":
        rows = [length for length in trace.shape(int(other)) if length > 1]
        small = int(np.prod(shape)) <= (max(rows) if rows else 1)
        # a bias is added to a product, a shift to what was scaled
        plain = trace.operations[node] == "leaf" and ("zeros" in made or "ones" in made)
        scaled = plain and trace.operations[int(other)] == "multiply" and shape[-1:] == trace.shape(int(other))[-1:]
        return small and (trace.operations[int(other)] in _PRODUCTS or scaled)
    if len(shape) != 2:
        return False
    if int(other) in frame.forward:
        # a weight meets what was computed from other weights and the data; data meet a weight
        return any(trace.operations[earlier] in _PRODUCTS for earlier in frame.ancestors([int(other)], frame.forward))
    # the data meet the first layer's weights: these are made at random and are of a layer's shape
    lengths = {length for p in judgement.training.parameters for length in judgement.training.chains[p].shape} - {1}
    fits = shape[-1] in lengths or shape[0] in lengths
    other_fits = (
        _is_drawn(frame, int(other))
        and len(trace.shape(int(other))) == 2
        and (trace.shape(int(other))[-1] in lengths or trace.shape(int(other))[0] in lengths)
    )
    return (
        _is_drawn(frame, node)
        and fits
        and not other_fits
        and int(other) not in frame.given
        and int(other) not in frame.dependent
    )


def _is_drawn(frame: Frame, node: int) -> bool:
    """Whether an array was drawn at random."""
    return any(word in _made_by(frame.trace, node) for word in ("rand", "normal", "uniform"))


def _made_by(trace: Trace, node: int) -> str:
    """The function that made the array which a value was computed from first."""
    for _ in range(8):
        if trace.operations[node] == "leaf" or not trace.inputs(node):
            break
        node = trace.inputs(node)[0]
    return str(trace.arguments[node][0]) if trace.operations[node] == "leaf" and trace.arguments[node] else ""


def _where_update_is_missing(
    source: Source, judgement: Judgement, reading: Reading, text: str, line: int
) -> tuple[int, str]:
    """The update of another parameter, beside which this one's is missing."""
    lines = [
        reading.sites.sites[judgement.training.chains[p].site]
        for p in judgement.training.parameters
        if reading.sites.files[judgement.training.chains[p].site] == source.run_name
    ]
    if not lines:
        return line, text
    digits = "".join(c for c in text if c.isdigit())
    same = [site for site in lines if digits and digits in source.lines[site.line - 1]]
    chosen = (same or lines)[-1]
    return chosen.line, source.lines[chosen.line - 1].strip()


# -- predictions by another network


def _other_prediction(
    recording: Recording, judgement: Judgement, stretch: int, reading: Reading, name: str
) -> Inconsistency | None:
    frame = judgement.frames[0]
    texts = _parameter_texts(frame, reading)
    if not texts or _has_noise(judgement, frame):
        return None
    trained = [real(frame.replay.value(node)).detach() for node in sorted(frame.forward) if node in frame.replay.known]
    output = [real(frame.replay.value(node)).detach() for node in _outputs(judgement, frame)]
    if not output:
        return None
    for number in range(stretch, len(recording.stretches)):
        trace = recording.stretches[number]
        begin = frame.training.steps[-1].end + 1 if number == stretch else 0
        if number != stretch and Training(trace).steps:
            continue
        found = _predicted(trace, begin, frame, texts, reading, trained, output)
        if found is not None:
            site = recording.sites.sites[trace.sites[found]]
            if recording.sites.files[trace.sites[found]] == name:
                node = reading.expression(trace.sites[found])
                text = reading.segment(trace.sites[found], node) if isinstance(node, ast.AST) else ""
                if not text:
                    continue
                reason = (
                    f"`{text}` predicts with another network than the one that was trained:"
                    " on the training inputs it gives other values."
                )
                return Inconsistency(site.line, text, "prediction", reason)
    return None


def _outputs(judgement: Judgement, frame: Frame) -> list[int]:
    """The nodes of what the network gives out."""
    loss = judgement.match.loss if judgement.match else None
    met = [loss.pair] if isinstance(loss, Standard) else pairs([frame])[:3]
    return [node for pair in met for node in output_nodes(frame, pair)]


def _has_noise(judgement: Judgement, frame: Frame) -> bool:
    """Whether training drops out units or normalises by the batch: then predicting is another computation by intent."""
    trace = frame.trace
    for node in frame.ancestors(_outputs(judgement, frame), frame.forward):
        if trace.operations[node] in ("var", "std"):
            return True
        if trace.operations[node] in ("multiply", "divide"):
            for earlier in trace.inputs(node):
                if (
                    earlier not in frame.dependent
                    and trace.shape(earlier) == trace.shape(node) != ()
                    and _is_drawn(frame, earlier)
                ):
                    return True
    return False


def _parameter_texts(frame: Frame, reading: Reading) -> dict[str, int]:
    """What the parameters are called where the forward pass reads them: text to the node before the step."""
    found: dict[str, int] = {}
    clash: set[str] = set()
    for node in sorted(frame.forward):
        site = frame.trace.sites[node]
        if site < 0:
            continue
        for operand, argument in zip(reading.operands(site), frame.trace.arguments[node], strict=False):
            if isinstance(argument, Ref) and int(argument) in frame.given:
                text = _name(reading.segment(site, operand))
                if found.setdefault(text, int(argument)) != int(argument):
                    clash.add(text)
    return {text: node for text, node in found.items() if text not in clash}


def _name(text: str) -> str:
    """What a parameter is called whatever holds it: W1 for `self.W1`, `params["W1"]` and `W1`."""
    words = re.findall(r"\w+", text)
    return words[-1] if words else text


def _predicted(
    trace: Trace,
    begin: int,
    frame: Frame,
    texts: dict[str, int],
    reading: Reading,
    trained: list[Tensor],
    output: list[Tensor],
) -> int | None:
    """The first prediction that gives, from the training inputs, what training does not."""
    leaves: dict[int, Tensor] = {}
    for node in range(begin, len(trace)):
        site = trace.sites[node]
        if site < 0:
            continue
        for operand, argument in zip(reading.operands(site), trace.arguments[node], strict=False):
            if isinstance(argument, Ref) and (int(argument) < begin or trace.operations[int(argument)] == "leaf"):
                known = texts.get(_name(reading.segment(site, operand)))
                if known is not None and trace.shape(int(argument)) == frame.trace.shape(known):
                    leaves[int(argument)] = frame.given[known].detach()
    if not leaves:
        return None
    inputs = _inputs(trace, begin, frame, leaves, reading, texts)
    if inputs is None:
        return None
    given = {**leaves, **inputs}
    dependent = _dependents(trace, begin, given)
    reached = _reached(trace, leaves, dependent)
    replay = Replay(trace, given, frozenset(dependent), exact=False)
    read = {earlier for node in dependent for earlier in trace.inputs(node)}
    shapes = {tuple(value.shape) for value in output}
    trained_at = {frame.trace.sites[node] for node in frame.forward}
    for node in sorted(reached):
        if trace.sites[node] in trained_at:
            continue  # the very line that trains also predicts
        if node in read and any(r in reached for r in _readers(trace, node, dependent)):
            continue
        try:
            with torch.no_grad():
                made = real(replay.value(node))
        except (RuntimeError, TypeError, ValueError):
            continue
        if replay.opaque or tuple(made.shape) not in shapes or made.numel() < 2:
            continue
        if not any(_equal(made, value) for value in trained):
            return node
    return None


def _readers(trace: Trace, node: int, dependent: set[int]) -> list[int]:
    return [n for n in dependent if n > node and node in trace.inputs(n)]


def _reached(trace: Trace, leaves: dict[int, Tensor], dependent: set[int]) -> set[int]:
    """The values that are computed from parameters, up to where they are cut to classes or compared."""
    reached: set[int] = set()
    for node in sorted(dependent):
        if trace.operations[node] in (
            "greater",
            "less",
            "greater_equal",
            "less_equal",
            "argmax",
            "round",
            "around",
            "rint",
            "equal",
            "astype",
            "subtract",
            "mean",
            "sum",
            "float",
            "getitem",
        ):
            continue
        if any(earlier in leaves or earlier in reached for earlier in trace.inputs(node)):
            reached.add(node)
    return reached


def _dependents(trace: Trace, begin: int, given: dict[int, Tensor]) -> set[int]:
    found: set[int] = set()
    for node in range(begin, len(trace)):
        if node not in given and any(earlier in given or earlier in found for earlier in trace.inputs(node)):
            found.add(node)
    return found


def _inputs(
    trace: Trace, begin: int, frame: Frame, leaves: dict[int, Tensor], reading: Reading, texts: dict[str, int]
) -> dict[int, Tensor] | None:
    """A prediction's inputs, with the training inputs in their place: what meets the same parameter in a product."""
    trained: dict[int, tuple[int, Tensor]] = {}
    for node in sorted(frame.forward):
        arguments = frame.trace.arguments[node]
        if frame.trace.operations[node] in _PRODUCTS and len(arguments) >= 2:
            for position in (0, 1):
                mine, other = arguments[position], arguments[1 - position]
                if (
                    isinstance(mine, Ref)
                    and int(mine) in frame.given
                    and isinstance(other, Ref)
                    and int(other) not in frame.dependent
                ):
                    trained.setdefault(int(mine), (position, real(frame.replay.value(int(other))).detach()))
    found: dict[int, Tensor] = {}
    for node in range(begin, len(trace)):
        arguments = trace.arguments[node]
        site = trace.sites[node]
        if trace.operations[node] not in _PRODUCTS or len(arguments) < 2 or site < 0:
            continue
        operands = reading.operands(site)
        for position in (0, 1):
            mine, other = arguments[position], arguments[1 - position]
            if (
                not isinstance(mine, Ref)
                or int(mine) not in leaves
                or not isinstance(other, Ref)
                or position >= len(operands)
            ):
                continue
            known = texts.get(_name(reading.segment(site, operands[position])))
            if known in trained and trained[known][0] == position and int(other) not in leaves:
                value = trained[known][1]
                shape = trace.shape(int(other))
                if len(shape) == value.ndim and _is_input(trace, int(other), leaves):
                    found[int(other)] = value
    return found or None


def _is_input(trace: Trace, node: int, leaves: dict[int, Tensor]) -> bool:
    stack, seen = [node], set()
    while stack:
        at = stack.pop()
        if at in leaves:
            return False
        if at not in seen:
            seen.add(at)
            stack += trace.inputs(at)
    return True


def _equal(a: Tensor, b: Tensor) -> bool:
    if a.numel() != b.numel():
        return False
    if a.shape != b.shape:
        a = a.reshape(b.shape)
    scale = float(b.abs().max()) + 1e-300
    return float((a - b).abs().max()) <= _TOLERANCE * scale

"""Whether what predicts is the network that was trained: both are computed from the training inputs."""

import ast
import re

import torch

from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.consistency.untrained import PRODUCTS, is_drawn
from backproof.check.frame import Frame
from backproof.check.judge import Judgement
from backproof.check.losses import Standard, output_nodes, pairs
from backproof.check.memory import Ref
from backproof.check.operations import Tensor, real
from backproof.check.parameters import Training
from backproof.check.replay import Replay
from backproof.check.sandbox import Recording
from backproof.check.trace import Trace
from backproof.check.values import Reading

_TOLERANCE = 1e-6


def other_prediction(
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
                    and is_drawn(frame, earlier)
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
        if frame.trace.operations[node] in PRODUCTS and len(arguments) >= 2:
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
        if trace.operations[node] not in PRODUCTS or len(arguments) < 2 or site < 0:
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

"""Writes the loss that training descends in the place of the one that the program tells."""

import ast
import re
import time
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from backproof.check.consistency import parameter_texts
from backproof.check.edits import Edit, Editor
from backproof.check.edits.given_functions import plain_functions
from backproof.check.judge.factor import reported_factor
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import Standard, Stated, told_at
from backproof.check.losses.match import penalised
from backproof.check.losses.outputs import nodes_at, outputs
from backproof.check.losses.pairs import pairs
from backproof.check.record.memory import Ref
from backproof.check.record.trace import Sites
from backproof.check.repair.attempts import attempts
from backproof.check.repair.fix import Fix, likeliest
from backproof.check.repair.told_without import without_functions
from backproof.check.replay.callers import arguments
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor
from backproof.check.replay.values import Reading, values_by_text
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_CLOSE = 1e-6  # of the largest element
_ALIAS = re.compile(r"^\s*import\s+numpy(?:\s+as\s+(\w+))?\s*$", re.MULTILINE)
# of one sample and element, of an output `o` and its target `t`
_TERMS = {
    "squared": "({o} - {t}) ** 2",
    "absolute": "np.abs({o} - {t})",
    "binary": "-({t} * np.log({o}) + (1 - {t}) * np.log(1 - {o}))",
    "categorical": "-{t} * np.log({o})",
    "logistic": "np.log(1 + np.exp(-{t} * {o}))",
    "hinge": "np.maximum(0, 1 - {t} * {o})",
    "squared hinge": "np.maximum(0, 1 - {t} * {o}) ** 2",
    "log-cosh": "np.log(np.cosh({o} - {t}))",
}
_SUMS = {
    "binary": ("-np.mean({t} * np.log({o}) + (1 - {t}) * np.log(1 - {o}))",),
    "categorical": ("-np.sum({t} * np.log({o})) / len({o})", "-np.sum({t} * np.log({o}))"),
}


def told_as_descended(
    source: Source,
    texts: Mapping[str, str],
    judgement: Judgement,
    sites: Sites,
    stretch: int,
    sandbox: Sandbox,
    seconds: float,
) -> list[Fix]:
    """The fix after which the loss that is told is the one that is descended: of the ways to add up its terms one
    with which the updates are its gradient as it is, if there is one; empty if none was found in time.

    Args:
        texts: of every file that took part, by its name in the folder.
    """
    found, until = list[Fix](), time.monotonic() + seconds
    site = judgement.stated.site if judgement.stated is not None else -1
    file = sites.files[site] if site >= 0 else ""
    if file not in texts:
        return []
    less = without_functions(texts, judgement, sites)
    for name, edits in (*less, (file, _edits(file, texts, judgement, sites)), *_at_calls(texts, judgement, sites)):
        left = until - time.monotonic()
        for edit, text, recording in attempts(source, edits, sandbox, left, file=name, texts=texts):
            training = recording.training_at(stretch)
            if training is None:
                continue
            mended = judge(training, brief=True)
            if mended.verdict == "right" and _is_number(mended) and _penalty(mended) >= _penalty(judgement):
                found.append(Fix(((name, edit),), {**texts, name: text}, mended))
                if reported_factor(mended) == 1.0:
                    return found[-1:]
        if found:
            return found[:1]
    return []


def told_after(
    source: Source, nearly: Sequence[tuple[Fix, Sites]], stretch: int, sandbox: Sandbox, seconds: float
) -> list[Fix]:
    """The fix that tells the loss that training descends after the likeliest of some edits after which it descends
    another one than is told; empty if none was found in time.

    Args:
        nearly: these edits, each with the sites of the run after it.
    """
    if not nearly:
        return []
    fix, sites = min(nearly, key=lambda one: likeliest(one[0]))
    told = told_as_descended(source, fix.texts, fix.judgement, sites, stretch, sandbox, seconds)
    made = {(file, edit.line) for file, edit in fix.edits}
    # what changes the told loss itself makes any loss another one
    apart = (one for one in told if made.isdisjoint((file, edit.line) for file, edit in one.edits))
    return [replace(one, edits=(*fix.edits, *one.edits)) for one in apart]


def _edits(file: str, texts: Mapping[str, str], judgement: Judgement, sites: Sites) -> Iterator[Edit]:
    loss = judgement.match.loss if judgement.match is not None else None
    if judgement.stated is None or not isinstance(loss, Standard) or loss.kind not in _TERMS:
        return
    reading, editor = Reading(texts, sites), Editor(texts[file])
    told = reading.expression(_added(judgement, reading, file))
    told = told.value if isinstance(told, ast.AugAssign) else told
    module = _module(texts[file])
    if not isinstance(told, ast.expr) or module is None:
        return
    told = editor.alike(told)  # the syntax that edits are made in has nodes of its own
    for frame in judgement.frames:
        node = told_at(frame, judgement.stated)
        names = (
            None
            if node is None
            else _met_in(editor, file, frame, reading, told)
            or _named(frame, reading, loss, node, frame.trace.paths[node])
        )
        if node is None or names is None:
            continue
        for place in _places(editor, told, names, parameter_texts(frame, reading)):
            for form in _forms(loss.kind, names[2]):
                written = form.format(o=names[0], t=names[1]).replace("np.", f"{module}.")
                yield editor.replace(place, written, "other loss", 1.0)
        return


def _at_calls(texts: Mapping[str, str], judgement: Judgement, sites: Sites) -> Iterator[tuple[str, list[Edit]]]:
    """Another loss in the place of a call that tells one, for what it holds against each other may be changed in there,
    as by `np.clip`: another function of the program that takes as many arguments, or the loss written out. The
    innermost call first, each with its file."""
    stated, loss = judgement.stated, judgement.match.loss if judgement.match is not None else None
    if stated is None or not isinstance(loss, Standard) or loss.kind not in _TERMS:
        return
    reading = Reading(texts, sites)
    frame, node = _told_first(judgement, stated)
    if node is None:
        return
    editors = {file: Editor(text) for file, text in texts.items()}
    others = {name: editor.functions[name] for editor in editors.values() for name in plain_functions(editor)}
    path = frame.trace.paths[node]
    while path >= 0:
        path, site = frame.trace.call_paths[path]
        call = reading.expression(site) if site >= 0 else None
        if not isinstance(call, ast.Call) or sites.files[site] not in texts:
            continue
        editor, module = editors[sites.files[site]], _module(texts[sites.files[site]])
        own = editor.alike(call)
        assert isinstance(own, ast.Call)
        edits: list[Edit] = []
        called = own.func.id if isinstance(own.func, ast.Name) else None
        for name, count in others.items() if called is not None else ():
            known = name in editor.functions or editor.has(editor.scope(own), name)
            if known and name != called and count == len(own.args):
                edits.append(editor.replace(own.func, name, "other loss", 0.8))
        names = _named(frame, reading, loss, node, path)
        if names is not None and module is not None:
            for form in _forms(loss.kind, names[2]):
                written = form.format(o=names[0], t=names[1]).replace("np.", f"{module}.")
                edits.append(editor.replace(own, written, "other loss", 1.0))
        yield sites.files[site], edits


def _is_number(judgement: Judgement) -> bool:
    """Whether a loss is told that is a number: the logarithm of what is one already is none."""
    told = judgement.stated
    nodes = [(frame, told_at(frame, told)) for frame in judgement.frames] if told is not None else []
    values = [np.asarray(frame.trace.values[node], float) for frame, node in nodes if node is not None]
    return bool(values) and all(bool(np.isfinite(value).all()) for value in values)


def _added(judgement: Judgement, reading: Reading, file: str) -> int:
    """The site of the told loss, or of what it adds up sample by sample, as of the function in `loss += error(y, out)`,
    as far as that is in the same file."""
    stated = judgement.stated
    assert stated is not None
    frame, node = _told_first(judgement, stated)
    trace = frame.trace
    while node is not None and trace.operations[node] in ("divide", "multiply"):
        scaled = [n for n in trace.inputs(node) if n in frame.dependent]
        node = scaled[0] if len(scaled) == 1 else None
    if node is None or not isinstance(reading.expression(trace.sites[node]), ast.AugAssign):
        return stated.site
    term = trace.arguments[node][-1]
    sites = trace.sites[node], trace.sites[term] if isinstance(term, Ref) else -1
    return next((site for site in reversed(sites) if site >= 0 and reading.sites.files[site] == file), stated.site)


def _told_first(judgement: Judgement, stated: Stated) -> tuple[Frame, int | None]:
    """The first step in which a loss is told, and where; without one the first of all."""
    told = ((frame, node) for frame in judgement.frames if (node := told_at(frame, stated)) is not None)
    return next(told, (judgement.frames[0], None))


def _module(text: str) -> str | None:
    """What the logarithm is taken from in a file: NumPy by its name there, or Python's own module."""
    alias = _ALIAS.search(text)
    if alias is not None:
        return alias[1] or "numpy"
    return "math" if re.search(r"^\s*import\s+math\b", text, re.MULTILINE) else None


def _forms(kind: str, shape: tuple[int, ...]) -> Iterator[str]:
    """A loss of outputs of some shape as it may be written, the most usual form first."""
    term = _TERMS[kind]
    if shape == () or set(shape) == {1}:
        yield from (term, f"0.5 * {term}") if kind == "squared" else (term,)
    elif kind in _SUMS:
        one = kind == "categorical" and (len(shape) == 1 or shape[1:] == (1,))  # sample, whose classes `len` counts
        yield from _SUMS[kind][one:]
    else:
        yield from (f"np.mean({term})", f"0.5 * np.mean({term})", f"np.sum({term})", f"0.5 * np.sum({term})")


def _met_in(
    editor: Editor, file: str, frame: Frame, reading: Reading, told: ast.expr
) -> tuple[str, str, tuple[int, ...]] | None:
    """The output and its targets as they are called in an expression that holds one against the other, and their
    shape."""
    start, end = editor.span(told)
    for pair in pairs([frame]):
        site = pair.key[0]
        expression = reading.expression(site) if site >= 0 and reading.sites.files[site] == file else None
        plain = not (pair.indexed or pair.opposite or pair.alone)
        if not plain or not isinstance(expression, ast.BinOp | ast.Call) or not nodes_at(frame, pair.key):
            continue
        begins, ends = editor.span(expression)
        operands = reading.operands(pair.key[0])
        if len(operands) != 2 or not start <= begins <= ends <= end:
            continue
        output, target = operands if pair.output_first else operands[::-1]
        if pair.logarithm:  # of p, or of p + 1e-8
            inner = output.args[0] if isinstance(output, ast.Call) and output.args else output
            output = inner.left if isinstance(inner, ast.BinOp) else inner
        shape = frame.trace.shape(nodes_at(frame, pair.key)[-1])
        return editor.atom(output), editor.atom(target), shape
    return None


def _named(
    frame: Frame, reading: Reading, loss: Standard, node: int, path: int
) -> tuple[str, str, tuple[int, ...]] | None:
    """The same where both are called by a name in the function that tells the loss, or that calls that one.

    Args:
        path: of the calls to that function.
    """
    known = {**_handed_over(frame, reading, node, path), **values_by_text(frame, reading, node)[path]}
    for pair in reversed(outputs(frame, loss.pair)):  # of samples one by one the last one is what a name stands for
        found: list[str] = []
        for wanted in pair:
            texts = [text for text, at in known.items() if at <= node and _is(frame.trace.values[at], wanted)]
            found += sorted(texts, key=len)[:1]
        if len(found) == len(pair):
            return found[0], found[1], tuple(pair[0].shape)
    return None


def _handed_over(frame: Frame, reading: Reading, until: int, path: int) -> dict[str, int]:
    """What a function hands over to those that it calls, by its own texts, with the node that each is."""
    trace, found = frame.trace, dict[str, int]()
    for node in range(max(frame.step.start, 0), until):
        site = trace.sites[node]
        above, call = trace.call_paths[trace.paths[node]]
        if trace.paths[node] == 0 or above != path or min(site, call) < 0:
            continue
        given = arguments(reading.function(site), reading.expression(call))
        for operand, argument in zip(reading.operands(site), trace.arguments[node], strict=False):
            if isinstance(operand, ast.Name) and operand.id in given and isinstance(argument, Ref):
                found[reading.segment(call, given[operand.id])] = int(argument)
    return found


def _is(value: Any, wanted: Tensor) -> bool:
    """Whether a recorded value is some tensor, in whatever shape."""
    if not isinstance(value, np.ndarray | float) or np.size(value) != wanted.numel():
        return False
    own, other = np.asarray(value, dtype=np.float64).reshape(-1), wanted.detach().numpy().reshape(-1)
    return bool(np.abs(own - other).max(initial=0.0) <= _CLOSE * np.abs(other).max(initial=0.0))


def _places(
    editor: Editor, told: ast.expr, names: tuple[str, str, tuple[int, ...]], parameters: Container[str]
) -> list[ast.expr]:
    """The parts of a told loss that may be the loss without its penalty: the widest one that holds both names and no
    parameter; or all of it, or a term of it, where it has other names."""
    parts = [node for node in ast.walk(told) if isinstance(node, ast.expr)]
    for part in sorted(parts, key=lambda node: len(editor.segment(node)), reverse=True):
        inside = {editor.segment(node) for node in ast.walk(part) if isinstance(node, ast.expr)}
        if not any(text in parameters for text in inside) and all(name.strip("()") in inside for name in names[:2]):
            return [part]
    terms = [told.left, told.right] if isinstance(told, ast.BinOp) and isinstance(told.op, ast.Add) else []
    return [*terms, told]


def _penalty(judgement: Judgement) -> int:
    """How many parameters the told loss holds the squares of."""
    found = judgement.match.loss if judgement.match is not None else None
    told = found if isinstance(found, Stated) else judgement.stated
    return len(penalised(judgement.frames, told)) if told is not None else 0

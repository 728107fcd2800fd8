"""Mends what keeps training from descending the loss that a program states of all its samples."""

import ast
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest

from backproof.check.consistency import Objective, follows_objective, inconsistencies
from backproof.check.edits import Edit, Editor, edits_of
from backproof.check.judge.judge import judge
from backproof.check.record.trace import Sites
from backproof.check.repair.attempts import attempts
from backproof.check.repair.fix import Fix
from backproof.check.replay.values import Reading
from backproof.check.sandbox.recording import Recording
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_SIDES = 2  # fixes: one of the updates and one of the loss
_CLOSE = 1e-3  # relative
_PLAIN = (2.0, 0.5)  # numbers that are forgotten, or too much, in a penalty


def mended_objective(
    source: Source,
    texts: Mapping[str, str],
    objective: Objective,
    before: Recording,
    stretch: int,
    sandbox: Sandbox,
    seconds: float,
) -> list[Fix]:
    """The fixes after which training descends the stated loss, of what is found in time; the cheapest of each line.

    Args:
        texts: of every file that took part, by its name in the folder.
        before: what the file does as it is.
    """
    numbers, until = _numbers(texts, before, stretch), time.monotonic() + seconds
    found: dict[tuple[str, int], Fix] = {}
    for file in dict.fromkeys(before.sites.files[site] for site in (objective.sites[0], objective.stated)):
        if file not in texts:
            continue
        edits, left = _in_turn(file, texts[file], objective, before.sites, numbers), until - time.monotonic()
        for edit, text, recording in attempts(source, edits, sandbox, left, file=file, texts=texts):
            training = recording.training_at(stretch)
            if training is None or recording.failed or (file, edit.line) in found:
                continue
            mended = judge(training, brief=True)
            if mended.verdict != "right":
                continue
            changed = {**texts, file: text}
            now = replace(source, text=changed[source.run_name])
            reading = Reading(changed, recording.sites)
            descended = follows_objective(recording, mended, stretch, reading, penalises=objective.penalises)
            if descended and not inconsistencies(now, recording, mended, stretch):
                found[file, edit.line] = Fix(((file, edit),), changed, mended)
                if len(found) == _SIDES:
                    return list(found.values())
    return list(found.values())


def _numbers(texts: Mapping[str, str], recording: Recording, stretch: int) -> dict[str, float]:
    """The bare numbers that a program computes with, by what they are called."""
    reading = Reading(texts, recording.sites)
    trace = recording.trainings[stretch].trace
    found: dict[str, float] = {}
    for node in range(len(trace)):
        site = trace.sites[node]
        if site < 0 or recording.sites.files[site] not in texts:
            continue
        for operand, argument in zip(reading.operands(site), trace.arguments[node], strict=False):
            if isinstance(argument, int | float) and not isinstance(operand, ast.Constant):
                found[reading.segment(site, operand)] = float(argument)
    return found


def _in_turn(file: str, text: str, objective: Objective, sites: Sites, numbers: dict[str, float]) -> Iterator[Edit]:
    """The edits of where the weights decay and of where the loss is computed, in turn, as far as these places are in a
    file; the penalty's scale is first."""
    editor = Editor(text)
    wanted = 1 / objective.ratio if objective.ratio else 0.0
    rows: list[list[Edit]] = []
    for site, factor in ((objective.sites[0], wanted), (objective.stated, objective.ratio)):
        place = sites.sites[site]
        statement = editor.statement_at(place.line) if sites.files[site] == file else None
        if statement is not None:
            scaled = list(_rescaled(editor, statement, factor, numbers)) if factor else []
            rows.append(sorted([*scaled, *edits_of(editor, statement)], key=lambda edit: edit.cost))
    for several in zip_longest(*rows):
        yield from (edit for edit in several if edit is not None)


def _rescaled(editor: Editor, statement: ast.stmt, factor: float, numbers: dict[str, float]) -> Iterator[Edit]:
    """A statement with one of its terms multiplied by a factor: by a number, or by what has that value."""

    def is_factor(value: float) -> bool:
        return abs(value - factor) < _CLOSE * factor

    yield from _by_what_is_given(editor, statement)
    number = next((plain for plain in _PLAIN if is_factor(plain)), None)
    near = [name for name in (*editor.variables(statement), *editor.counts) if numbers.get(name)]
    for rank, term in enumerate(_terms(statement)):
        own, cost = editor.atom(term), 0.1 + 0.01 * rank
        if number is not None:
            yield editor.replace(term, f"{number:g} * {own}", "missing factor", cost)
        for name in (node for node in ast.walk(term) if isinstance(node, ast.Name | ast.Attribute)):
            for other in near if numbers.get(editor.segment(name)) else ():
                mine, new = numbers[editor.segment(name)], numbers[other]
                counts = mine == round(mine) and new == round(new)
                if counts and (is_factor(new / mine) or is_factor(mine / new)):
                    yield editor.replace(name, other, "variable", cost)
        for other in near:
            if is_factor(numbers[other]):
                yield editor.replace(term, f"{own} * {other}", "missing factor", 0.1 + cost)
            if is_factor(1 / numbers[other]):
                yield editor.replace(term, f"{own} / {other}", "missing factor", 0.1 + cost)


def _by_what_is_given(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """A statement that divides by what its function was given for nothing: by the number of all samples, and not by
    that of a batch."""
    function = editor.scope(statement)
    if not isinstance(function, ast.FunctionDef):
        return
    read = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    unread = [each.arg for each in function.args.args if each.arg not in {*read, "self"}]
    for node in ast.walk(statement):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            yield from (editor.replace(node.right, name, "variable", 0.05) for name in unread)


def _terms(statement: ast.stmt) -> list[ast.expr]:
    """The terms of a statement's sums, the last of each sum first: a penalty stands behind what it is added to."""
    found: list[ast.expr] = []
    for node in ast.walk(statement):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            found += [part for part in (node.right, node.left) if not isinstance(part, ast.Constant)]
    return found

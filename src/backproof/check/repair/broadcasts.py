"""Mends a loss that holds each output against all the targets, because a column met a row."""

import ast
from collections.abc import Iterator

from backproof.check.edits import Edit, Editor
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.record.trace import Sites
from backproof.check.repair.attempts import attempts
from backproof.check.repair.fix import Fix
from backproof.check.replay.values import Reading
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_FORMS = ((".reshape(-1, 1)", 1.0), (".ravel()", 1.2))
_SEVERAL = 0.2


def mended_broadcast(
    source: Source, judgement: Judgement, sites: Sites, stretch: int, sandbox: Sandbox, seconds: float
) -> list[Fix]:
    """The fix after which each output meets its own target where a shown loss broadcasts them, if one is found."""
    if judgement.spread is None or sites.files[judgement.spread[0]] != source.run_name:
        return []
    for edit, text, recording in attempts(source, _reshaped(source, sites, judgement.spread[0]), sandbox, seconds):
        training = recording.training_at(stretch)
        if training is None or recording.failed:
            continue
        mended = judge(training, brief=True)
        if mended.verdict == "right" and mended.spread is None:
            return [Fix(((source.run_name, edit),), {source.run_name: text}, mended)]
    return []


def _reshaped(source: Source, sites: Sites, site: int) -> Iterator[Edit]:
    """Each operand as a column, the row first; then each as a row; then what they are computed from, wherever it stands
    in the statement."""
    editor = Editor(source.text)
    operands = [o for o in Reading({source.run_name: source.text}, sites).operands(site) if isinstance(o, ast.expr)]
    for form, cost in _FORMS:
        for operand in reversed(operands):
            yield editor.replace(operand, f"{editor.atom(operand)}{form}", "shape", cost)
    statement = editor.statement_at(sites.sites[site].line)
    if statement is None:
        return
    inner = [node for operand in reversed(operands) for node in ast.walk(operand) if isinstance(node, ast.expr)]
    names = dict.fromkeys(editor.segment(node) for node in inner if editor.is_variable(node))
    for form, cost in _FORMS:
        for name in names:
            yield editor.replace(statement, _everywhere(editor, statement, name, form), "shape", cost + _SEVERAL)


def _everywhere(editor: Editor, statement: ast.stmt, name: str, form: str) -> str:
    """A statement in which a variable has another form at all places where it is read."""
    start, _ = editor.span(statement)
    text = editor.segment(statement)
    read = [n for n in ast.walk(statement) if isinstance(getattr(n, "ctx", None), ast.Load)]
    for _, end in sorted({editor.span(node) for node in read if editor.segment(node) == name}, reverse=True):
        text = f"{text[: end - start]}{form}{text[end - start :]}"
    return text

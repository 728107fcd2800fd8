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


def mended_broadcast(
    source: Source, judgement: Judgement, sites: Sites, stretch: int, sandbox: Sandbox, seconds: float
) -> list[Fix]:
    """The fix after which each output meets its own target where a shown loss broadcasts them, if one is found."""
    if judgement.spread is None or sites.files[judgement.spread[0]] != source.run_name:
        return []
    for edit, text, recording in attempts(source, _reshaped(source, sites, judgement.spread[0]), sandbox, seconds):
        if len(recording.trainings) <= stretch or recording.failed:
            continue
        training = recording.trainings[stretch]
        mended = judge(training, brief=True) if training.steps else None
        if mended is not None and mended.verdict == "right" and mended.spread is None:
            return [Fix(((source.run_name, edit),), {source.run_name: text}, mended)]
    return []


def _reshaped(source: Source, sites: Sites, site: int) -> Iterator[Edit]:
    """Each operand as a column, the row first; then each as a row."""
    editor = Editor(source.text)
    operands = [o for o in Reading({source.run_name: source.text}, sites).operands(site) if isinstance(o, ast.expr)]
    for form, cost in ((".reshape(-1, 1)", 1.0), (".ravel()", 1.2)):
        for operand in reversed(operands):
            yield editor.replace(operand, f"{editor.atom(operand)}{form}", "shape", cost)

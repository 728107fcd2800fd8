"""Mends a network that does not read what it trains: a bias that is added where its gradient is taken from."""

import ast
from collections.abc import Iterator
from dataclasses import replace

from backproof.check.consistency import Inconsistency, inconsistencies
from backproof.check.edits import Edit, Editor
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.record.trace import Sites
from backproof.check.repair.attempts import attempts
from backproof.check.repair.fix import Fix
from backproof.check.replay.values import Reading
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_UPDATES = 6


def missing_terms(
    source: Source,
    judgement: Judgement,
    sites: Sites,
    stretch: int,
    found: Inconsistency,
    sandbox: Sandbox,
    seconds: float,
) -> list[Fix]:
    """The fix that adds what is never read to one of the places whose gradient moves it, if one is proved in time.

    Args:
        found: what is never read, with these places.
    """
    trained = len(judgement.training.parameters)
    for edit, text, recording in attempts(source, _terms(source, sites, found), sandbox, seconds, _UPDATES):
        training = recording.training_at(stretch)
        if training is None or len(training.parameters) <= trained:
            continue
        mended, changed = judge(training, brief=True), replace(source, text=text)
        if mended.verdict == "right" and not inconsistencies(changed, recording, mended, stretch):
            return [Fix(((source.run_name, edit),), {source.run_name: text}, mended)]
    return []


def _terms(source: Source, sites: Sites, found: Inconsistency) -> Iterator[Edit]:
    """What is never read, added to the places whose gradient moves it: to sums and products first."""
    editor, reading = Editor(source.text), Reading({source.run_name: source.text}, sites)
    places = [reading.expression(site) for site in found.sites if sites.files[site] == source.run_name]
    spans = [editor.span(node) for node in places if isinstance(node, ast.expr)]
    nodes = [n for n in editor.nodes if isinstance(n, ast.expr) and editor.span(n) in spans]
    for node in sorted(nodes, key=lambda node: not isinstance(node, ast.BinOp | ast.Call)):
        for term in found.terms:
            more = f"{editor.segment(node)} + {term}"
            yield editor.replace(node, f"({more})" if editor.is_operand(node) else more, "missing term", 1.0)

"""Mends a prediction that another network makes: small edits of its line, the likest to the forward pass first."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from backproof.check.attempts import attempts
from backproof.check.consistency import Inconsistency, inconsistencies, predicts_alike
from backproof.check.edits import Edit, Editor, edits_of
from backproof.check.edits.editor import name_of
from backproof.check.judge import Judgement, judge
from backproof.check.parameters import Training
from backproof.check.repair import Fix
from backproof.check.sandbox import Sandbox
from backproof.check.source import Source
from backproof.check.trace import Sites
from backproof.check.values import Reading

_TOKENS = re.compile(r"[\w.]+|[^\w\s]")
_KINDS = {
    "missing term", "missing function", "extra function", "function", "variable", "transpose", "extra term", "index",
    "operands", "axis", "parentheses", "product", "sign", "argument",
}  # fmt: skip
_TERMS = 24  # variables that may be missing behind a product


def mended_predictions(
    source: Source,
    judgement: Judgement,
    sites: Sites,
    stretch: int,
    found: Inconsistency,
    sandbox: Sandbox,
    seconds: float,
) -> list[Fix]:
    """The fix after which what predicts is the network that was trained, if one is found in time.

    Args:
        found: the prediction that is another network's.
    """
    edits = _likeliest(Editor(source.text), judgement, sites, source.run_name, found.line)
    for edit, text, recording in attempts(source, edits, sandbox, seconds):
        if len(recording.stretches) <= stretch or recording.failed:
            continue
        training = Training(recording.stretches[stretch])
        mended = judge(training, brief=True) if training.steps else None
        if mended is None or mended.verdict != "right":
            continue
        reading = Reading({source.run_name: text}, recording.sites)
        whole = predicts_alike(recording, mended, stretch, reading, found.line)
        if whole and not inconsistencies(replace(source, text=text), recording, mended, stretch):
            return [Fix(((source.run_name, edit),), {source.run_name: text}, mended)]
    return []


def _likeliest(editor: Editor, judgement: Judgement, sites: Sites, file: str, line: int) -> Iterator[Edit]:
    """The edits of a line, those first after which its words follow each other as they do in the forward pass."""
    statement = editor.statement_at(line)
    if statement is None:
        return
    frame = judgement.frames[0]
    forward = {
        sites.sites[s].line for n in frame.forward if (s := frame.trace.sites[n]) >= 0 and sites.files[s] == file
    }
    followed: set[tuple[str, str]] = set()
    for each in sorted(forward - {line}):
        behind = editor.statement_at(each)
        if behind is not None and behind is not statement:
            followed |= set(_pairs(editor.segment(behind)))
    start, end = editor.span(statement)
    edits = [edit for edit in edits_of(editor, statement) if edit.kind in _KINDS]
    edits += _missing_terms(editor, statement)

    def strangeness(edit: Edit) -> float:
        text = editor.text[start : edit.start] + edit.text + editor.text[edit.end : end]
        pairs = _pairs(text)
        known = sum(pair in followed for pair in pairs)
        return len(pairs) - known - 0.5 * known + 0.3 * edit.cost

    yield from sorted((edit for edit in edits if start <= edit.start and edit.end <= end), key=strangeness)


def _missing_terms(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """A bias behind a product, wherever in the line it stands."""
    for node in editor.own_expressions(statement):
        product = isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult | ast.Add)
        if product or (isinstance(node, ast.Call) and name_of(node.func) in ("dot", "matmul")):
            for other in editor.near(statement, _TERMS):
                yield editor.replace(node, f"({editor.segment(node)} + {other})", "missing term", 2.0)


def _pairs(text: str) -> list[tuple[str, str]]:
    words = _TOKENS.findall(text)
    return list(pairwise(words))

"""What small edits make of one expression: texts that are likelier to be meant than any that is written anew."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from backproof.check.edits import Editor, edits_of
from backproof.check.repair.chain_rule import Known

_EDITS = 300  # the likeliest ones


def small_edits(editor: Editor, statement: ast.stmt, expression: ast.expr, known: Sequence[Known]) -> Iterator[str]:
    """An expression as it is, and as small edits make it, the likeliest ones first, each also with the old values of
    what was moved already.

    Args:
        known: what the statement can read.
    """
    start, end = editor.span(expression)
    edits = [e for e in edits_of(editor, statement, moves=False) if start <= e.start <= e.end <= end]
    edits = sorted(edits, key=lambda edit: edit.cost)[:_EDITS]
    made = (editor.text[start : e.start] + e.text + editor.text[e.end : end] for e in edits)
    old = {one.kept[1]: one.text for one in known if one.kept is not None}
    for text in dict.fromkeys((editor.segment(expression), *made)):
        yield from dict.fromkeys((text, _as_it_was(text, old)))


def _as_it_was(text: str, old: Mapping[str, str]) -> str:
    """A text that reads the old values of what was moved."""
    for whole, name in old.items():
        text = re.sub(rf"(?<![\w.]){re.escape(whole)}(?!\w)", name, text)
    return text

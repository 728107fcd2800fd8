"""Assignments of a file: which recorded values they made, and the file's text with others in their places."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from backproof.check.edits import Editor
from backproof.check.record.trace import Trace
from backproof.check.record.untold import Site
from backproof.check.sandbox.recording import Recording

_OFTEN = 2  # times, at least, that a value is made


def values_of(
    statements: Iterable[ast.Assign], run_name: str, recording: Recording
) -> Iterator[tuple[Trace, dict[ast.Assign, list[int]]]]:
    """Of each recorded stretch the nodes that the values of some statements are, for those that made several."""
    places = {_place(statement.value): statement for statement in statements}
    for trace in recording.stretches if places else []:
        made: dict[ast.Assign, list[int]] = defaultdict(list)
        for node, number in enumerate(trace.sites):
            if number >= 0 and recording.sites.files[number] == run_name:
                statement = places.get(recording.sites.sites[number])
                if statement is not None:
                    made[statement].append(node)
        yield trace, {statement: nodes for statement, nodes in made.items() if len(nodes) >= _OFTEN}


def in_order(statements: Iterable[ast.Assign]) -> list[ast.Assign]:
    """Some statements in the order in which their values stand; of several in one line, the last one found."""
    by_line = {statement.value.lineno: statement for statement in statements}
    return [by_line[line] for line in sorted(by_line)]


def with_texts(editor: Editor, texts: Mapping[ast.Assign, str]) -> str:
    """The program's text with other ones in the places of some statements."""
    text = editor.text
    for statement in sorted(texts, key=lambda s: -s.lineno):
        start, end = editor.span(statement)
        text = text[:start] + texts[statement] + text[end:]
    return text


def _place(node: ast.expr) -> Site:
    return Site(node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)

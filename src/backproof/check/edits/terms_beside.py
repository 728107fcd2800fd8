"""The term that one line has and another lacks: `dW2 = … + reg * W2` beside `dW1 = …`."""

import ast
from collections.abc import Iterator

from backproof.check.edits.analogies import NUMBER, PLACE, renamed, shift_of, shifted, with_known_names
from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import target_of

_COST = 0.7
_FAR = 0.01  # for each line between them
_PLAIN = ast.BinOp | ast.Call | ast.Name | ast.Attribute | ast.Subscript


def term_as_beside(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The edits that add to what a line computes what another line of its function adds, as it would be about this
    line's variable."""
    own = target_of(statement)
    value = statement.value if isinstance(statement, ast.Assign) else None
    if own is None or not isinstance(value, _PLAIN) or _is_sum(value):
        return
    seen: set[str] = set()
    for other in editor.within(editor.scope(statement)):
        target = target_of(other)
        theirs = other.value if isinstance(other, ast.Assign) and other is not statement else None
        if target is None or not isinstance(theirs, ast.BinOp) or not _is_sum(theirs):
            continue
        term, mine, its = editor.segment(theirs.right), editor.segment(own), editor.segment(target)
        shifts = ((pattern, shift_of(pattern, its, mine)) for pattern in (NUMBER, PLACE))
        every = [text for pattern, shift in shifts if shift and (text := shifted(pattern, term, shift)) is not None]
        made = [with_known_names(editor, term, text) for text in every]
        whole = renamed(editor, f"{its} = {term}", its, mine)
        made += [whole.partition(" = ")[2]] if whole is not None else []
        for text in made:
            if text not in {term, *seen}:
                seen.add(text)
                cost = _COST + _FAR * min(abs(target.lineno - statement.lineno), 40)
                said = f"{editor.segment(value)} {editor.symbol(theirs.op)} {text}"
                yield editor.replace(value, said, "missing term", cost)


def _is_sum(value: ast.expr) -> bool:
    return isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub)

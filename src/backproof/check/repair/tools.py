"""The functions by which both passes are computed, where a mistake is looked for last."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable

from backproof.check.edits import Editor
from backproof.check.edits.slopes import lines_of_turned_slopes
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import computed_from
from backproof.check.record.trace import Sites

_VALUES = re.compile(r"matri|vect|tensor|array", re.IGNORECASE)  # classes whose objects are numbers, not layers
_TOOL = 3.0  # how much unlikelier it is that something is wrong by which both passes are computed


def tools_last(ranks: dict[tuple[str, int], float], tools: set[tuple[str, int]]) -> dict[tuple[str, int], float]:
    """The lines, those of functions by which both passes are computed behind all others."""
    return {place: rank + _TOOL * (place in tools) for place, rank in ranks.items()}


def lines_of_tools(
    ranks: Iterable[tuple[str, int]], judgement: Judgement, sites: Sites, editors: dict[str, Editor]
) -> set[tuple[str, int]]:
    """Those of some lines that stand in functions by which both passes are computed, but what is wrong by its text."""
    both = _tools(judgement, sites, editors)
    turned = {(file, line) for file, editor in editors.items() for line in lines_of_turned_slopes(editor)}
    return {place for place in ranks if place not in turned and _function_at(place, editors) in both}


def _tools(judgement: Judgement, sites: Sites, editors: dict[str, Editor]) -> set[tuple[str, ast.AST]]:
    """The functions of several arguments by which the backward pass is computed as the forward pass is, such as a
    product that is written out: what is wrong there is wrong in both, and no gradient is. And those that compute what
    is right, called from one place, and what is wrong, called from another. A method has one argument more if its
    object is a matrix."""
    frame = judgement.frames[0]
    ahead = computed_from(frame, judgement.match.loss) if judgement.match is not None else set[int]()
    before, behind = ({frame.trace.sites[n] for n in nodes} - {-1} for nodes in (ahead, frame.backward - ahead))
    both, alone = _functions(before & behind, sites, editors), _functions(behind - before, sites, editors)
    # a function that computes something for the backward pass alone, as a derivative if that is asked for, is none
    found = both - alone
    found |= _used_rightly(judgement, sites, editors)
    return {
        (file, function)
        for file, function in found
        if isinstance(function, ast.FunctionDef) and _count_operands(function, editors[file]) > 1
    }


def _count_operands(function: ast.FunctionDef, editor: Editor) -> int:
    holder = editor.holder(function)
    is_value = isinstance(holder, ast.ClassDef) and _VALUES.search(holder.name)
    return len([argument for argument in function.args.args if is_value or argument.arg != "self"])


def _used_rightly(judgement: Judgement, sites: Sites, editors: dict[str, Editor]) -> set[tuple[str, ast.AST]]:
    """The functions that compute nothing but what is right, called from one place, and from another one what is wrong:
    a layer's, called for the last one, computes its own gradients rightly, and hands back what the others are wrong
    by."""
    frame = judgement.frames[0]
    right = set(judgement.match.right) if judgement.match is not None else set[int]()
    calls: dict[tuple[str, ast.AST], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    functions: dict[int, tuple[str, ast.AST] | None] = {}  # that the places stand in
    for node in frame.backward:
        reached, path, site = frame.reached.get(node, set[int]()), frame.trace.paths[node], frame.trace.sites[node]
        if not reached or path <= 0 or site < 0:
            continue
        if site not in functions:
            functions[site] = _function_at(sites.line(site), editors)
        if (function := functions[site]) is not None:
            calls[function][frame.trace.call_paths[path][1]] |= reached
    rightly = {function: [reached <= right for reached in own.values()] for function, own in calls.items()}
    return {function for function, each in rightly.items() if any(each) and not all(each)}


def _functions(found: set[int], sites: Sites, editors: dict[str, Editor]) -> set[tuple[str, ast.AST]]:
    """The functions that some places stand in."""
    return {made for site in found if (made := _function_at(sites.line(site), editors)) is not None}


def _function_at(place: tuple[str, int], editors: dict[str, Editor]) -> tuple[str, ast.AST] | None:
    """The function that a line stands in, with its file; None if nothing stands in that line."""
    file, line = place
    statement = editors[file].statement_at(line) if file in editors else None
    return None if statement is None else (file, editors[file].scope(statement))

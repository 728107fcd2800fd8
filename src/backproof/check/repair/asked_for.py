"""The few edits that what is known of a step asks for by itself: of one line, or of several at once."""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from backproof.check.consistency.penalty_shares import share_at
from backproof.check.edits import Edit, Editor, edits_of, is_python
from backproof.check.edits.alike import made_alike
from backproof.check.edits.difference import difference
from backproof.check.edits.editor import made_at_once
from backproof.check.edits.given_functions import other_functions, plain_functions
from backproof.check.edits.handed_over import handed_over
from backproof.check.edits.kept_before import kept_before
from backproof.check.edits.kept_masks import kept_masks
from backproof.check.edits.kept_objects import kept_objects
from backproof.check.edits.kept_together import kept_together
from backproof.check.edits.step_counts import counted_once
from backproof.check.edits.too_deep import behind_the_loop
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.locate import Suspicion
from backproof.check.locate.passed_over import passed_over
from backproof.check.locate.squashed_twice import squashed_twice
from backproof.check.losses.losses import computed_from
from backproof.check.losses.match import penalised
from backproof.check.record.trace import Sites
from backproof.check.repair.placing import Row
from backproof.check.repair.ranking import lines_behind, lines_of
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations.elementwise import ELEMENTWISE
from backproof.check.replay.values import Reading

_COUNTED = 0.5  # how unlikely it is that a step count is to grow by one
_BEHIND = 0.3  # how unlikely it is that updates are indented too far which apply a sum again and again
_BASE = 0.6  # how unlikely it is that a bias correction takes another share
_SWAPPED = 0.2  # how unlikely it is that a layer takes the wrong one of a network's activations
_SQUASHED = 1.2  # how unlikely it is that a sigmoid is not meant at all where it is applied to what it has given
_OF_PARTS = ("sum or mean", "sign", "axis", "number", "extra factor", "missing factor", "transpose")
_SEVERAL = 0.3  # how much unlikelier it is that several shares are wrong, and not the one penalty
AT_ONCE = 2.0  # how much likelier edits are that mend all that a look has found


def counted(editors: dict[str, Editor], lines: set[tuple[str, int]]) -> list[Row]:
    """The edits by which a step count grows by one where it is set to something else, or grows once a step."""
    found: list[Row] = []
    for file, line in lines:
        statement = editors[file].statement_at(line)
        if isinstance(statement, ast.Assign) and list(editors[file].loops_around(statement)):
            text = f"{editors[file].segment(statement.targets[0])} += 1"
            edit = editors[file].replace(statement, text, "overwrite", _COUNTED)
            found.append(Row(edit.cost, file, edit, statement))
        if statement is not None:
            found += [Row(e.cost - AT_ONCE, file, e, statement) for e in counted_once(editors[file], statement)]
    return found


def corrected(judgement: Judgement, texts: dict[str, str], editors: dict[str, Editor], sites: Sites) -> Iterator[Row]:
    """The edits by which a bias correction takes the share that the mean which it corrects keeps of itself."""
    reading = Reading(texts, sites)
    for fault in judgement.faults:
        file = sites.files[fault.site] if fault.base is not None and fault.site >= 0 else ""
        statement = editors[file].statement_at(sites.sites[fault.site].line) if file in editors else None
        expression = reading.expression(fault.site) if statement is not None else None
        nodes = ast.walk(expression) if expression is not None else ()
        powers = [n for n in nodes if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)]
        if fault.base is None or statement is None or not powers:
            continue
        editor, kept = editors[file], round(float(fault.base), 6)
        scope = editor.scope(statement)
        names = [n for n, number in editor.numbers.items() if number == kept and editor.has(scope, n)]
        for text in (*names, repr(kept)):
            kind = "variable" if text in names else "number"
            edit = editor.replace(editor.alike(powers[-1].left), text, kind, _BASE)
            yield Row(edit.cost - AT_ONCE, file, edit, statement)


def together(
    editors: dict[str, Editor], lines: set[tuple[str, int]], mended: Callable[[Editor, Iterable[int]], Iterator[Edit]]
) -> Iterator[Row]:
    """The edits that mend several lines of a file at once: all updates of a block that happen too early, or all sums
    that go on from one step to the next."""
    for file, editor in editors.items():
        for edit in mended(editor, (line for name, line in lines if name == file)):
            yield Row(edit.cost - 1.5, file, edit, editor.statement_at(edit.line))


def applied_behind(editors: dict[str, Editor], moving: Iterable[tuple[str, int]]) -> Iterator[Row]:
    """The edits by which updates are made behind the loop in which they stand, once the sum that they are made of is
    whole."""
    lines: dict[str, list[int]] = defaultdict(list)
    for file, line in sorted(moving):
        lines[file].append(line)
    for file, own in lines.items():
        editor = editors.get(file)
        found = [editor.statement_at(line) for line in own] if editor is not None else []
        statements = [*dict.fromkeys(statement for statement in found if statement is not None)]
        for made in behind_the_loop(editor, statements) if editor is not None and statements else ():
            edit = replace(made, cost=_BEHIND)
            yield Row(edit.cost - AT_ONCE, file, edit, statements[0])


def functions_given(editors: dict[str, Editor]) -> Iterator[Row]:
    """The edits by which a call is given another function: an activation's derivative to a layer, for one."""
    functions = dict.fromkeys(name for editor in editors.values() for name in plain_functions(editor))
    for file, editor in editors.items():
        for edit in other_functions(editor, functions):
            yield Row(edit.cost, file, edit, editor.statement_at(edit.line))


def masks_kept(editors: dict[str, Editor]) -> Iterator[Row]:
    """The edits by which a layer keeps what it drops, and hands nothing back there."""
    for file, editor in editors.items():
        yield from (Row(edit.cost, file, edit, editor.statement_at(edit.line)) for edit in kept_masks(editor))


def parts_alike(judgement: Judgement, editors: dict[str, Editor], sites: Sites) -> Iterator[Row]:
    """The edits of all the lines that each update a part of one parameter, as its elements, where it is wrong: what one
    of them changes leaves the parameter as wrong as it was."""
    if judgement.match is None or not judgement.frames:
        return
    frame = judgement.frames[0]
    wrong = frame.step.after.keys() - set(judgement.match.right)
    several = {lines for parameter in wrong if len(lines := _update_lines(frame, parameter, sites)) > 1}
    for file, line in sorted(max(lines) for lines in several):
        if file in editors and (statement := editors[file].statement_at(line)) is not None:
            yield from _at_all_alike(editors[file], file, statement, moves=True)


def shares_alike(judgement: Judgement, editors: dict[str, Editor], sites: Sites) -> Iterator[Row]:
    """The edits of all the lines that each take a share of a parameter, where all that is wrong decays by another share
    than the stated loss asks for: the number that was meant is the same in each."""
    found, frames = judgement.match, judgement.frames
    if found is None or not frames:
        return
    astray = [p for p in found.evidence if p not in found.right and p in frames[0].step.after]
    if not penalised(frames, found.loss).issuperset(astray):
        return
    shares = [node for p in astray if (node := share_at(frames[0], p)) is not None]
    lines = {sites.line(site) for node in shares if (site := frames[0].trace.sites[node]) >= 0}
    file, line = min(lines, default=("", 0))
    if len(lines) > 1 and file in editors and (statement := editors[file].statement_at(line)) is not None:
        for row in _at_all_alike(editors[file], file, statement, moves=False):
            # where the loss is wrong, there is one mistake, and not several
            edit = replace(row.edit, cost=row.edit.cost + _SEVERAL)
            yield replace(row, edit=edit, score=edit.cost)


def _at_all_alike(editor: Editor, file: str, statement: ast.stmt, *, moves: bool) -> Iterator[Row]:
    """The edits of a statement, each made at all the places that are like its own."""
    for edit in edits_of(editor, statement, moves=moves):
        text = edit.apply(editor.text)
        alike = made_alike(editor.text, edit) if edit.kind in _OF_PARTS else []
        if alike and is_python(text):
            for one in alike:
                text = one.apply(text)
            start, end, made = difference(editor.text, text)
            whole = replace(edit, start=start, end=end, text=made)
            yield Row(whole.cost - AT_ONCE, file, whole, statement)


def _update_lines(frame: Frame, parameter: int, sites: Sites) -> frozenset[tuple[str, int]]:
    """The lines in which a step writes into a parameter."""
    node, found = frame.step.after[parameter], set[tuple[str, int]]()
    while frame.trace.operations[node] == "setitem" and node != frame.step.before[parameter]:
        site = frame.trace.sites[node]
        if site >= 0:
            found.add(sites.line(site))
        node = frame.trace.inputs(node)[0]
    return frozenset(found)


def squashed_once(
    judgement: Judgement, texts: dict[str, str], editors: dict[str, Editor], sites: Sites
) -> Iterator[Row]:
    """The edits by which the backward pass takes an activation as it is, and does not apply the sigmoid to it again: in
    each statement that does so, and in all of a file at once."""
    if judgement.match is None or not judgement.frames:
        return
    frame, reading = judgement.frames[0], Reading(texts, sites)
    ahead = lines_of(frame, computed_from(frame, judgement.match.loss), sites)
    again: dict[str, dict[ast.stmt, dict[Edit, None]]] = defaultdict(lambda: defaultdict(dict))
    for twice in squashed_twice(frame, judgement.match.loss):
        for site in lines_behind(judgement, frame.key(twice.node)):
            file, line = sites.line(site)
            expression = reading.expression(site)
            if file not in editors or (file, line) in ahead or not isinstance(expression, ast.expr):
                continue
            own = editors[file].alike(expression)
            text, statement = _applied_to(editors[file], own), editors[file].statement_at(line)
            if text is not None and statement is not None:
                again[file][statement][editors[file].replace(own, text, "extra function", _SQUASHED)] = None
            break
    for file, statements in again.items():
        every = [edit for edits in statements.values() for edit in edits]
        for edits in (*statements.values(), *([every] if len(statements) > 1 else [])):
            whole = made_at_once(editors[file].text, list(edits))
            yield Row(whole.cost - AT_ONCE, file, whole, editors[file].statement_at(whole.line))


def _applied_to(editor: Editor, expression: ast.expr) -> str | None:
    """The text of what a function is applied to in an expression: the one argument of a call, or the one variable."""
    if isinstance(expression, ast.Call) and len(expression.args) == 1 and not expression.keywords:
        return editor.atom(expression.args[0])
    read = {editor.segment(node) for node in ast.walk(expression) if editor.is_variable(node)}
    return read.pop() if len(read) == 1 else None


def old_values_kept(
    texts: dict[str, str], editors: dict[str, Editor], suspicion: Suspicion, sites: Sites
) -> Iterator[Row]:
    """The edits by which the old value of what was moved is kept and read."""
    found = suspicion.early
    if found is None:
        return
    reading = Reading(texts, sites)
    reads: dict[str, list[ast.expr]] = defaultdict(list)
    for site, position in sorted(found.reads):
        file = sites.files[site] if site >= 0 else ""
        operands = reading.operands(site) if file in editors else []
        if position < len(operands):
            reads[file].append(editors[file].alike(operands[position]))
    for file, read in reads.items():
        editor = editors[file]
        lines = [sites.sites[site].line for site in found.moves if site >= 0 and sites.files[site] == file]
        moves = [s for line in sorted(lines) if (s := editor.statement_at(line)) is not None]
        same = found.moved[0] >= 0 and sites.files[found.moved[0]] == file
        last = editor.statement_at(sites.sites[found.moved[0]].line) if same else None
        edits = [edit for each in read for edit in kept_before(editor, each, last, within=found.within)]
        if found.within:
            edits += [*kept_together(editor, read, moves), *kept_objects(editor, read, moves)]
        for edit in edits:
            yield Row(edit.cost - AT_ONCE, file, edit, editor.statement_at(edit.line))


def activations_handed_over(
    judgement: Judgement, texts: dict[str, str], editors: dict[str, Editor], sites: Sites
) -> Iterator[Row]:
    """The edits by which a layer reads an activation, and not what that was computed from."""
    if judgement.match is None or not judgement.frames:
        return
    frame, reading, done = judgement.frames[0], Reading(texts, sites), set[tuple[int, int, int]]()
    for over in passed_over(frame, judgement.match.loss):
        site = frame.trace.sites[over.reader]
        operands = reading.operands(site) if site >= 0 and sites.files[site] in editors else []
        if over.position >= len(operands):
            continue
        file, editor = sites.files[site], editors[sites.files[site]]
        read = editor.alike(operands[over.position])
        for place in lines_behind(judgement, frame.key(over.activation)):
            made = editor.statement_at(sites.sites[place].line) if sites.files[place] == file else None
            key = site, over.position, made.lineno if made is not None else 0
            if made is None or key in done or editor.scope(made) is not editor.scope(read):
                continue
            done.add(key)
            for edit in handed_over(editor, read, made):
                yield Row(edit.cost - AT_ONCE, file, edit, editor.statement_at(edit.line))


def _is_of_itself(frame: Frame, node: int) -> bool:
    """Whether each element of a value is made of one element and of numbers, and of no others, as of a mask."""
    trace = frame.trace
    others = (n for n in trace.inputs(node) if n not in frame.dependent and n not in frame.given)
    return trace.operations[node] in ELEMENTWISE and all(trace.shape(other) == () for other in others)


def activations_swapped(
    judgement: Judgement, texts: dict[str, str], editors: dict[str, Editor], sites: Sites
) -> Iterator[Row]:
    """The edits by which a layer takes the activation of another one, whose slope the backward pass may mean."""
    if judgement.match is None or not judgement.frames:
        return
    frame, reading = judgement.frames[0], Reading(texts, sites)
    calls: dict[int, bool] = {}  # of the forward pass, and whether each computes element by element
    for node in sorted(computed_from(frame, judgement.match.loss)):
        within = frame.trace.call_paths[frame.trace.paths[node]][1]
        calls[within] = calls.get(within, True) and _is_of_itself(frame, node)
    taken: list[tuple[str, ast.Call]] = []
    for site in (site for site, alone in calls.items() if alone and site >= 0 and sites.files[site] in editors):
        call = reading.expression(site)
        if isinstance(call, ast.Call) and len(call.args) == 1 and not call.keywords:
            taken.append((sites.files[site], call))
    for file, call in taken:
        editor, own = editors[file], ast.unparse(call.func)
        others = dict.fromkeys(ast.unparse(other.func) for name, other in taken if name == file)
        for name in others:
            if name != own:
                edit = editor.replace(editor.alike(call.func), name, "function", _SWAPPED)
                yield Row(edit.cost, file, edit, editor.statement_at(edit.line))

"""The update that a program lacks: written after the pattern of another parameter's, run, and kept if all is right."""

import ast
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from backproof.check.consistency import inconsistencies
from backproof.check.edits import Edit, Editor, edits_of
from backproof.check.edits.bias_updates import bias_updates
from backproof.check.edits.patterns import as_other_layer, behind_loop, beside_loop, bias_steps, in_lists, said_for
from backproof.check.edits.statements import kept
from backproof.check.edits.tree import counted_by
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.losses_meant import losses_meant
from backproof.check.losses.evidence import same_factor
from backproof.check.record.trace import PRODUCTS, Sites
from backproof.check.repair.attempts import PATIENCE, attempts
from backproof.check.repair.fix import Fix
from backproof.check.repair.headway import Headway
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_UPDATES = 6
_NAMES = 25
_SEVERAL = 5  # parameters that a program forgets to train
_LIKE = 0.1  # how unlikely it is that a line is missing as the last one was
_TURN = 0.3  # how unlikely it is that a loop leaves out a turn, beside what a line more costs


def missing_updates(
    source: Source,
    texts: Mapping[str, str],
    judgement: Judgement,
    sites: Sites,
    names: Sequence[str],
    sandbox: Sandbox,
    seconds: float,
) -> list[Fix]:
    """The fix that trains what no step changes, if one is found in time.

    Args:
        texts: of every file that took part, by its name in the folder.
        names: these parameters as the forward pass reads them; others may come to light when they are trained.
    """
    until = time.monotonic() + seconds
    made: list[tuple[str, Edit]] = []
    mended, like = dict(texts), list[tuple[str, Edit]]()
    while names and len(made) < _SEVERAL:
        trained = len(judgement.training.parameters)
        for name in dict.fromkeys(names):  # one after the other: the next is written as the last one was
            left = until - time.monotonic()
            found = _missing_update(source, judgement, sites, name, mended, sandbox, left, like)
            if found is None:
                return []
            (file, edit), judgement, sites = found
            like = [(file, other) for other in _of_others(edit, name, names[names.index(name) :])]
            made.append((file, edit))
            mended[file] = edit.apply(mended[file])
            if len(judgement.training.parameters) >= trained + len(names):
                break  # one line may train several
        recording = sandbox.run(source, texts=mended, patience=PATIENCE)
        if not recording.trainings:
            return []
        judgement, sites = judge(recording.trainings[0]), recording.sites
        now = replace(source, text=mended[source.run_name])
        names = [one.name for one in inconsistencies(now, recording, judgement, 0, mended) if one.name]
    return [] if names else [Fix(tuple(made), mended, judgement)]


def _missing_update(
    source: Source,
    judgement: Judgement,
    sites: Sites,
    name: str,
    texts: Mapping[str, str],
    sandbox: Sandbox,
    seconds: float,
    like: Sequence[tuple[str, Edit]],
) -> tuple[tuple[str, Edit], Judgement, Sites] | None:
    """The edit with which one more parameter is trained, and all are right, with what is known of the program then.

    Args:
        like: what the update of another parameter that was missing says for the others.
    """
    trained, apart = len(judgement.training.parameters), _moved_apart(judgement)
    losses, until = losses_meant(judgement), time.monotonic() + seconds
    right = len(judgement.match.right) if judgement.match is not None else 0
    moved = Counter(judgement.training.chains[p].site for p in judgement.training.parameters)
    updates = _UPDATES * max(moved.values(), default=1)  # a line may move several in each step
    for file in dict.fromkeys([*(sites.files[site] for site in moved), source.run_name]):
        if file not in texts:
            continue
        own = [edit for where, edit in like if where == file]
        edits = [*own, *_insertions(Editor(texts[file]), judgement, sites, file, name)]
        edits.sort(key=lambda edit: edit.cost)
        left = until - time.monotonic()
        for edit, _, recording in attempts(source, edits, sandbox, left, updates, file=file, texts=texts):
            trainings = recording.trainings[:1]
            if not trainings or len(trainings[0].steps) < 2 or len(trainings[0].parameters) <= trained:
                continue
            look = Headway(losses, sites, file, edit, texts[file], right, telling=None, promised=0.0)
            if not look.is_nearer(look.looked_at(trainings[0], recording.sites)):
                continue
            found = judge(trainings[0], brief=True)
            if (
                found.verdict == "right"
                and found.match is not None
                and all(e.agreeing for e in found.match.evidence.values())
                and _moved_apart(found) <= apart
            ):
                return (file, edit), found, recording.sites
    return None


def _moved_apart(judgement: Judgement) -> int:
    """How many parameters are moved by another factor than all others: a single number that is moved by anything seems
    to follow its gradient for a while, but not by the rate of the others."""
    most = 0
    for number in judgement.match.gradients if judgement.match is not None else ():
        evidence = judgement.match.evidence.values() if judgement.match is not None else ()
        factors = [e.factors[number] for e in evidence if number in e.factors]
        most = max(most, sum(sum(same_factor(one, other) for other in factors) == 1 for one in factors))
    return most


def _of_others(found: Edit, name: str, names: Sequence[str]) -> Iterator[Edit]:
    """What an added line says for other parameters, by their numbers, behind that line: for `b2` what it says for
    `b1`; for all of them first, and then for each."""
    own, at = re.findall(r"\d+", name), found.start + len(found.text)
    if found.start != found.end or len(set(own)) != 1:
        return
    lines: list[str] = []
    for other in names:
        numbers = re.findall(r"\d+", other)
        alike = other != name and re.sub(r"\d+", "0", other) == re.sub(r"\d+", "0", name)
        if alike and len(set(numbers)) == 1:
            lines.append(re.sub(rf"(?<=[A-Za-z_\[]){own[0]}(?!\d)", numbers[0], found.text))
    for rank, text in enumerate(dict.fromkeys(["".join(lines), *lines]) if lines else ()):
        yield Edit(at, at, text, found.line, "missing line", _LIKE + 0.01 * rank, f"{text.strip()} is missing")


def _insertions(editor: Editor, judgement: Judgement, sites: Sites, file: str, name: str) -> Iterator[Edit]:
    """Lines to add behind the updates of other parameters."""
    whole = name.split("[", maxsplit=1)[0] if not re.search(r"\[['\"]", name) else name
    words = re.findall(r"\w+", whole)
    known = set(re.findall(r"\w+", editor.text))
    yield from in_lists(editor, name, known)
    lines = {
        sites.sites[judgement.training.chains[p].site].line
        for p in judgement.training.parameters
        if sites.files[judgement.training.chains[p].site] == file
    }
    gradients = _lines_of_gradients(judgement, sites, file)
    for line in sorted(editor.thrown_away):
        thrown = editor.statement_at(line)
        yield from kept(editor, thrown) if thrown is not None else ()
    for line in sorted(lines):
        statement = editor.statement_at(line)
        if not isinstance(statement, ast.Assign | ast.AugAssign):
            continue
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        own, (first, last) = editor.segment(target), editor.whole_lines(statement)
        if first is None or last is None or not words:
            continue
        text = editor.text[first:last]
        text = text if text.endswith("\n") else text + "\n"
        for source in map(editor.statement_at, [line, *gradients.get(line, ())]):
            yield from bias_updates(editor, statement, source, name) if source is not None else ()
        made = [(0.5, text.replace(re.findall(r"\w+", own)[-1], words[-1]))]
        for other in dict.fromkeys((name, _at_turn(target, name))):
            made += [(0.3 + 0.01 * k, said) for k, said in enumerate(said_for(text, own, other, known))]
        space = text[: len(text) - len(text.lstrip())]
        layers = dict.fromkeys(as_other_layer(editor, statement, name))
        made += [(0.35 + 0.01 * k, f"{space}{said}\n") for k, said in enumerate(layers)]
        steps = bias_steps(editor, statement, _at_turn(target, name))
        made += [(0.8 + 0.01 * k, f"{space}{said}\n") for k, said in enumerate(steps)]
        yield from beside_loop(editor, statement)
        yield from behind_loop(editor, statement, name)
        yield from _other_turns(editor, statement)
        others = [(0.4, other, name) for other in editor.unread(statement)]
        others += [(1.0 + 0.05 * rank, other, whole) for rank, other in enumerate(editor.near(statement, _NAMES))]
        for cost, other, called in others:
            for node in ast.walk(statement.value):
                if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and editor.segment(node) != own:
                    start, end = (place - first for place in editor.span(node))
                    made.append((cost, (text[:start] + other + text[end:]).replace(own, called)))
        for beside in editor.block_of(statement):
            # a line that only hands the parameter on stands where its update should
            begins, ends = editor.whole_lines(beside)
            if not isinstance(beside, ast.Assign) or beside is statement or begins is None or ends is None:
                continue
            if re.findall(r"\w+", editor.segment(beside.targets[0]))[-1:] == words[-1:]:
                says = f"{made[0][1].strip()} is meant"
                yield Edit(begins, ends, made[0][1], beside.lineno, "missing line", 0.4, says)
        yield from _names_of(editor, statement, own, words[-1])
        for cost, added in made:
            yield Edit(last, last, added, line, "missing line", cost, f"{added.strip()} is missing")


def _lines_of_gradients(judgement: Judgement, sites: Sites, file: str) -> dict[int, list[int]]:
    """Of each line that moves a parameter those that compute its gradient: products that nothing else is made of."""
    found: dict[int, list[int]] = {}
    for frame in judgement.frames[:1]:
        for node in sorted(frame.backward, reverse=True):
            (parameter, *others) = frame.reached.get(node, {-1})
            site, multiplies = frame.trace.sites[node], frame.trace.operations[node] in (*PRODUCTS, "multiply", "outer")
            if others or parameter < 0 or site < 0 or not multiplies or sites.files[site] != file:
                continue
            update = sites.sites[judgement.training.chains[parameter].site].line
            lines = found.setdefault(update, [])
            if (line := sites.sites[site].line) not in (update, *lines):
                lines.append(line)
    return found


def _other_turns(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The loops around an update, that leave out a turn and with it a layer, with one turn more or less."""
    used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    for loop in editor.loops_around(statement):
        if isinstance(loop, ast.For) and not used.isdisjoint(counted_by(loop)):
            start, end = editor.span(loop.iter)
            inside = (edit for edit in edits_of(editor, loop) if edit.kind == "index" and start <= edit.start < end)
            yield from (replace(edit, cost=_TURN + 0.1 * edit.cost) for edit in inside if edit.end <= end)
            yield from _uncut(editor, loop)


def _uncut(editor: Editor, loop: ast.For) -> Iterator[Edit]:
    """The whole of what a loop goes through, or counts, where only a part of it was kept: `inputs = row[:-1]`."""
    read = {node.id for node in ast.walk(loop.iter) if isinstance(node, ast.Name)}
    scope = editor.scope(loop)
    for node in ast.walk(scope):
        if not isinstance(node, ast.Assign) or not isinstance(cut := node.value, ast.Subscript):
            continue
        if isinstance(cut.slice, ast.Slice) and any(ast.unparse(target) in read for target in node.targets):
            yield editor.replace(cut, editor.segment(cut.value), "index", _TURN)


def _at_turn(target: ast.expr, name: str) -> str:
    """What a parameter is called at the turn of a loop: `b[name]` for `b["h1"]` where `w[name]` is updated."""
    holder = re.fullmatch(r"""(.+)\[(['"]).*\2\]""", name)
    if holder and isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Name):
        return f"{holder[1]}[{target.slice.id}]"
    return name


def _names_of(editor: Editor, statement: ast.stmt, own: str, name: str) -> Iterator[Edit]:
    """A loop over the names of what it updates that lacks some: one more, or all that the holder has."""
    loop = editor.parents.get(statement)
    if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.List | ast.Tuple) or not loop.iter.elts:
        return
    names = [item.value for item in loop.iter.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    if len(names) == len(loop.iter.elts):
        _, end = editor.span(loop.iter.elts[-1])
        says = f"{name} is missing among the names"
        yield Edit(end, end, f", {name!r}", loop.lineno, "missing line", 0.3, says)
        yield editor.replace(loop.iter, own.split("[", maxsplit=1)[0], "missing line", 0.2, says)

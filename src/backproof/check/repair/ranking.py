"""Where a fix is looked for first: how unlikely it is that a line is the wrong one."""

import ast
from collections import defaultdict
from collections.abc import Iterable

import torch

from backproof.check.consistency.unread import moved_alike
from backproof.check.edits import Editor
from backproof.check.edits.factors import is_renaming
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.called import calls_of, own_place
from backproof.check.locate.early import where_they_meet
from backproof.check.locate.following import makes_whole
from backproof.check.locate.locate import Suspicion
from backproof.check.locate.strays import stray_keys
from backproof.check.losses.before_move import candidates
from backproof.check.losses.evidence import same_factor, shares_of
from backproof.check.losses.losses import Stated, computed_from, reaches
from backproof.check.losses.match import Match, penalties
from backproof.check.record.trace import Sites
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.values import Reading, values_by_text
from backproof.check.syntax import parsed

_SEEN = 1e-6  # of the largest move, which what is seen of its gradient is at least
SURE = 0.8  # how much likelier a line is in which one other gradient would make all parameters right


def ranks_of(judgement: Judgement, suspicion: Suspicion, sites: Sites) -> dict[tuple[str, int], float]:
    """How unlikely it is that a line is the wrong one: suspects first, in their order, then the rest of the step."""
    ranks: dict[tuple[str, int], float] = {}

    def add(keys: Iterable[Key], rank: float, step: float) -> None:
        for key in keys:
            for site in lines_behind(judgement, key):
                place = sites.line(site)
                if place not in ranks:
                    ranks[place] = rank
                    rank = min(rank + step, 3.0)

    frame = judgement.frames[0]
    add([(fault.site, 0) for fault in judgement.faults], 0.0, 0.1)
    add([(judgement.training.chains[fault.parameter].site, 0) for fault in judgement.faults], 0.0, 0.1)
    for fault in judgement.faults:
        states = [c for c, owner in judgement.training.states.items() if owner == fault.parameter]
        add([(judgement.training.chains[c].site, 0) for c in states], 0.1, 0.1)
    alone = {fault.parameter for fault in judgement.faults}
    for parameter in sorted(alone) if len(alone) < len(frame.parameters) else ():
        add(_keys(frame, [n for n in candidates(frame, parameter) if frame.reached.get(n) == {parameter}]), 0.1, 0.1)
    dead = is_dead(judgement)
    if dead:
        # something does not reach the loss at all: the forward pass is looked at first
        add(suspicion.forward, 0.0, 0.04)
    whole = [one.key for one in suspicion.wanted if makes_whole(one.gain)]
    add(whole, -SURE, 0.1)
    add(suspicion.needed, 0.0, 0.1)
    add([one.key for one in suspicion.wanted if one.key not in whole], 0.0, 0.1)
    add(suspicion.blamed, 0.0, 0.05)
    add([key for key in suspicion.suspects if key in suspicion.first], 0.8 if dead else 0.0, 0.1)
    add(stray_keys(judgement, sites), 0.0, 0.1)
    add(_strays(judgement, frame), 0.3, 0.1)
    add(suspicion.suspects, 0.8, 0.08)
    add(_keys(frame, sorted(frame.backward)), 1.2, 0.02)
    add(suspicion.forward, 1.0, 0.02)
    add(_keys(frame, sorted(frame.dependent)), 1.5, 0.02)
    return ranks


def with_sources(ranks: dict[tuple[str, int], float], editors: dict[str, Editor]) -> dict[tuple[str, int], float]:
    """The lines, and after each of the likeliest the lines that give its variables their values."""
    wider = dict(ranks)
    for (file, line), rank in ranks.items():
        if file not in editors or rank > 0.9:
            continue
        for source in editors[file].sources(line):
            # what no step computes makes the data, and is seldom wrong; but what a turn of a loop hands on to the next
            # as it is was not computed there
            handed_on = _hands_on(editors[file], source, line)
            later = 0.25 if (file, source) in ranks or handed_on else 1.5
            wider[file, source] = min(wider.get((file, source), 9.0), rank + later)
        if (loop := editors[file].loop_around(line)) is not None:
            # nothing is recorded of the head of a loop, which may leave out its first turn or its last
            wider[file, loop] = min(wider.get((file, loop), 9.0), rank + 0.1)
    called = {name for file, line in wider if file in editors for name in editors[file].called(line)}
    for file, editor in editors.items():
        # a line that only passes a value on computes nothing, so that nothing of it was recorded
        for line in editor.passing(called, {line for name, line in ranks if name == file}):
            wider[file, line] = min(wider.get((file, line), 9.0), 0.3)
    return wider


def _hands_on(editor: Editor, source: int, line: int) -> bool:
    """Whether a line gives a variable another one's value for the next turn of the loop in which a line reads it."""
    statement, loop = editor.statement_at(source), editor.loop_around(line)
    names = isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name | ast.Attribute | ast.Subscript)
    return names and source > line and loop is not None and editor.loop_around(source) == loop


def is_dead(judgement: Judgement) -> bool:
    """Whether a parameter is moved though the loss does not depend on it, and is not what an optimizer keeps."""
    return bool(_dead(judgement))


def _dead(judgement: Judgement) -> list[int]:
    found = judgement.match
    if found is None:
        return []
    wrong = [p for p in found.evidence if not (found.evidence[p].holds or _fades(judgement.frames[0], p))]
    still = [p for p in wrong if all(not bool(g[p].any()) for g in found.gradients.values() if p in g)]
    # with an input of zero the loss depends on a weight all the same
    reached = reaches(judgement.frames[0], found.loss, still) if still else set[int]()
    # and where one line moves several, those of neurons that rest belong to the network as the others do
    chains = judgement.training.chains
    used = {chains[p].site for p in found.reached}
    return [p for p in still if p not in reached and chains[p].site not in used]


def _fades(frame: Frame, parameter: int) -> bool:
    """Whether a step leaves of a value a share and adds something to it, as to a momentum."""
    before, after = frame.step.before.get(parameter), frame.step.after.get(parameter)
    if after is None or frame.trace.operations[after] not in ("add", "subtract"):
        return False
    terms = [n for n in frame.trace.inputs(after) if frame.trace.operations[n] == "multiply"]
    return any(before in frame.trace.inputs(term) for term in terms)


def penalty_lines(judgement: Judgement, sites: Sites) -> set[tuple[str, int]]:
    """The lines in which a stated loss gets the squares of parameters, where these do not follow it and all others
    do: what is wrong is the penalty there, or the shares by which they decay."""
    found = judgement.match
    if found is None or not isinstance(found.loss, Stated) or not judgement.telling:
        return set()
    frame = judgement.telling[0]
    squares = penalties(frame, found.loss)
    penalised = {parameter for parameter, _ in squares}
    if not penalised or any(e.holds == (p in penalised) for p, e in found.evidence.items()):
        return set()
    if not all(_lacks_a_share(judgement.frames, found, p) for p in penalised & found.evidence.keys()):
        return set()
    path, nodes = computed_from(frame, found.loss), [node for _, node in squares]
    behind = frame.onward(nodes, path, max(path, default=-1))
    places = {frame.trace.sites[node] for node in (*nodes, *behind)} - {-1}
    return {sites.line(site) for site in places}


def _lacks_a_share(frames: list[Frame], found: Match, parameter: int) -> bool:
    """Whether a parameter's moves may be its gradient but for a share of itself, as those of a wrong penalty are; of
    what an optimizer makes of a gradient that is not known."""
    if found.evidence[parameter].handed is not None:
        return True
    rows = [
        (frames[n].move(parameter).detach().reshape(-1), each[parameter].reshape(-1), frames[n].start(parameter))
        for n, each in found.gradients.items()
        if n < len(frames) and parameter in each and parameter in frames[n].moves
    ]
    fits = [(moved, torch.stack([gradient, own.detach().reshape(-1)], dim=1)) for moved, gradient, own in rows]
    whole = [(torch.cat([moved for moved, _ in fits]), torch.cat([terms for _, terms in fits]))] if fits else []
    return any(bool(each) and all(_is_gradient_and_share(*fit) for fit in each) for each in (whole, fits))


def _is_gradient_and_share(moved: torch.Tensor, terms: torch.Tensor) -> bool:
    """Whether moves are a gradient times a number and a share of what is moved; these are the columns of the terms."""
    shares = shares_of(moved, terms)
    return shares is not None and abs(shares[0]) * float(terms[:, 0].abs().max()) > _SEEN * float(moved.abs().max())


def is_turned(judgement: Judgement) -> bool:
    """Whether all is right but the direction in which some parameters are moved, or all of them."""
    if judgement.faults:
        return all(fault.turned for fault in judgement.faults)
    found = judgement.match
    if found is None or found.unsteady or not found.follows:
        return False
    if any(e.handed is not None for e in found.evidence.values()):
        return False
    steps = [[e.factors[n] for e in found.evidence.values() if n in e.factors] for n in found.gradients]
    upward = any(factor > 0 for factors in steps for factor in factors)
    return upward and all(same_factor(abs(factor), abs(factors[0])) for factors in steps for factor in factors)


def lines_ahead(judgement: Judgement, suspicion: Suspicion, sites: Sites) -> set[tuple[str, int]]:
    """The lines of the forward pass, of which the numbers do not tell, and in which a sign is as likely."""
    computed = (key[0] for key in suspicion.forward if key in judgement.frames[0].by_key)
    return {sites.line(site) for site in computed if site >= 0}


def idle_variables(judgement: Judgement, sites: Sites, texts: dict[str, str]) -> set[str]:
    """What is moved as parameters are, though the loss does not depend on it, and the variables that are computed from
    parameters, the targets apart, and that it does not need."""
    found = {text for frame in judgement.frames[:2] for text in _moved_for_nothing(frame, sites, texts)}
    if judgement.match is None or not judgement.frames or not (dead := _dead(judgement)):
        return found
    frame = judgement.frames[0]
    path = computed_from(frame, judgement.match.loss)
    unused = {frame.step.before.get(parameter) for parameter in dead}
    known = values_by_text(frame, Reading(texts, sites))
    stated = {match.loss.key[0] for match in judgement.matches if isinstance(match.loss, Stated)}  # of other samples
    return found | {
        text
        for table in known.values()
        for text, node in table.items()
        if frame.trace.sites[node] not in stated
        if node in unused
        or (node in frame.forward and node not in path and not frame.ancestors([node], frame.forward) & path)
    }


def _moved_for_nothing(frame: Frame, sites: Sites, texts: dict[str, str]) -> set[str]:
    moved = {node for move in moved_alike(frame) for node in (move.carried, move.node)}
    known = values_by_text(frame, Reading(texts, sites)) if moved else {}
    return {text for table in known.values() for text, node in table.items() if node in moved}


def renamed_on_the_way(
    judgement: Judgement, sites: Sites, editors: dict[str, Editor], ranks: Iterable[tuple[str, int]]
) -> set[tuple[str, int]]:
    """The lines that give a value of the forward pass another name, or return it: what they lack is no factor, which
    a derivative is, or a rate. They compute nothing themselves, and belong to what their function computes, or to what
    they name."""
    found = judgement.match
    if found is None:
        return set()
    frame = judgement.frames[0]
    path = computed_from(frame, found.loss)
    ahead, behind = lines_of(frame, path, sites), lines_of(frame, frame.backward - path, sites)
    computed: dict[tuple[str, ast.AST], set[tuple[str, int]]] = {}
    for file, line in ahead | behind:
        if file in editors and (statement := editors[file].statement_at(line)) is not None:
            computed.setdefault((file, editors[file].scope(statement)), set()).add((file, line))
    lines: set[tuple[str, int]] = set()
    for file, line in ranks:
        statement = editors[file].statement_at(line) if file in editors else None
        returned = isinstance(statement, ast.Return) and isinstance(statement.value, ast.Name)
        if statement is None or not (returned or is_renaming(statement)):
            continue
        scope = editors[file].scope(statement)
        whole = isinstance(scope, ast.FunctionDef)
        named = {(file, source) for source in editors[file].sources(line)} & (ahead | behind)
        of = computed.get((file, scope), set()) if whole and not named else named
        if of and not of & behind:
            lines.add((file, line))
    return lines


def early_updates(judgement: Judgement, sites: Sites) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """The lines of updates whose new values are read for the moves of the very same step, and the lines that do so,
    with those that call what several lines call; not those of what the loss does not depend on, which an optimizer may
    keep."""
    found: set[tuple[str, int]] = set()
    reading: set[tuple[str, int]] = set()
    kept = set() if judgement.match is None else judgement.match.evidence.keys() - judgement.match.reached
    called: dict[int, set[int]] | None = None
    for frame in judgement.frames[:1]:
        updates = set(frame.written) - {node for p in kept for node in judgement.training.chains[p].updates}
        for node in updates:
            readers = [r for r in frame.training.readers[node] if r in frame.backward and r not in updates]
            site = frame.trace.sites[node]
            if readers and site >= 0:
                found.add(sites.line(site))
                reading |= lines_of(frame, readers, sites)
                called = calls_of(frame) if called is None else called
                found.add(sites.line(own_place(frame.trace, frame.key(node), called)[0]))
                reading |= {sites.line(own_place(frame.trace, frame.key(reader), called)[0]) for reader in readers}
                for moves, reads in {where_they_meet(frame, node, reader) for reader in readers}:
                    found.add(sites.line(moves))
                    reading.add(sites.line(reads))
    return found, reading


def ends_with_rate(editor: Editor, statement: ast.stmt, moving: list[int]) -> tuple[str, ...]:
    """The ends of what is multiplied or divided by a setting that the updates use, a rate, elsewhere than in them."""
    updates = {s for line in moving if (s := editor.statement_at(line)) is not None}
    if statement in updates:
        return ()
    read = {
        editor.segment(n) for s in updates for n in editor.own_expressions(s) if isinstance(n, ast.Name | ast.Attribute)
    }
    return tuple(f"{sign} {name}" for name in sorted(read & editor.settings) for sign in "*/")


def shapes_of_variables(
    texts: dict[str, str], judgement: Judgement, sites: Sites
) -> dict[str, dict[str, tuple[int, ...]]]:
    """The shapes of variables, from the values that were put into them; of none that has several in one step, as the
    errors of one layer after the other."""
    trace, step = judgement.training.trace, judgement.frames[0].step
    within: dict[int, set[tuple[int, ...]]] = defaultdict(set)
    for node in range(max(step.start, 0), step.end + 1):
        within[trace.sites[node]].add(trace.shape(node))
    last = {site: nodes[-1] for site, nodes in trace.by_site.items()}
    shapes = {site: within.get(site, {trace.shape(node)}) for site, node in last.items() if site >= 0}
    for site, node in _last_within_calls(judgement.frames[0]).items():
        shapes.setdefault(site, {trace.shape(node)})
    places = ((sites.files[site], sites.sites[site], own) for site, own in shapes.items())
    at = {(file, p.line, p.column, p.end_line, p.end_column): own for file, p, own in places}
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for file, text in texts.items():
        names: dict[str, set[tuple[int, ...]]] = defaultdict(set)
        for statement in ast.walk(parsed(text)):
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                value = statement.value
                where = file, value.lineno, value.col_offset, value.end_lineno or 0, value.end_col_offset or 0
                if where in at:
                    names[ast.get_source_segment(text, statement.targets[0]) or ""] |= at[where]
        found[file] = {name: shape for name, (shape, *more) in names.items() if not more}
    return found


def _last_within_calls(frame: Frame) -> dict[int, int]:
    """Of each call of a step the node that was computed last in it, which is mostly what it gives."""
    trace, found = frame.trace, dict[int, int]()
    for node in range(max(frame.step.start, 0), frame.step.end + 1):
        found.update(dict.fromkeys(trace.calls(trace.paths[node]), node))
    return {call: node for call, node in found.items() if call >= 0}


def lines_of(frame: Frame, nodes: Iterable[int], sites: Sites) -> set[tuple[str, int]]:
    """The lines in which some nodes are computed."""
    return {sites.line(site) for node in nodes if (site := frame.trace.sites[node]) >= 0}


def _keys(frame: Frame, nodes: Iterable[int]) -> list[Key]:
    return [frame.key(node) for node in nodes]


def _strays(judgement: Judgement, frame: Frame) -> list[Key]:
    if judgement.match is None:
        return []
    wrong = [p for p in frame.parameters if p in judgement.match.strays or p not in judgement.match.right]
    return [key for p in wrong for key in _keys(frame, [*candidates(frame, p), frame.step.after[p]])]


def lines_behind(judgement: Judgement, key: Key) -> list[int]:
    """The site itself, and the calls that led to it."""
    site, path = key
    paths = judgement.training.trace.call_paths
    found = [site] if site >= 0 else []
    while path > 0 and len(found) < 4:
        path, call = paths[path]
        if call >= 0:
            found.append(call)
    return found

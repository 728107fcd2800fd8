"""What is known about some lines before an edit of them is tried."""

import ast
from collections.abc import Mapping
from itertools import islice
from math import prod

from backproof.check.edits import Editor
from backproof.check.edits.analogies import lines_that_reset
from backproof.check.edits.averages import averages_of_others
from backproof.check.edits.axes import lines_turned_round
from backproof.check.edits.fixed_slots import lines_of_fixed_slots
from backproof.check.edits.flat_slopes import lines_of_flat_slopes
from backproof.check.edits.left_out import lines_that_leave_out
from backproof.check.edits.moves_of_others import lines_that_move_another
from backproof.check.edits.never_emptied import lines_never_emptied
from backproof.check.edits.never_read import lines_that_begin_with_zeros
from backproof.check.edits.objects_apart import lines_of_shared_objects
from backproof.check.edits.slopes import lines_of_turned_slopes
from backproof.check.edits.taken_twice import lines_taken_twice
from backproof.check.edits.zipped import lines_that_zip_an_element
from backproof.check.judge.judgement import Judgement
from backproof.check.judge.steps import repeating_writes
from backproof.check.locate.following import makes_whole
from backproof.check.locate.locate import Suspicion
from backproof.check.locate.wanted import Wanted
from backproof.check.losses.before_move import added_to
from backproof.check.record.trace import Sites
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading
from backproof.check.syntax import parsed

Line = tuple[str, int]
"""A file's name in its folder, and a line of it."""


def lines_of(wanted: Wanted, reading: Reading) -> list[Line]:
    """The line that wants another gradient: where what stands there is right and only gets another name for something
    else on the next line (it has lost a factor on the way), that line before it; empty if it is unknown."""
    site = wanted.key[0]
    if site < 0:
        return []
    name, line = reading.sites.line(site)
    target = reading.target(site) if wanted.true and wanted.times == 1.0 else None
    renamed = Editor(reading.texts[name]).renamed(line, target) if target and name in reading.texts else None
    return [(name, line)] if renamed is None else [(name, renamed), (name, line)]


def sure_lines(judgement: Judgement, suspicion: Suspicion, reading: Reading) -> set[Line]:
    """The lines that are known to be wrong without an edit: another gradient would make all right, or they are an
    optimizer's that does what none does."""
    sites = reading.sites
    whole = [line for one in suspicion.wanted if makes_whole(one.gain) for line in lines_of(one, reading)[:1]]
    faulty = [fault.site for fault in judgement.faults if fault.site >= 0]
    return {*whole, *(sites.line(site) for site in faulty)}


def lines_of_starts(judgement: Judgement, sites: Sites) -> set[Line]:
    """The lines that give parameters the numbers that they begin with: no gradient is wrong because of these."""
    training = judgement.training
    first = training.steps[0].before.values() if training.steps else ()
    made = {training.trace.sites[node] for node in first if node is not None}
    moving = {chain.site for chain in training.chains}
    return {sites.line(site) for site in made - moving if site >= 0}


def lines_summed_too_far(suspicion: Suspicion, sites: Sites) -> set[Line]:
    """The lines that compute a single number where the gradient of several belongs: a sum without its axis."""
    if suspicion.following is None or not suspicion.following.frames:
        return set()
    trace, found = suspicion.following.frames[0].trace, set[Line]()
    for one in suspicion.wanted:
        values = one.values[0] if one.values and one.key[0] >= 0 else {}
        if any(prod(trace.shape(node)) == 1 < gradient.numel() for node, gradient in values.items()):
            found.add(sites.line(one.key[0]))
    return found


def expected_right(suspicion: Suspicion, reading: Reading, right: int) -> Mapping[Line, int]:
    """Of each line that has to be mended with others: how many parameters are right when it alone is."""
    several = suspicion.together if len(suspicion.together) > 1 else []
    return {line: right + max(round(one.gain), 1) for one in several for line in lines_of(one, reading)}


def lines_of_optimizer(judgement: Judgement, sites: Sites) -> set[Line]:
    """The lines that change what an optimizer keeps, and those that move the parameters by it."""
    training = judgement.training
    found = [training.chains[n].site for n in (*training.states, *(training.parameters if training.states else ()))]
    return {sites.line(site) for site in found if site >= 0}


def lines_that_count(judgement: Judgement, reading: Reading) -> set[Line]:
    """The lines that set the step count of an optimizer in whose use of it something is wrong: no step records them."""
    found: set[Line] = set()
    for fault in judgement.faults:
        power = reading.expression(fault.site) if fault.counts and fault.site >= 0 else None
        if isinstance(power, ast.BinOp) and isinstance(power.op, ast.Pow):
            name = reading.sites.files[fault.site]
            count = reading.segment(fault.site, power.right)
            tree = ast.walk(parsed(reading.texts[name]))
            lines = {n.lineno for n in tree if isinstance(n, ast.AugAssign | ast.Assign) and count in _set_by(n)}
            found.update((name, line) for line in lines)
    return found


def lines_that_look_wrong(editor: Editor, judgement: Judgement) -> set[int]:
    """The lines of a file whose text alone says that something may be missing, or too much."""
    return (
        editor.overwritten
        | editor.thrown_away
        | editor.shared
        | lines_of_shared_objects(editor)
        | averages_of_others(editor)
        | lines_that_leave_out(editor)
        | lines_taken_twice(editor)
        | lines_of_turned_slopes(editor)
        | lines_of_flat_slopes(editor)
        | lines_of_fixed_slots(editor)
        | lines_that_zip_an_element(editor)
        | lines_turned_round(editor)
        | lines_that_move_another(editor)
        | lines_never_emptied(editor)
        | lines_that_begin_with_zeros(editor)
        | lines_that_reset(editor, sums=not judgement.faults)
    )


def lines_that_move_before(judgement: Judgement, sites: Sites, editors: Mapping[str, Editor]) -> set[Line]:
    """The lines that move all parameters by what the step before has computed, with the loops that they stand in: they
    come too early, or what they are moved by comes too late."""
    found: set[Line] = set()
    for frame in judgement.frames[:2]:
        if not frame.step.after or any(_reads_this_step(frame, parameter) for parameter in frame.step.after):
            return set()
        places = (sites.line(frame.trace.sites[u]) for u in frame.step.after.values() if frame.trace.sites[u] >= 0)
        for file, line in places:
            statement = editors[file].statement_at(line) if file in editors else None
            if statement is not None:
                found |= {
                    (file, line),
                    *((file, loop.lineno) for loop in islice(editors[file].loops_around(statement), 1)),
                }
    return found


def _reads_this_step(frame: Frame, parameter: int) -> bool:
    """Whether a parameter is moved by anything that is computed from what the parameters are in this step."""
    return any(node in frame.dependent for node in added_to(frame, parameter))


def lines_that_repeat(judgement: Judgement, sites: Sites) -> set[Line]:
    """The lines that add several numbers to one and the same place at once."""
    training = judgement.training
    found = {training.trace.sites[node] for node in repeating_writes(training)} - {-1}
    return {sites.line(site) for site in found}


def _set_by(statement: ast.AugAssign | ast.Assign) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return [ast.unparse(target) for target in targets]

"""A fix that was found by trying, and how likely it is that it is what was meant."""

import ast
from dataclasses import dataclass
from functools import cached_property

from backproof.check.edits import Edit, Editor
from backproof.check.edits.given_functions import plain_functions
from backproof.check.judge.factor import reported_factor
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import Standard
from backproof.check.losses.truths import DISCORD, Truths
from backproof.check.repair.ranking import SURE
from backproof.check.sandbox.recording import Recording

_ONE = 1.001  # how much rates may differ that are one
_APT = 0.5  # what counts against a fix that changes a gradient that is what its name says
_DENIES = 2.0  # what counts against a fix of a function that gives what its name says
_RETELLS = 1.5  # what counts against a fix that changes what one branch of several tells
_NEGATES = 1.0  # what counts against a fix that puts a minus before all that the forward pass computes somewhere
_SCALED = 0.8  # what counts against a fix after which the updates are the gradient times a number
_TURNS = 2.0  # what counts against a fix that turns to another loss
_UNEVEN = 1.5  # what counts against a fix that gives a parameter a rate of its own, where the others have one
_SHIFTS = 0.8  # what counts against a fix that changes what is right, where the others lack a factor alone
_DROPS = 2.2  # what counts against a fix that takes a factor away, where no loss is told that it is too much for
_FORGETS = 2.0  # what counts against a fix for each variable, or function, that is there for nothing after it


@dataclass(frozen=True)
class Fix:
    """Edits after which the whole file is right: each in a file of the folder, in the order in which they are made."""

    edits: tuple[tuple[str, Edit], ...]
    texts: dict[str, str]
    judgement: Judgement
    recording: Recording | None = None
    told: float | None = None  # what speaks against it by the numbers of the recorded run, if they were looked at
    sure: bool = False  # whether its line is one that was found to be wrong without an edit
    restores: bool = False  # whether it gives an optimizer a part that it lacked
    spoils: bool = False  # whether it changes a gradient that is what its name says
    denies: bool = False  # whether it changes a function that gives what its name says
    retells: bool = False  # whether it changes what one branch of several tells
    negates: bool = False  # whether it puts a minus before all that the forward pass computes somewhere
    turns: bool = False  # whether another loss is followed with it than by what was right before, and none is told
    drops: bool = False  # whether it takes a factor away though no loss is told
    uneven: bool = False  # whether a parameter is moved by another rate than the others are, which was not so
    shifts: bool = False  # whether what was right is moved by another rate, where the others lack a factor alone
    unfitting: bool = False  # whether something else in the file does not fit together with it
    forgets: int = 0  # how many more variables and functions there are after it that nothing reads

    @cached_property
    def cost(self) -> float:
        """How unlikely it is that this is what was meant: what is small, and what all else agrees with, is likely."""
        against = DISCORD * self._discord() if self.told is None else self.told
        against += _FORGETS * self.forgets + _APT * self.spoils + _TURNS * self.turns + _SCALED * self._is_scaled()
        against += _DENIES * self.denies + _NEGATES * self.negates + _RETELLS * self.retells
        against += _DROPS * self.drops + _UNEVEN * self.uneven + _SHIFTS * self.shifts
        return sum(edit.cost for _, edit in self.edits) + against - SURE * (self.sure + self.restores)

    def _is_scaled(self) -> bool:
        """Whether the updates are another multiple of the stated loss's gradient than the learning rate."""
        return reported_factor(self.judgement) not in (None, 1.0)

    def _discord(self) -> int:
        found, frames = self.judgement.match, self.judgement.telling[:1]
        return Truths(frames, found.loss).discord(0, frames[0]) if found and frames else 0


def likeliest(fix: Fix) -> tuple[float, int]:
    """The order of fixes: what costs less, and of two that cost the same the one in the earlier line."""
    return round(fix.cost, 6), fix.edits[-1][1].line


def takes_away(edit: Edit, text: str) -> bool:
    """Whether an edit of a text leaves one factor of a product."""
    old = text[edit.start : edit.end]
    kept = edit.kind == "variable" and old.startswith(edit.text) and old[len(edit.text) :].lstrip().startswith("*")
    return kept or edit.kind == "extra factor"


def count_unread(text: str) -> int:
    """How many variables of a file nothing reads, each counted in its function, and how many attributes, functions and
    names that it imports."""
    editor = Editor(text)
    bodies = [node.body for node in editor.nodes if isinstance(node, ast.Module | ast.FunctionDef)]
    variables = sum(len(editor.unread(body[0], unpacked=False)) for body in bodies if body)
    imported = {a.asname or a.name for node in editor.nodes if isinstance(node, ast.ImportFrom) for a in node.names}
    attributes = [node for node in editor.nodes if isinstance(node, ast.Attribute)]
    read = {node.attr for node in attributes if isinstance(node.ctx, ast.Load)}
    unread = {node.attr for node in attributes if isinstance(node.ctx, ast.Store)} - read
    return variables + len(unread) + len(imported.union(plain_functions(editor)) - editor.names_read)


def keeps_rate(before: Judgement, after: Judgement) -> bool | None:
    """Whether all that is moved by its gradient is moved by one rate with an edit, as what was right before was; None
    if that was not so, or if there was nothing to tell it by."""
    was, now = (_rates(one) for one in (before, after))
    return max(now) <= _ONE * min(now) if was and now and max(was) <= _ONE * min(was) else None


def shifts_right(before: Judgement, after: Judgement) -> bool:
    """Whether an edit changes the rate by which those parameters are moved that were right, where the others followed
    their gradients as well, but for a factor."""
    found = before.match
    if found is None or not found.strays or not found.follows:
        return False
    was, now = _rates(before), _rates(after)
    return bool(was and now) and not max(was) / _ONE <= max(now) <= max(was) * _ONE


def _rates(judgement: Judgement) -> list[float]:
    """How many times its gradient each parameter is moved by, of those that no optimizer handles and that are right."""
    found = judgement.match
    evidence = [found.evidence[p] for p in found.right] if found is not None else []
    return [abs(next(iter(e.factors.values()))) for e in evidence if e.handed is None and e.factors]


def turns_away(before: Judgement, after: Judgement) -> bool:
    """Whether an edited program follows another standard loss than what was right before, though it tells none, or
    absolute errors alone: these are often told beside another loss, but not where they are followed."""
    if before.match is None or not before.match.right or (before.stated is not None and before.kind != "absolute"):
        return False
    was, now = _followed(before), _followed(after)
    return was is not None and now is not None and was != now and (before.stated is None or was == "absolute")


def _followed(judgement: Judgement) -> str | None:
    """The kind of the standard loss that is followed, in whole or in part; None if it is no such loss."""
    loss = judgement.match.loss if judgement.match is not None else None
    if isinstance(loss, Standard):
        return loss.kind
    return judgement.kind if loss == judgement.stated else None

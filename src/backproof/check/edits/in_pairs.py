"""Two small edits of one statement as one: where a line has two mistakes, neither alone makes anything right."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from backproof.check.edits.editor import Edit

KINDS = ("variable", "index", "transpose", "function", "extra function", "derivative", "unlike", "sign", "shape")
_BOTH = 0.3  # how much unlikelier two are than what each is by itself


def in_pairs(text: str, edits: Sequence[Edit]) -> Iterator[Edit]:
    """Every two of some edits of a text made at once: side by side, or one within what the other only adds to."""
    for one, other in combinations(edits, 2):
        both = _side_by_side(text, one, other) or _nested(text, one, other) or _nested(text, other, one)
        if both is not None:
            yield both


def _side_by_side(text: str, one: Edit, other: Edit) -> Edit | None:
    first, second = sorted((one, other), key=lambda edit: edit.start)
    if first.end > second.start or first.start == second.start:
        return None
    between = text[first.end : second.start]
    return _as_one(one, other, replace(first, end=second.end, text=first.text + between + second.text))


def _nested(text: str, inner: Edit, outer: Edit) -> Edit | None:
    """An edit of what another one keeps as it is, as in `w[1]` → `w[1].T` and `w[1]` → `w[0]`."""
    was = text[outer.start : outer.end]
    if not (outer.start <= inner.start and inner.end <= outer.end) or not was or outer.text.count(was) != 1:
        return None
    within = was[: inner.start - outer.start] + inner.text + was[inner.end - outer.start :]
    return _as_one(inner, outer, replace(outer, text=outer.text.replace(was, within)))


def _as_one(one: Edit, other: Edit, made: Edit) -> Edit:
    likelier = min(one, other, key=lambda edit: edit.cost)
    cost = one.cost + other.cost + _BOTH
    return replace(made, kind=likelier.kind, line=likelier.line, cost=cost, says=f"{one.says}; {other.says}")

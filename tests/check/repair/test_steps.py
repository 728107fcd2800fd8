"""Edits that each mend one of several mistakes, made together."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from backproof.check.edits import Edit
from backproof.check.repair.steps import Step, beside, made_after


def _step(edit: Edit, right: set[int], near: set[int], file: str = "net.py") -> Step:
    result = SimpleNamespace(match=SimpleNamespace(right=right, near=near))
    return Step(False, False, (len(right), len(near)), file, edit, cast(Any, result), cast(Any, None))


def _cost(step: Step) -> float:
    return step.edit.cost


def _edit(start: int, end: int, text: str) -> Edit:
    return Edit(start, end, text, 1, "variable", 1.0)


@given(st.text("ab", min_size=9, max_size=9), st.permutations(range(10)), st.text("xy", max_size=4), st.text("uv"))
def test_an_edit_after_another_changes_the_same_characters(text: str, at: list[int], one: str, other: str) -> None:
    a, b, c, d = sorted(at[:4])
    early, late = _edit(a, b, one), _edit(c, d, other)
    wanted = text[:a] + one + text[b:c] + other + text[d:]
    for first, second in ((early, late), (late, early)):
        made = made_after([first], second)
        assert made is not None
        assert made.apply(first.apply(text)) == wanted


def test_edits_of_the_same_place_are_not_made_together() -> None:
    assert made_after([_edit(2, 6, "a")], _edit(4, 8, "b")) is None


def test_only_what_makes_something_else_right_is_made_beside_the_best_step() -> None:
    best = _step(_edit(0, 4, "longer"), {1, 2, 3}, {1, 2, 3})
    same = _step(_edit(10, 12, "x"), {1, 2}, {1, 2})
    other = _step(_edit(20, 22, "y"), {1}, {1, 2, 3, 4})
    elsewhere = _step(_edit(20, 22, "z"), {1}, {1, 4}, "layers.py")
    assert beside(best, [same, elsewhere, best, other], _cost) == [other, elsewhere]


def test_of_what_all_follow_by_factors_of_their_own_each_that_is_mended_counts() -> None:
    every = {1, 2, 3, 4}
    best = _step(_edit(0, 4, "no factor"), {1, 2, 3}, every)
    same = _step(_edit(0, 4, "another"), {1, 2, 3}, every)
    other = _step(_edit(20, 22, "none here"), {1, 2, 4}, every)
    unlikely = _step(replace(_edit(30, 32, "nor here"), cost=2.0), {1, 2, 4}, every)
    assert beside(best, [best, same, unlikely, other], _cost) == [other, unlikely]


@given(
    st.permutations(range(12)), st.permutations(range(3)), st.lists(st.text("xy", max_size=3), min_size=3, max_size=3)
)
def test_three_edits_are_made_one_after_the_other(at: list[int], order: list[int], texts: list[str]) -> None:
    text, places = "abcdefghijk", sorted(at[:6])
    edits = [_edit(places[2 * n], places[2 * n + 1], texts[n]) for n in range(3)]
    wanted, end = "", 0
    for edit in edits:
        wanted, end = wanted + text[end : edit.start] + edit.text, edit.end
    done: list[Edit] = []
    made = text
    for n in order:
        after = made_after(done, edits[n])
        assert after is not None
        made = after.apply(made)
        done.append(after)
    assert made == wanted + text[end:]

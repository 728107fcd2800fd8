"""What a part of an expression would have to be is what makes the whole what it is to be."""

import ast

import numpy as np
import pytest

from backproof.check.repair.holes import Numbers, holes

RNG = np.random.default_rng(7)
VALUES: dict[str, Numbers] = {
    "a": RNG.normal(size=(4, 3)),
    "b": RNG.normal(size=(4, 3)),
    "row": RNG.normal(size=3),
    "wide": RNG.normal(size=(3, 6)),
    "tall": RNG.normal(size=(6, 4)),
    "c": RNG.normal(size=(4, 3)) > 0,
}
EXPRESSIONS = [
    "a + b * row",
    "-(a - b) / (1 + row)",
    "np.where(c, a, b) * row",
    "a @ wide",
    "tall @ a",
    "np.dot(a, wide) + 2",
    "np.multiply(a, b).T",
]


def _computed(expression: ast.expr, values: dict[str, Numbers]) -> Numbers:
    made = ast.fix_missing_locations(ast.Expression(expression))
    return np.asarray(eval(compile(made, "", "eval"), {"np": np, **values}), float)


def _value_of(part: ast.expr) -> Numbers | None:
    try:
        return _computed(part, VALUES)
    except (NameError, TypeError):
        return None


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_each_hole_is_solved_for(text: str) -> None:
    whole = ast.parse(text, mode="eval").body
    changed = {**VALUES, "a": RNG.normal(size=(4, 3))}
    target = _computed(whole, changed)  # so that another `a` is what has to stand there
    found = {ast.unparse(hole.expression): hole for hole in holes(whole, target, _value_of)}
    assert np.allclose(found["a"].wanted[~np.isnan(found["a"].wanted)], changed["a"][~np.isnan(found["a"].wanted)])
    assert text in {"tall @ a", "a @ wide"} or len(found) > 2


def test_what_makes_no_difference_is_left_open() -> None:
    whole = ast.parse("np.where(c, a, b)", mode="eval").body
    target = np.where(VALUES["c"], 1.0, 2.0)
    found = {ast.unparse(hole.expression): hole.wanted for hole in holes(whole, target, _value_of)}
    assert np.array_equal(np.isnan(found["a"]), ~VALUES["c"])
    assert set(found["b"][~VALUES["c"]]) == {2.0}


def test_a_product_is_solved_for_where_there_is_one_answer() -> None:
    whole = ast.parse("wide.T @ row[:, None]", mode="eval").body
    unsolved = RNG.normal(size=(6, 1))  # what no product with the six rows of three gives
    assert [ast.unparse(h.expression) for h in holes(whole, unsolved, _value_of)] == ["wide.T @ row[:, None]"]


def test_what_has_another_shape_would_have_to_stand_there() -> None:
    whole = ast.parse("a - row", mode="eval").body
    target = VALUES["a"] - VALUES["a"].mean(axis=1, keepdims=True)  # a row for each column, and not for each row
    (hole,) = (h for h in holes(whole, target, _value_of) if ast.unparse(h.expression) == "row")
    assert hole.own is None
    assert np.allclose(hole.wanted, VALUES["a"].mean(axis=1, keepdims=True))


def test_a_product_of_matrices_that_is_written_with_a_star_is_solved_for() -> None:
    whole = ast.parse("3 - tall * a", mode="eval").body  # of two `np.matrix`, which are not broadcast
    wanted = RNG.normal(size=(4, 3))
    names = {"tall": VALUES["tall"], "a": VALUES["a"], "3": np.array(3.0)}
    found = {
        ast.unparse(h.expression): h
        for h in holes(whole, 3 - VALUES["tall"] @ wanted, lambda p: names.get(ast.unparse(p)))
    }
    assert np.allclose(found["a"].wanted, wanted)


def test_what_is_known_of_another_turn_is_not_solved_with() -> None:
    """A name stands for layers of several sizes in turn, and its last value may be that of another one."""
    expression = ast.parse("x + tall", mode="eval").body
    (whole,) = holes(expression, np.ones((4, 1)), lambda part: VALUES.get(ast.unparse(part)))
    assert whole.expression is expression

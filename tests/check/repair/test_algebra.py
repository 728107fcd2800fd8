"""Sums and products are what they were, and shorter."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backproof.check.repair.algebra import joined, negated

OPERATORS = {"+": ast.Add(), "-": ast.Sub(), "*": ast.Mult(), "/": ast.Div()}
VALUES = {"a": 1.7, "b": -0.6, "c": 2.3}
PARTS = st.sampled_from(["a", "b", "c", "0", "1", "-1", "2", "-a", "-b"])


def _read(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _value(node: ast.expr) -> float:
    return float(eval(ast.unparse(node), dict(VALUES)))


@given(parts=st.lists(PARTS, min_size=2, max_size=5), signs=st.lists(st.sampled_from([*OPERATORS]), min_size=4))
def test_the_value_stays(parts: list[str], signs: list[str]) -> None:
    made, expected = _read(parts[0]), _value(_read(parts[0]))
    for part, sign in zip(parts[1:], signs, strict=False):
        if sign == "/" and part == "0":
            continue
        made = joined(OPERATORS[sign], made, _read(part))
        expected = float(eval(f"({expected!r}) {sign} ({part})", dict(VALUES)))
    assert _value(made) == pytest.approx(expected)
    assert _value(negated(made)) == pytest.approx(-expected)


@pytest.mark.parametrize(
    ("sign", "left", "right", "made"),
    [
        ("*", "-b", "x", "-b * x"),
        ("*", "a", "-1 * x", "-a * x"),
        ("*", "x", "2 * y", "2 * x * y"),
        ("*", "1", "x", "x"),
        ("*", "0", "x", "0"),
        ("+", "0", "x", "x"),
        ("-", "0", "x * y", "-x * y"),
        ("/", "x", "1", "x"),
    ],
)
def test_what_a_number_says_is_left_out(sign: str, left: str, right: str, made: str) -> None:
    assert ast.unparse(joined(OPERATORS[sign], _read(left), _read(right))) == made

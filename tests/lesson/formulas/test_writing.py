"""Formulas as LaTeX and in plain characters: names, brackets, numbers."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backproof.lesson.formulas.expression import Expression, Number, Operation, read_formula
from backproof.lesson.formulas.latex import Latex
from backproof.lesson.formulas.plain import Plain
from backproof.lesson.formulas.symbols import Symbols
from backproof.lesson.formulas.writing import plain_number
from tests.lesson.formulas.evaluate import evaluate, evaluate_text

SYMBOLS = Symbols(("w1", "b1", "w12"))


@pytest.mark.parametrize(
    ("code", "latex", "plain"),
    [
        ("z1 = x @ w1 + b1", r"x\, w_{1} + b_{1}", "x w₁ + b₁"),
        ("a1 = 1.0 / (1.0 + np.exp(-z1))", r"\frac{1}{1 + e^{-z_{1}}}", "1 / (1 + e^(−z₁))"),
        (
            "d_w1 = x.T @ d_z1",
            r"{x}^{\top}\, \frac{\partial L}{\partial z_{1}}",
            "xᵀ ∂L/∂z₁",
        ),
        ("loss = np.mean(error * error)", r"\frac{1}{N} \sum_{\text{all}} \text{error} \odot \text{error}", None),
        ("d_b1 = np.sum(d_z1, axis=0)", None, "Σ[samples] ∂L/∂z₁"),
        ("a1 = np.maximum(z1, 0.0)", r"\max\left(z_{1}, 0\right)", "max(z₁, 0)"),
        ("d_z1 = d_a1 * (a1 > 0.0)", None, "∂L/∂a₁ ⊙ [a₁ > 0]"),
        ("m_hat_w1 = m_w1 / (1.0 - beta1**t)", r"\frac{m_{w_{1}}}{1 - \beta_{1}^{t}}", "m[w₁] / (1 − β₁^t)"),
        ("z = a - (b - c)", r"a - \left(b - c\right)", "a − (b − c)"),
        ("z = a / (b * c)", None, "a / (b ⊙ c)"),
        ("z = (a + b) * c", None, "(a + b) ⊙ c"),
        ("z = np.where(a > 0.0, a, 0.1 * a)", None, "a if a > 0, otherwise 0.1·a"),
    ],
)
def test_lines_read_as_mathematics(code: str, latex: str | None, plain: str | None) -> None:
    tree = read_formula(code, lambda name: name in ("t", "beta1"))
    if latex is not None:
        assert Latex(SYMBOLS.latex).write(tree) == latex
    if plain is not None:
        assert Plain(SYMBOLS.plain).write(tree) == plain


def test_a_name_that_belongs_to_a_parameter_carries_it_below() -> None:
    assert SYMBOLS.latex("v_max_w12") == r"\text{v max}_{w_{12}}"
    assert SYMBOLS.latex("d_running") == r"\frac{\partial L}{\partial \text{running}}"
    assert SYMBOLS.plain("velocity_w12") == "velocity[w₁₂]"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-2.0, "−2"),
        (0.4967141530112327, "0.49671"),
        (1.0000219487, "1.00002"),
        (180.4, "180.4"),
        (1.25e-7, "1.25×10⁻⁷"),
        (123456789.5, "1.2346×10⁸"),
        (float("-inf"), "−∞"),
        (float("nan"), "not a number"),
    ],
)
def test_numbers_for_a_reader(value: float, text: str) -> None:
    assert plain_number(value) == text


leaves = st.floats(-50, 50).filter(lambda v: abs(v) > 0.01).map(lambda v: Number(round(v, 3)))


def _combine(children: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    pairs = st.tuples(children, children)
    return st.one_of(
        children.map(lambda part: Operation("negative", (part,))),
        pairs.map(lambda parts: Operation("sum", parts)),
        pairs.map(lambda parts: Operation("sum", (parts[0], Operation("negative", (parts[1],))))),
        pairs.map(lambda parts: Operation("times", parts)),
        pairs.filter(lambda parts: abs(evaluate(parts[1])) > 0.01).map(lambda parts: Operation("fraction", parts)),
        children.map(lambda part: Operation("power", (part, Number(2.0)))),
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.recursive(leaves, _combine, max_leaves=7))
def test_brackets_stand_where_python_needs_them(tree: Expression) -> None:
    """Whatever is nested in whatever, the written formula means what the tree means."""
    wanted = evaluate(tree)
    text = Plain(str).write(tree)
    found = evaluate_text(text)
    size = _size(tree)
    assert abs(found - wanted) <= 1e-3 * size, text


def _size(tree: Expression) -> float:
    """How large the numbers are that may cancel, so that five digits of each can be told from a wrong bracket."""
    if isinstance(tree, Operation):
        inner = [_size(part) for part in tree.parts]
        match tree.kind:
            case "sum" | "negative":
                return sum(inner)
            case "times":
                return inner[0] * inner[1]
            case "power":
                return 3 * max(inner[0], 1.0) ** 2
            case "fraction":
                bottom = abs(evaluate(tree.parts[1]))
                return inner[0] / bottom * (1 + inner[1] / bottom)
    return abs(evaluate(tree)) + 1e-9

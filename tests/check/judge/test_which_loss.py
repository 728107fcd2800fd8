"""Which loss was meant, where single numbers are moved by nothing that is right."""

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.score import Case, judge


@pytest.mark.parametrize("formula", ["return fx * (1 - x)", "return x * (1 - x)"])
def test_a_loss_told_now_and_then_is_looked_for_at_every_step(formula: str) -> None:
    # of nine numbers one is a multiple of its gradient at the one step at which the loss is told: that says nothing
    (mutant,) = (m for m in MUTANTS if m.program == "scalar_weights_class.py" and m.new == formula)
    result = judge(Case(mutant.program, mutant), 0)
    assert result.verdict == "wrong", result.reason


@pytest.mark.slow
def test_the_place_is_the_slope_that_all_numbers_share() -> None:
    (mutant,) = (m for m in MUTANTS if m.program == "neuron_objects.py" and "(1 + self.output)" in m.new)
    result = judge(Case(mutant.program, mutant), 20)
    assert result.exact, result.found
    assert result.proved

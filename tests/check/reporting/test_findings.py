"""What a finding names: the whole expression around what an edit changes, as it is and as it should be."""

from backproof.check.edits import Edit
from backproof.check.reporting.edited import _expression_at, _span_at


def test_the_expression_around_a_sign_is_more_than_the_sign() -> None:
    text = "\u00e9 = 1; w += mu * before + 2\n"
    start = text.index("mu")
    span = _span_at(text, Edit(start, start + 2, "-mu", 1, "unlike", 0.0))
    assert span is not None
    assert text[slice(*span)] == "mu * before", "letters that take two bytes are counted as one"


def test_a_statement_over_two_lines_is_named_as_a_whole() -> None:
    text = "for x in xs:\n    w -= np.dot(\n        x.T, d)  # the move\n"
    start = text.index("    w")
    assert _expression_at(text, Edit(start, len(text), "", 2, "extra line", 0.0)) == "w -= np.dot( x.T, d)"
    start = text.index("xs")
    assert _expression_at(text, Edit(start, start + 2, "x", 1, "variable", 0.0)) == "for x in xs:"

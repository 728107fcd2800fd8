"""A term that a line like it has, another side of a bound, functions taken for each other, elements that differ."""

import pytest

from backproof.check.edits import Editor, edits_of


def texts(program: str, line: int) -> set[str]:
    """The whole lines that the edits of a line lead to."""
    editor = Editor(program)
    statement = editor.statement_at(line)
    assert statement is not None
    edited = (edit.apply(program) for edit in edits_of(editor, statement))
    return {text.splitlines()[line - 1].strip() for text in edited if len(text.splitlines()) >= line}


@pytest.mark.parametrize(
    ("beside", "own", "meant"),
    [
        ("g['W2'] = h.T @ d2 + l2 * w['W2']", "g['W1'] = x.T @ d1", "g['W1'] = x.T @ d1 + l2 * w['W1']"),
        ("dW2 = h.T @ d2 - reg * W2", "dW1 = np.dot(x.T, d1)", "dW1 = np.dot(x.T, d1) - reg * W1"),
        ("dWo = h.T @ d2 + reg * Wo", "dWi = x.T @ d1", "dWi = x.T @ d1 + reg * Wi"),
    ],
)
def test_a_term_is_added_as_the_line_beside_has_it(beside: str, own: str, meant: str) -> None:
    names = "W1 = W2 = Wo = Wi = d1 = d2 = reg = l2 = 1\nw = {'W1': 1, 'W2': 2}\ng = {}\n"
    assert meant in texts(f"{names}{beside}\n{own}\n", 5)


def test_a_sum_gets_no_term_twice() -> None:
    lines = "dW2 = h.T @ d2 + reg * W2\ndW1 = x.T @ d1 + reg * W1\nW1 = W2 = 1\n"
    assert "dW1 = x.T @ d1 + reg * W1 + reg * W1" not in texts(lines, 2)


def test_what_is_on_the_other_side_of_a_bound_is_tried() -> None:
    assert "d_movie += d_x[:, size:]" in texts("size = 3\nd_movie += d_x[:, :size]\n", 2)
    assert "d_user += d_x[:size]" in texts("size = 3\nd_user += d_x[size:]\n", 2)
    assert not any("2:1" in text for text in texts("d = x[1:2]\n", 1))


def test_an_element_that_is_set_may_be_meant_to_be_lessened() -> None:
    assert "d[rows, labels] -= 1" in texts("d[rows, labels] = 1\n", 1)


def test_a_hyperbolic_function_is_taken_for_another() -> None:
    assert "g = np.tanh(e) / e.size" in texts("g = np.sinh(e) / e.size\n", 1)


@pytest.mark.parametrize(
    ("loop", "line", "overwritten"),
    [
        ("for x in X:\n    g[0] = f(x)\n", 3, True),
        ("for i in range(3):\n    g[i] = f(i)\n", 3, False),
        ("while it:\n    ix = it.index\n    g[ix] = f(ix)\n", 4, False),
        ("for x in X:\n    for i in range(3):\n        g[i] = f(x, i)\n", 4, True),  # by the next sample
    ],
)
def test_an_element_that_is_another_one_at_each_turn_is_not_overwritten(
    loop: str, line: int, overwritten: bool
) -> None:
    assert (line in Editor(f"g = np.zeros(3)\n{loop}").overwritten) is overwritten

"""Lines that would say the same if they were written as those beside them."""

from backproof.check.edits import Edit, Editor, edits_of
from backproof.check.edits.analogies import as_beside

LAYERS = """dz2 = a2 - y
dW2 = a1.T @ dz2 / m
db2 = dz2.sum(axis=0) / m
dz1 = dz2 @ W2.T * (1 - a1 ** 2)
dW1 = a0.T @ dz1 / m
db1 = dz1.sum(axis=0)
grads["dW1"] = dW1
grads["dW2"] = dW1
self.w1 -= rate * d_h1 * x[0]
self.w2 -= rate * d_h1 * x[0]
g3 = g4.dot(ws[3].T) * slope(z3)
g2 = g3.dot(ws[2].T)
grads = {"b1": db1, "b2": db1, "w1": dw1}
"""


def made(line: int) -> list[str]:
    """What a line becomes by each edit."""
    editor = Editor(LAYERS)
    statement = editor.statement_at(line)
    assert statement is not None
    return [edit.apply(LAYERS).splitlines()[line - 1] for edit in as_beside(editor, statement)]


def test_a_line_gets_what_the_one_of_another_layer_has_and_its_own_numbers() -> None:
    assert made(6) == ["db1 = dz1.sum(axis=0) / m"]
    assert made(8) == ['grads["dW2"] = dW2']
    # an index may be the number of a layer, or not
    assert made(10)[:2] == ["self.w2 -= rate * d_h2 * x[0]", "self.w2 -= rate * d_h2 * x[1]"]
    assert "g2 = g3.dot(ws[2].T) * slope(z2)" in made(12)


def test_what_there_is_but_one_of_is_the_same_for_both() -> None:
    text = "d_h1 = (d_out1 * s_out1) * w5\nd_h2 = (d_out1 / g(h2)) * w6\n"
    editor = Editor(text)
    statement = editor.statement_at(2)
    assert statement is not None
    lines = [edit.apply(text).splitlines()[1] for edit in as_beside(editor, statement)]
    assert "d_h2 = (d_out1 * s_out1) * w6" in lines


def test_an_entry_of_a_dictionary_gets_what_its_name_says() -> None:
    assert 'grads = {"b1": db1, "b2": db2, "w1": dw1}' in made(13)


def test_a_line_that_is_like_the_others_stays_as_it_is() -> None:
    assert made(5) == []  # dW2, shifted by one layer, says the same


def test_what_is_too_different_is_no_example() -> None:
    assert made(1) == []


def test_the_edit_is_no_larger_than_the_difference_and_keeps_its_kind() -> None:
    editor = Editor(LAYERS)
    statement = editor.statement_at(6)
    assert statement is not None
    (edit,) = as_beside(editor, statement)
    assert (LAYERS[edit.start : edit.end], edit.text) == ("", " / m")
    for line in (6, 8):
        statement = editor.statement_at(line)
        assert statement is not None
        found: list[Edit] = list(edits_of(editor, statement))
        assert len({(e.start, e.end, e.text) for e in found}) == len(found)
    wanted = next(e for e in found if e.apply(LAYERS).splitlines()[7] == 'grads["dW2"] = dW2')
    assert (wanted.kind, wanted.cost < 0.7) == ("variable", True)
    statement = editor.statement_at(6)
    assert statement is not None
    wanted = min(edits_of(editor, statement), key=lambda e: e.cost)
    assert (wanted.kind, wanted.apply(LAYERS).splitlines()[5]) == ("missing factor", "db1 = dz1.sum(axis=0) / m")


TWINS = """gw = a.T @ dz
gb = dz.sum(axis=0)
cache_w[i] += gw ** 2
cache_b[i] += gb.sum() ** 2
self.weights -= rate * self.d_weights / (np.sqrt(cache_w[i]) + 1e-8)
self.biases -= rate * self.d_biases
"""


def twin(line: int) -> list[str]:
    editor = Editor(TWINS)
    statement = editor.statement_at(line)
    assert statement is not None
    return [edit.apply(TWINS).splitlines()[line - 1] for edit in as_beside(editor, statement)]


def test_a_line_of_a_bias_gets_what_that_of_its_weight_has_and_its_own_names() -> None:
    assert twin(4) == ["cache_b[i] += gb ** 2"]
    assert twin(6) == ["self.biases -= rate * self.d_biases / (np.sqrt(cache_w[i]) + 1e-8)"]
    assert twin(2) == [], "a gradient of a bias is another computation"


def test_a_twin_keeps_the_numbers_of_its_own_names() -> None:
    text = "m_hat = m_t / (1 - beta1 ** t)\nv_hat = v_t / (1 - beta2 * t)\n"
    editor = Editor(text)
    statement = editor.statement_at(2)
    assert statement is not None
    made = [edit.apply(text) for edit in as_beside(editor, statement)]
    assert made[0] == "m_hat = m_t / (1 - beta1 ** t)\nv_hat = v_t / (1 - beta2 ** t)\n"

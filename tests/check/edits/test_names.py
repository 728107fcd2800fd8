"""What else could stand in a line: attributes of objects that others hold, keys that are put together, factors."""

import pytest

from backproof.check.edits import Edit, Editor, edits_of

NEURONS = """def update(layers, eta):
    for neuron in layers:
        for link in neuron.links:
            link.weight -= eta * neuron.delta * neuron.output
            print(link.source.output, link.source.shape, link.source.fire())
"""
KEYS = """def back(p, g, l):
    error = g['dA%d' % l] * (1 - p['A%d' % (l - 1)])
    other = g['dA' + str(l)] * (1 - p['A' + str(l - 1)])
    third = g[f'dA{l}'] * (1 - p[f'A{l - 1}'])
    print(p['Z%d' % l], p['Z' + str(l)], p[f'Z{l}'])
"""
GATE = """def back(x, h, t, d, W, mask):
    dt = d * h * t * (1 - t)
    dp = W.T.dot(d).reshape(2, 2, 2)
"""


@pytest.mark.parametrize(
    ("text", "line", "made"),
    [
        (NEURONS, 4, "link.weight -= eta * neuron.delta * link.source.output"),
        (KEYS, 2, "error = g['dA%d' % l] * (1 - p['Z%d' % (l - 1)])"),
        (KEYS, 3, "other = g['dA' + str(l)] * (1 - p['Z' + str(l - 1)])"),
        (KEYS, 4, "third = g[f'dA{l}'] * (1 - p[f'Z{l - 1}'])"),
        (GATE, 2, "dt = d * (h - x) * t * (1 - t)"),
        (GATE, 3, "dp = (W.T.dot(d) * mask).reshape(2, 2, 2)"),
    ],
)
def test_what_is_meant_is_among_the_edits(text: str, line: int, made: str) -> None:
    assert any(made in edit.apply(text).splitlines()[line - 1 : line][0] for edit in edits_at(text, line))


def edits_at(text: str, line: int) -> list[Edit]:
    editor = Editor(text)
    statement = editor.statement_at(line)
    assert statement is not None
    edits = edits_of(editor, statement)
    return [edit for edit in edits if edit.kind in ("variable", "missing term", "missing factor")]


def test_no_form_of_an_array_and_no_call_is_a_value() -> None:
    texts = {edit.text for edit in edits_at(NEURONS, 4)}
    assert "link.source.output" in texts
    assert not {"link.source.shape", "link.source.fire"} & texts


def test_where_nothing_is_counted_the_sizes_of_what_is_near_are_its_counts() -> None:
    text = "Phi, p, y, w = made()\nfor turn in range(9):\n    g = Phi.T @ (p - y)\n    w -= g\n"
    shapes = {"Phi": (80, 40), "p": (80,), "y": (80,), "w": (40,)}
    editor = Editor(text, shapes)
    statement = editor.statement_at(3)
    assert statement is not None
    assert sorted(editor.counts_near(statement)) == ["Phi.shape[1]", "len(Phi)"]  # 40 and 80, each once
    counted = Editor(f"{text}    print(len(y))\n", shapes)
    statement = counted.statement_at(3)
    assert statement is not None
    assert counted.counts_near(statement) == ["len(y)"]


def test_what_says_of_which_type_something_is_computes_nothing() -> None:
    head = "def back(error: np.ndarray, w: Optional[float] = None) -> Tuple[int]:\n"
    text = f"{head}    rate: Real = 0.1\n    return error * w\n"
    editor = Editor(text)
    statement = editor.statement_at(3)
    assert statement is not None
    near = editor.near(statement, 20)
    assert {"error", "w", "rate"} <= set(near)
    assert not {"Optional", "Optional[float]", "float", "Tuple", "Tuple[int]", "int", "Real", "np.ndarray"} & set(near)

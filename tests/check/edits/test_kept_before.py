"""How the old value of what holds parameters is kept."""

import ast

from backproof.check.edits import Editor
from backproof.check.edits.kept_before import forms_of, is_set_between, parameters_within

LIST = "class Net:\n    def __init__(self):\n        self.w = []\n        self.w.append(first)\n"


def forms(text: str, name: str) -> list[str]:
    return [form.split("(")[0] for form in forms_of(Editor(text), name)]


def test_a_list_whose_arrays_are_moved_in_place_is_kept_with_copies_of_them() -> None:
    in_place = f"{LIST}    def step(self, k):\n        self.w[k] -= rate * self.found[k]\n"
    assert forms(in_place, "self.w")[0] == "[each.copy"
    anew = in_place.replace("self.w[k] -= rate", "self.w[k] = self.w[k] - rate")
    assert forms(anew, "self.w")[:2] == ["self.w.copy", "[each.copy"]


def test_entries_that_have_names_are_no_items_of_a_list() -> None:
    text = "def step(params, k):\n    params['W' + str(k)] -= rate\n"
    assert forms(text, "params") == ["params.copy", "{key: each.copy"]
    assert not any(form.startswith("{") for form in forms(LIST, "self.w"))


def test_of_what_is_not_known_all_forms_are_tried() -> None:
    assert len(forms("def step(w, k):\n    w[k] -= rate\n", "w")) == 4


def test_what_an_object_is_asked_for_is_kept_whole_and_no_function_is() -> None:
    def within(text: str) -> list[str]:
        return [ast.unparse(node) for node in parameters_within(ast.parse(text, mode="eval").body)]

    assert within("np.dot(layer.get_weights().T, delta)") == ["layer.get_weights()", "delta"]
    assert within("w.transpose().dot(delta.copy())") == ["w", "delta"]


def test_what_is_reached_by_a_name_that_a_loop_gives_is_not_kept_before_the_loop() -> None:
    editor = Editor("for layer in layers:\n    layer.w -= rate * layer.g\n    d = layer.get_w().T @ d\n")
    loop, read = editor.statement_at(1), editor.statement_at(3)
    assert loop is not None
    assert isinstance(read, ast.Assign)
    weights = parameters_within(read.value)[0]
    assert is_set_between(editor, loop, weights)
    assert not is_set_between(editor, read, weights)

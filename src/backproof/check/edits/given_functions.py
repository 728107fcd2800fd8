"""The functions that are given to others to call: an activation and its derivative, to a layer."""

import ast
from collections.abc import Collection, Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import name_of

_BESIDE = 0.2  # how unlikely it is that what another call is given with the same function is meant here, too,
_NAMED = 0.3  # that a function is meant that is named as the one beside it is, and
_OTHER = 1.2  # that any other one is
_UNREAD = 0.15  # how much likelier it is that one is meant that the file never reads


def other_functions(editor: Editor, functions: Collection[str]) -> Iterator[Edit]:
    """Another function in the place of each one that a call is given: `Layer(tanh, tanh_prime)` for
    `Layer(tanh, tanh)`.

    Args:
        functions: the names of all functions of the program, without methods.
    """
    calls = [
        (node, given) for node in editor.nodes if isinstance(node, ast.Call) and (given := _given(node, functions))
    ]
    defined = set(plain_functions(editor))
    for call, given in calls:
        for place, own in given.items():
            partners = [name.id for at, name in given.items() if at != place]
            alike = [other for node, other in calls if node is not call and name_of(node.func) == name_of(call.func)]
            beside = {
                other[place].id
                for other in alike
                if place in other and [name.id for at, name in other.items() if at != place] == partners
            }
            fits = any(_are_named_alike(own.id, partner) for partner in partners)
            known = (f for f in functions if f != own.id and (f in defined or editor.has(editor.tree, f)))
            for rank, name in enumerate(known):
                named = any(_are_named_alike(name, partner) for partner in partners)
                likely = _BESIDE if name in beside else _NAMED if named else _OTHER
                cost = _OTHER + 0.02 * rank if fits or likely == _OTHER else likely
                yield editor.replace(own, name, "function", cost - _UNREAD * (name not in editor.names_read))


def plain_functions(editor: Editor) -> list[str]:
    """The names of the functions that a file defines, without methods."""
    return [node.name for node in editor.tree.body if isinstance(node, ast.FunctionDef)]


def _given(call: ast.Call, functions: Collection[str]) -> dict[int | str | None, ast.Name]:
    """The functions that a call is given, by their place or name among its arguments."""
    placed = [*enumerate(call.args), *((keyword.arg, keyword.value) for keyword in call.keywords)]
    return {place: value for place, value in placed if isinstance(value, ast.Name) and value.id in functions}


def _are_named_alike(name: str, other: str) -> bool:
    """Whether one of two functions is named after the other, as `tanh_prime` and `d_tanh` are after `tanh`."""
    return name != other and (other in name or name in other)

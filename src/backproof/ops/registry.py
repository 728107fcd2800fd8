"""Finds every op by looking into the folders: to add one is to add a file."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from functools import cache
from pathlib import Path
from typing import TypeVar

from backproof.errors import DescriptionError, nearest
from backproof.ops.op import (
    Activation,
    Described,
    Initializer,
    Layer,
    Loss,
    Optimizer,
    Schedule,
)

FOLDERS: dict[str, type[Described]] = {
    "layers": Layer,
    "activations": Activation,
    "losses": Loss,
    "optimizers": Optimizer,
    "initializers": Initializer,
    "schedules": Schedule,
}

Kind = TypeVar("Kind", bound=Described)


@cache
def _places() -> dict[str, tuple[str, type[Described]]]:
    """The module of every op by the op's name, and its kind, without importing any: GELU alone costs all of SciPy."""
    here = Path(__file__).parent
    return {
        name: (f"backproof.ops.{folder}.{file.stem}", kind)
        for folder, kind in FOLDERS.items()
        for file in sorted((here / folder).glob("[!_]*.py"))
        for name in re.findall(r"^class ([A-Z]\w*)\(", file.read_text(encoding="utf-8"), re.MULTILINE)
    }


def names_of(kind: type[Described]) -> list[str]:
    """The names of every op of this kind."""
    return [name for name, (_, its_kind) in _places().items() if issubclass(its_kind, kind)]


def all_of(kind: type[Kind]) -> dict[str, type[Kind]]:
    """Every class of this kind by name, such as `all_of(Loss)`."""
    return {name: find(name, kind) for name in names_of(kind)}


def find(name: str, kind: type[Kind]) -> type[Kind]:
    """The class of this name, whatever its capitals.

    Raises DescriptionError with the nearest name when there is none.
    """
    for known in names_of(kind):
        if known.lower() == name.strip().lower():
            found: type[Kind] = getattr(importlib.import_module(_places()[known][0]), known)
            return found
    raise DescriptionError(
        f"There is no {kind.__name__.lower()} called {name!r}.{nearest(name.strip(), names_of(kind))}"
    )


def parse(words: str, kind: type[Kind], **defaults: object) -> Kind:
    """The thing that these words describe: "ReLU", "Linear(4, 16)", "SGD(momentum=0.9)".

    Arguments are read as literals, never executed. `defaults` are settings that the words may leave out.
    Raises DescriptionError when the words are not such a description.
    """
    try:
        tree = ast.parse(words.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise DescriptionError(f"{words!r} is not a {kind.__name__.lower()}: {error}.") from None
    call = tree if isinstance(tree, ast.Call) else ast.Call(func=tree, args=[], keywords=[])
    if not isinstance(call.func, ast.Name):
        raise DescriptionError(f"{words!r} is not a {kind.__name__.lower()}: write a name, as in {names_of(kind)[0]}.")
    found = find(call.func.id, kind)
    try:
        arguments = [ast.literal_eval(argument) for argument in call.args]
        named = {word.arg or "**": ast.literal_eval(word.value) for word in call.keywords}
    except ValueError:
        raise DescriptionError(f"{words!r}: its arguments must be plain numbers or words.") from None
    accepted = inspect.signature(found).parameters
    unknown = [name for name in named if name not in accepted]
    if unknown:
        raise DescriptionError(f"{found.__name__} has no argument {unknown[0]!r}.{nearest(unknown[0], accepted)}")
    positional = list(accepted)[: len(arguments)]
    for name, value in defaults.items():
        if name in accepted and name not in named and name not in positional:
            named[name] = value
    try:
        return found(*arguments, **named)
    except TypeError as error:
        reason = str(error).replace("__init__()", found.__name__ + "()").replace(f"{found.__name__}.", "", 1)
        raise DescriptionError(f"{words!r}: {reason}.") from None

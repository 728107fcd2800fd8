"""The same change at all places of a file that say the same but for the layer that they are about."""

import ast
import re
from collections.abc import Container, Iterator
from dataclasses import replace

from backproof.check.edits.difference import difference
from backproof.check.edits.editor import Edit
from backproof.check.edits.tree import Tree

_TOKENS = re.compile(r"\w+|[^\w\s]")
_DIGITS = re.compile(r"\d+")
_MOST = 8  # places, beside the first


def made_alike(text: str, edit: Edit) -> list[Edit]:
    """The edits that do at other places what an edit does at one: `np.sum(dz1)` is changed as `np.sum(dz2)` was.

    They are to be made one after the other, after the edit itself; empty if there are no such places.

    Args:
        text: what the edit is made in.
    """
    tree = Tree(text)
    around = _around(tree, edit)
    if around is None:
        return []
    start, end = tree.span(around)
    old = text[start:end]
    new = edit.apply(text)[start : end + len(edit.text) - (edit.end - edit.start)]
    known = set(_TOKENS.findall(text))
    found: dict[tuple[int, int], str] = {}
    for node in ast.walk(tree.tree):
        if type(node) is type(around) and isinstance(node, ast.expr) and node is not around:
            begins, ends = tree.span(node)
            said = _said(old, new, text[begins:ends], known) if ends <= start or begins >= end else None
            if said is not None:
                found[begins, ends] = said
    longer = len(edit.text) - (edit.end - edit.start)
    made = []
    for (begins, ends), said in sorted(found.items(), reverse=True)[:_MOST]:
        first, last, other = difference(_words(text[begins:ends]), _words(said))
        place = begins + longer * (begins >= end)
        line = 1 + edit.apply(text).count("\n", 0, place + first)
        made.append(replace(edit, start=place + first, end=place + last, text=other, line=line))
    return made


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|\W", text)


def _around(tree: Tree, edit: Edit) -> ast.expr | None:
    """The smallest product, call or the like that an edit changes, with something of it left as it is."""
    kinds = ast.BinOp | ast.Call | ast.UnaryOp | ast.Compare
    return next((node for node in tree.around(edit.start, edit.end) if isinstance(node, kinds)), None)


def _said(old: str, new: str, other: str, known: Container[str]) -> str | None:
    """What a text becomes that says the same as an old one did but for numbers in its names; None if it does not.

    Args:
        known: the words of the file: others make no sense.
    """
    mine, its = _TOKENS.findall(old), _TOKENS.findall(other)
    if len(mine) != len(its) or mine == its:
        return None
    names: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for one, another in zip(mine, its, strict=True):
        plain = _DIGITS.sub("#", one) == _DIGITS.sub("#", another)
        if not plain or (one != another and one[0].isdigit()) or names.setdefault(one, another) != another:
            return None
        numbers.update(zip(_DIGITS.findall(one), _DIGITS.findall(another), strict=True) if one != another else ())
    for word in _TOKENS.findall(new):
        if word[0].isalpha() and word not in names:
            names[word] = _DIGITS.sub(lambda digits: numbers.get(digits.group(), digits.group()), word)
    return "".join(_renamed(new, names)) if all(name in known for word, name in names.items() if name != word) else None


def _renamed(text: str, names: dict[str, str]) -> Iterator[str]:
    """A text with some words in the place of others."""
    end = 0
    for token in _TOKENS.finditer(text):
        yield text[end : token.start()]
        yield names.get(token.group(), token.group())
        end = token.end()
    yield text[end:]

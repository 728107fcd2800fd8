"""The same change at all places of a file that say the same but for the layer that they are about."""

import ast
import re
from collections.abc import Container, Iterator
from dataclasses import replace

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
    if around is None or _cuts_a_word(text, edit):
        return []
    start, end = tree.span(around)
    known = set(_TOKENS.findall(text))
    found: dict[tuple[int, int], dict[str, str]] = {}
    for node in tree.nodes:
        if type(node) is type(around) and node is not around:
            begins, ends = tree.span(node)
            apart = ends <= start or begins >= end
            names = _names(text[start:end], edit.text, text[begins:ends], known) if apart else None
            if names is not None:
                found[begins, ends] = names
    longer = len(edit.text) - (edit.end - edit.start)
    made = []
    for (begins, ends), names in sorted(found.items(), key=lambda row: row[0], reverse=True)[:_MOST]:
        place = begins + longer * (begins >= end)
        first, last = _placed(text[start:end], text[begins:ends], edit.start - start, edit.end - start)
        line = 1 + edit.apply(text).count("\n", 0, place + first)
        said = "".join(_renamed(edit.text, names))
        made.append(replace(edit, start=place + first, end=place + last, text=said, line=line))
    return made


def _cuts_a_word(text: str, edit: Edit) -> bool:
    """Whether an edit begins or ends within a word, of which other places have another."""
    return any(re.match(r"\w\w", text[at - 1 : at + 1]) for at in {edit.start, edit.end} if at)


def _placed(old: str, other: str, first: int, last: int) -> tuple[int, int]:
    """From where to where, in a text of as many words as an old one, the same words stand as there."""
    mine, its = list(_TOKENS.finditer(old)), list(_TOKENS.finditer(other))
    ahead = sum(token.end() <= first for token in mine)
    within = sum(token.end() <= last for token in mine)
    if first == last:  # something is put in, behind a word
        behind = its[ahead - 1].end() if ahead else 0
        return behind, behind
    return its[ahead].start(), its[within - 1].end()


def _around(tree: Tree, edit: Edit) -> ast.AST | None:
    """The smallest product, call, update or the like that an edit changes, with something of it left as it is."""
    kinds = ast.BinOp | ast.Call | ast.UnaryOp | ast.Compare | ast.AugAssign
    return next((node for node in tree.around(edit.start, edit.end) if isinstance(node, kinds)), None)


def _names(old: str, added: str, other: str, known: Container[str]) -> dict[str, str] | None:
    """What the words of a text that says the same as an old one but for numbers or parts in its names stand for there,
    with those of what is added to it; None if it does not say the same.

    Args:
        known: the words of the file: others make no sense.
    """
    mine, its = _TOKENS.findall(old), _TOKENS.findall(other)
    if len(mine) != len(its):
        return None
    names: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for before, one, another in zip(["", *mine], mine, its, strict=False):
        if before == "[" and one.isdigit() and another.isdigit():
            continue  # of another element
        plain = _DIGITS.sub("#", one) == _DIGITS.sub("#", another) or _shares_a_part(one, another)
        if not plain or (one != another and one[0].isdigit()) or names.setdefault(one, another) != another:
            return None
        its_own, others = _DIGITS.findall(one), _DIGITS.findall(another)
        if one != another and len(its_own) == len(others):  # `d_hidden1` beside `d_output` says nothing of a number
            numbers.update(zip(its_own, others, strict=True))
    for word in _TOKENS.findall(added):
        if word[0].isalpha() and word not in names:
            names[word] = _DIGITS.sub(lambda digits: numbers.get(digits.group(), digits.group()), word)
    return names if all(name in known for word, name in names.items() if name != word) else None


def _shares_a_part(one: str, another: str) -> bool:
    """Whether two names have as many parts, and one of them in common, as `d_hidden` and `d_output` have."""
    mine, its = one.split("_"), another.split("_")
    return len(mine) == len(its) > 1 and any(a and a == b for a, b in zip(mine, its, strict=True))


def _renamed(text: str, names: dict[str, str]) -> Iterator[str]:
    """A text with some words in the place of others."""
    end = 0
    for token in _TOKENS.finditer(text):
        yield text[end : token.start()]
        yield names.get(token.group(), token.group())
        end = token.end()
    yield text[end:]

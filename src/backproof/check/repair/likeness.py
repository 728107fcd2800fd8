"""How much of what stands in a line another text for it keeps, and whether it says more than it has to."""

import ast
import itertools
import re
from collections import Counter

from backproof.check.edits.products import chain_of
from backproof.check.repair.evaluated import Evaluation
from backproof.check.syntax import expression_of

_TOKEN = re.compile(r"\w+|\*\*|[^\w\s]")
_LONGER = 0.005  # for each character
_BY_EXP = 0.5  # where a slope is written with an exponential: by its value it is shorter


def likeness(own: str, text: str) -> float:
    """The share of a text's pairs of words and signs that another one has as well, less a little for its length."""
    before, after = (Counter(itertools.pairwise(found)) for found in map(_TOKEN.findall, (own, text)))
    by_exp = "exp(" in text and "exp(" not in own
    return (before & after).total() / max(before.total(), 1) - _LONGER * len(text) - _BY_EXP * by_exp


def has_idle_factor(text: str, evaluation: Evaluation) -> bool:
    """Whether a product gives the same without one of its factors, as one that is true everywhere."""
    factors = chain_of(expression_of(text))
    whole = evaluation.of(text) if len(factors) > 1 else ()
    for left_out in range(len(factors)):
        kept = [factor for number, factor in enumerate(factors) if number != left_out]
        less = "".join(f"{' / ' if divides else ' * '}({ast.unparse(part)})" for part, divides in kept)
        values = evaluation.of(less.removeprefix(" * ")) if less.startswith(" * ") else ()
        if values and all(v.shape == w.shape and v.allclose(w) for v, w in zip(values, whole, strict=True)):
            return True
    return False

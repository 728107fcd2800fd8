"""Formulas as MathML, with the names and the numbers that they stand for."""

from __future__ import annotations

import re
from functools import lru_cache

from latex2mathml.converter import convert
from markupsafe import Markup

MARK = re.compile(r'<mstyle mathcolor="([^"]*)">')
PLAIN_HAT = "<mo>&#x0005E;</mo>"


@lru_cache(maxsize=4096)
def mathml(latex: str, *, display: bool = False, tall: bool = False) -> Markup:
    """The MathML of a formula that `Latex(..., marked=True)` wrote; `tall` keeps fractions in a line at full size."""
    text = convert(latex, display="block" if display else "inline")
    text = text.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")
    if tall:
        text = text.replace('display="inline"', 'displaystyle="true"', 1)
    # the letter's own accent instead of a large caret
    text = text.replace(PLAIN_HAT, "<mo>ˆ</mo>")
    return Markup(MARK.sub(_marked, text))


def _marked(match: re.Match[str]) -> str:
    what = match[1]
    if what.startswith("="):
        return f'<mstyle data-value="{what[1:]}">'
    name = what.removeprefix("v:")
    return f'<mstyle class="v v-{name}">'

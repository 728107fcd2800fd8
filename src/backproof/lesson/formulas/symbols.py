"""How a name of the program is written in mathematics: `d_w2` is ∂L/∂w₂, `learning_rate` is η."""

from __future__ import annotations

import re
from dataclasses import dataclass

GREEK = {
    "learning_rate": ("\\eta", "η"),
    "momentum": ("\\mu", "μ"),
    "alpha": ("\\alpha", "α"),
    "beta1": ("\\beta_{1}", "β₁"),
    "beta2": ("\\beta_{2}", "β₂"),
    "eps": ("\\varepsilon", "ε"),
    "loss": ("L", "L"),
    "m_hat": ("\\hat{m}", "m̂"),
    "v_hat": ("\\hat{v}", "v̂"),
}
"""Names for which the field has a letter."""
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class Symbols:
    """The symbols of one program. `tensors` are its parameters: what belongs to one carries its name below."""

    tensors: tuple[str, ...]

    def latex(self, name: str) -> str:
        """The name in LaTeX."""
        if name.startswith("d_"):
            return f"\\frac{{\\partial L}}{{\\partial {self.latex(name[2:])}}}"
        if name in GREEK:
            return GREEK[name][0]
        owner = self._owner(name)
        if owner:
            return f"{_braced(self.latex(name[: -len(owner) - 1]))}_{{{self.latex(owner)}}}"
        letters, digits = _split(name)
        if digits:
            return f"{self.latex(letters)}_{{{digits}}}"
        return name if len(name) == 1 else f"\\text{{{name.replace('_', ' ')}}}"

    def plain(self, name: str) -> str:
        """The name in plain characters."""
        if name.startswith("d_"):
            return f"∂L/∂{self.plain(name[2:])}"
        if name in GREEK:
            return GREEK[name][1]
        owner = self._owner(name)
        if owner:
            return f"{self.plain(name[: -len(owner) - 1])}[{self.plain(owner)}]"
        letters, digits = _split(name)
        return letters + digits.translate(SUBSCRIPTS)

    def _owner(self, name: str) -> str:
        return next((tensor for tensor in self.tensors if name.endswith(f"_{tensor}")), "")


def _split(name: str) -> tuple[str, str]:
    match = re.fullmatch(r"(.+?)(\d*)", name)
    assert match
    return match[1], match[2]


def _braced(latex: str) -> str:
    return f"{{{latex}}}" if "_" in latex else latex

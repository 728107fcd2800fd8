"""How things show themselves in a notebook's cell. What draws them stands above and is put in by the package."""

from __future__ import annotations

from collections.abc import Callable

draw: Callable[[object], str] = repr
"""Gives the HTML of a thing."""


class Shown:
    """Shows itself as HTML in a notebook's cell."""

    def _repr_html_(self) -> str:
        return draw(self)

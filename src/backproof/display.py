"""How things show themselves in a notebook's cell: the one place below the lesson that knows that there is one."""

from __future__ import annotations


class Shown:
    """Gives a class the HTML that `backproof.lesson.jupyter` has for it; nothing is imported before it is shown."""

    def _repr_html_(self) -> str:
        from backproof.lesson.jupyter import as_html

        return as_html(self)

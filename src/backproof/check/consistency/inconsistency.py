"""What does not fit together in a file whose gradients are right."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Inconsistency:
    """What does not fit together: the line (of the Python text), the expression and the reason.

    `name` is what a parameter is called that no step changes; `file` the module in which the line is, empty for the
    checked file; `sites` are the places in the forward pass that may be meant to read what nothing reads, and
    `terms` what that is called.
    """

    line: int
    expression: str
    kind: str
    reason: str
    name: str = ""
    file: str = ""
    sites: tuple[int, ...] = ()
    terms: tuple[str, ...] = ()

"""The lines whose values are the gradients that their names say: `dA1` is the gradient by `A1`, so it is not wrong."""

import re

from backproof.check.consistency.recognised import name_in
from backproof.check.locate.following import Following
from backproof.check.losses.truths import numbered, numbers_of
from backproof.check.replay.values import Reading

_BEFORE = r"(?:d|g|grad|gradient|delta|dl|dj|de|dc|dloss|dcost|err|error)_?(?:of_|by_|wrt_)?"
_BEHIND = r"_?(?:d|grad|gradient|delta|err|error)"


def aptly_named(following: Following | None, reading: Reading) -> set[tuple[str, int]]:
    """The lines, each with its file, that give a name to the gradient of the quantity that the name is made of."""
    found: set[tuple[str, int]] = set()
    if following is None or not following.frames or following.faulty:
        return found
    frame = following.frames[0]
    quantities = numbered(frame)
    for node in sorted(frame.backward):
        site = frame.trace.sites[node]
        called = reading.target(site) if site >= 0 else None
        value = numbers_of(frame, node) if called else None
        if called is None or value is None or value.numel() < 2:
            continue
        for aim in following.told_aims:
            owners = (frame.trace.sites[quantities[place]] for place in aim.truths.owners(0, value))
            names = (reading.target(owner) for owner in owners if owner >= 0)
            if any(name is not None and says(called, name) for name in names):
                found.add(reading.sites.line(site))
    return found


def says(called: str, quantity: str) -> bool:
    """Whether a name says that it is a gradient by a quantity: `gHid` by `hid`, `hidden_error` by `hidden`."""
    own, other = name_in(called).lower(), re.escape(name_in(quantity).lower())
    return bool(re.fullmatch(f"{_BEFORE}{other}|{other}{_BEHIND}", own))

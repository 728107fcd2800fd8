"""Which numbers of a program may be meant to become great, as a reward is: it says so itself, by what it calls
them."""

import re
from collections.abc import Mapping

from backproof.check.record.trace import Sites

_GREAT = r"reward|utility|elbo|likelihood|fitness|profit|payoff"
# what may be meant to become small as well as great tells nothing, but where the file speaks of that
_SPEAKS = re.compile(rf"(?i)maximi[sz]|ascent|{_GREAT}")
_NAMED = re.compile(rf"^\s*(?!\S*(?i:neg|nll|loss|cost|error))[\w.]*?(?:(?i:{_GREAT}|objective)\w*|\bJ)\s*=\s*$")


def rising(texts: Mapping[str, str], sites: Sites) -> frozenset[int]:
    """The sites whose value is assigned, as it is, to the name of something that is to become great.

    Args:
        texts: those of the files, by their names.
    """
    lines = {name: text.splitlines() for name, text in texts.items() if _SPEAKS.search(text)}
    found: set[int] = set()
    for number, (file, site) in enumerate(zip(sites.files, sites.sites, strict=True)) if lines else ():
        if site.line <= len(own := lines.get(file, [])) and _NAMED.match(own[site.line - 1][: site.column]):
            found.add(number)
    return frozenset(found)

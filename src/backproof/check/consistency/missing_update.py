"""Where the update of a parameter that is never trained should stand."""

import re
from itertools import pairwise

from backproof.check.edits import Editor
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading


def unused_gradient(
    frame: Frame, path: set[int], reading: Reading, name: str, text: str, shape: tuple[int, ...]
) -> tuple[int, str] | None:
    """The last line that computes what would move a parameter, and that moves nothing: it has the parameter's shape,
    nothing that is moved is computed from it, and it is computed from the parameter itself, or is named after it, or
    there is one such name alone.

    Where one line moves several parameters, it is that line that leaves one out.
    """
    sites = [frame.training.chains[parameter].site for parameter in frame.training.parameters]
    if len(set(sites)) < len(sites):
        return None
    ahead = path | frame.ancestors(path, frame.forward)
    named: dict[str, int] = {}
    for node in sorted(frame.dependent):
        site = frame.trace.sites[node]
        if node in ahead or frame.reached.get(node) or not frame.step.start < node <= frame.step.end or site < 0:
            continue
        target = reading.target(site) if reading.sites.files[site] == name else None
        if target and frame.trace.shape(node) == shape:
            named[target] = site
    words = re.findall(r"\w+", text)
    lines = reading.texts[name].splitlines()
    said = {target: lines[reading.sites.sites[site].line - 1].partition("=")[2] for target, site in named.items()}
    carrying = [target for target in named if re.search(rf"(?<![\w.]){re.escape(text)}(?![\w.])", said[target])]
    own = carrying or [target for target in named if words and words[-1] in target]
    chosen = own or (list(named) if shape and len(named) == 1 else [])
    if not chosen:
        return None
    site = named[chosen[-1]]
    return reading.sites.sites[site].line, chosen[-1]


def where_update_is_missing(
    frame: Frame, node: int, reading: Reading, name: str, text: str, shape: tuple[int, ...]
) -> tuple[str, int, str]:
    """The update of another parameter, beside which this one's is missing: its file, its line, and what that says.

    Args:
        node: where the network reads it.
        name: the file that reads it; if no parameter is updated there, one of another file's is meant.
        shape: that of the array that holds it.
    """
    chains, files = frame.training.chains, reading.sites.files
    known = {p: chains[p].site for p in frame.training.parameters if files[chains[p].site] in reading.texts}
    own = {p: site for p, site in known.items() if files[site] == name} or known
    if not own:
        return name, reading.sites.sites[frame.trace.sites[node]].line, text
    written = reading.texts[files[next(iter(own.values()))]]
    lines = {p: reading.sites.sites[site] for p, site in own.items() if reading.texts[files[site]] == written}
    said = written.splitlines()
    digits = "".join(c for c in text if c.isdigit())
    letters = re.sub(r"\d", "", _words(text)[-1])
    named = [(site, _words(said[site.line - 1].split("=")[0])) for site in lines.values()]
    same = [site for site in lines.values() if digits and digits in said[site.line - 1]]
    alike = [site for site, words in named if re.sub(r"\d", "", words[-1]) == letters]
    akin = [line for p, line in lines.items() if len(chains[p].shape) == len(shape)]
    chosen = (same or alike or akin or list(lines.values()))[-1]
    if all(chains[p].shape == () for p in frame.training.parameters):
        in_order = sorted(set(lines.values()), key=lambda site: site.line)
        if any(one in alike and other in alike for one, other in pairwise(in_order)):
            chosen = alike[-1]  # all the biases are changed after all the weights
        else:
            chosen = next((lines[p] for p in _read_before(frame, node) if p in lines), chosen)
    several = [site for site in lines.values() if site == chosen]
    file = files[next(site for p, site in own.items() if lines.get(p) == chosen)]
    loop = Editor(written).loop_around(chosen.line)
    held = file != name or text in said[chosen.line - 1]
    if len(several) > 1 and loop is not None and held:
        return file, loop, said[loop - 1].strip()  # the line is right: the loop leaves this parameter out
    return file, chosen.line, said[chosen.line - 1].strip()


def _words(text: str) -> list[str]:
    """The words of a name, without the places in it: self, b for `self.b[i]`, params, b1 for `params["b1"]`."""
    return re.findall(r"\w+", re.sub(r"\[[^'\"\]]*\]", "", text)) or [""]


def _read_before(frame: Frame, node: int) -> list[int]:
    """The trained parameter that the network reads last before it reads another at a node."""
    owners = {start: parameter for parameter, start in frame.step.before.items()}
    for earlier in sorted((n for n in frame.forward if n < node), reverse=True):
        read = [owners[n] for n in frame.trace.inputs(earlier) if n in owners]
        if read:
            return read[:1]
    return []

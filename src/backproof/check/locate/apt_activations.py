"""The functions that give what their names say: `sigmoid` a sigmoid, so that nothing in it is wrong; and those that
give something else, so that it may be there."""

import ast
import re
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from backproof.check.edits.tree import name_of
from backproof.check.locate.following import Following
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import real
from backproof.check.replay.values import Reading

_NAMED: dict[str, tuple[Callable[[Tensor], Tensor], ...]] = {
    r"sigm|logistic|expit": (torch.sigmoid,),
    r"tanh": (torch.tanh,),
    r"relu": (torch.relu,),
    r"softmax": (partial(torch.softmax, dim=0), partial(torch.softmax, dim=-1)),
}
# what says that it is made of an activation, or is another one
_OTHERWISE = re.compile(
    r"(^|_)(d|log|hard|leaky|p|r|c)_?(?=sig|tanh|relu|soft)|deriv|prime|grad|diff|back|slope|inv|hard|leak", re.I
)
_SAME = 1e-9  # that two values may differ which are one but for rounding
_MOST = 200  # calls that are looked at: those of a loop over samples say the same


class Activations(NamedTuple):
    """The lines, each with its file, within functions that are named for an activation."""

    apt: set[tuple[str, int]]  # of those that compute it
    other: set[tuple[str, int]]  # of those that compute something else each time


def lines_of_activations(following: Following | None, reading: Reading) -> Activations:
    """The lines of the forward pass in functions that are named for an activation."""
    found = Activations(set(), set())
    for frame in following.frames[:1] if following is not None else ():
        trace = frame.trace
        within: dict[int, list[int]] = defaultdict(list)
        for node in sorted(frame.forward):
            within[trace.paths[node]].append(node)
        for path, nodes in [*within.items()][:_MOST]:
            call = reading.expression(trace.call_paths[path][1]) if path > 0 else None
            name = name_of(call.func) if isinstance(call, ast.Call) else None
            functions = next((of for said, of in _NAMED.items() if name and re.search(said, name, re.I)), ())
            lines = {reading.sites.line(trace.sites[node]) for node in nodes if trace.sites[node] >= 0}
            if functions and not lines <= found.apt:
                gives = any(_gives(frame, nodes, each) for each in functions)
                (found.apt if gives else found.other).update(
                    lines if gives or not _OTHERWISE.search(name or "") else ()
                )
    return found._replace(other=found.other - found.apt)


def _gives(frame: Frame, nodes: list[int], function: Callable[[Tensor], Tensor]) -> bool:
    """Whether the last of some nodes is what a function makes of one that these are computed from."""
    own = set(nodes)
    given = _value(frame, nodes[-1])
    read = {one for node in nodes for one in frame.trace.inputs(node) if one not in own}
    values = [_value(frame, one) for one in sorted(read) if frame.trace.shape(one) == frame.trace.shape(nodes[-1])]
    return any(bool((function(value) - given).abs().max() <= _SAME) for value in values if value.numel())


def _value(frame: Frame, node: int) -> Tensor:
    with torch.no_grad():
        return real(frame.replay.value(node)).detach()

"""The functions that give what their names say: `sigmoid` a sigmoid, so that nothing in it is wrong."""

import ast
import re
from collections import defaultdict
from collections.abc import Callable
from functools import partial

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
_SAME = 1e-9  # that two values may differ which are one but for rounding
_MOST = 200  # calls that are looked at: those of a loop over samples say the same


def lines_of_activations(following: Following | None, reading: Reading) -> set[tuple[str, int]]:
    """The lines, each with its file, within functions that are named for an activation and compute it."""
    found: set[tuple[str, int]] = set()
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
            if functions and not lines <= found and any(_gives(frame, nodes, each) for each in functions):
                found |= lines
    return found


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

"""A told loss without a function that its outputs went through already: a cost that takes the softmax of what is a
softmax is another one than training descends."""

import ast
import re
from collections.abc import Iterator, Mapping

from backproof.check.edits import Edit, Editor
from backproof.check.edits.tree import name_of
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import Standard, told_at
from backproof.check.losses.outputs import output_nodes
from backproof.check.record.trace import Sites
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading

_COST = 0.6
_ACTIVATION = re.compile(r"softmax|sigm|logistic|expit", re.IGNORECASE)  # after which outputs are probabilities


def without_functions(texts: Mapping[str, str], judgement: Judgement, sites: Sites) -> Iterator[tuple[str, list[Edit]]]:
    """The edits that take away an activation on the way from the outputs to the loss that is told, each with
    its file."""
    loss = judgement.match.loss if judgement.match is not None else None
    if judgement.stated is None or not isinstance(loss, Standard):
        return
    reading = Reading(texts, sites)
    for frame in judgement.frames:
        node = told_at(frame, judgement.stated)
        if node is not None:
            calls = _calls_between(frame, loss, node)
            for site in sorted(calls):
                call = reading.expression(site) if sites.files[site] in texts else None
                if isinstance(call, ast.Call) and len(call.args) == 1 and _ACTIVATION.search(name_of(call.func) or ""):
                    editor = Editor(texts[sites.files[site]])
                    own = editor.alike(call)
                    edit = editor.replace(own, editor.segment(call.args[0]), "other loss", _COST)
                    yield sites.files[site], [edit]
            return


def _calls_between(frame: Frame, loss: Standard, told: int) -> set[int]:
    """The places of the calls in which what is told is computed, and the outputs are not."""
    trace = frame.trace
    ahead = frame.ancestors(output_nodes(frame, loss.pair), frame.forward)
    made = frame.ancestors([told], frame.forward) - ahead
    inside = {site for node in made for site in trace.calls(trace.paths[node])} | {trace.sites[node] for node in made}
    around = {*trace.calls(trace.paths[told])}
    return {site for site in inside - around if site >= 0}

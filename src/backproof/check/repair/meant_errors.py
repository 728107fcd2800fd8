"""The edits of errors that are not what is meant: an output that is taken from its target in part, and the value of a
loss in the place of the error itself."""

import ast
import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from math import prod

from backproof.check.edits import Edit, Editor, edits_of
from backproof.check.edits.editor import made_at_once
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.moved_by_value import valued
from backproof.check.losses.outputs import takes_away
from backproof.check.record.memory import Ref
from backproof.check.record.trace import Sites
from backproof.check.repair.asked_for import AT_ONCE
from backproof.check.repair.placing import Row
from backproof.check.replay.values import Reading

_VALUED = 0.4  # how unlikely it is that the error is meant where the value of its loss moves something
_BRACKETS = 0.3  # how unlikely it is that an output lacks its brackets where it is taken from a target


def outputs_in_brackets(
    judgement: Judgement, texts: dict[str, str], editors: dict[str, Editor], sites: Sites
) -> Iterator[Row]:
    """The edits by which an output is taken from a target as a whole, at all places at once: `y - (w * x + b)`."""
    frames, reading = judgement.frames[:1], Reading(texts, sites)
    found = dict.fromkeys(f.trace.sites[n] for f in frames for n in sorted(f.forward) if takes_away(f, n))
    edits: dict[str, dict[Edit, None]] = defaultdict(dict)
    for site in found:
        file = sites.files[site] if site >= 0 else ""
        expression = reading.expression(site) if file in editors else None
        statement = editors[file].statement_at(sites.sites[site].line) if file in editors else None
        if not isinstance(expression, ast.BinOp) or statement is None:
            continue
        span = editors[file].span(expression)
        own = (e for e in edits_of(editors[file], statement, moves=False) if (e.start, e.end) == span)
        edits[file].update(dict.fromkeys(replace(e, cost=_BRACKETS) for e in own if e.kind == "parentheses"))
    for file, made in edits.items():
        whole = made_at_once(editors[file].text, list(made))
        yield Row(whole.cost - AT_ONCE, file, whole, editors[file].statement_at(whole.line))


def errors_for_losses(
    judgement: Judgement, texts: dict[str, str], editors: dict[str, Editor], sites: Sites
) -> Iterator[Row]:
    """The edits by which an error moves the parameters, and not the value of its loss, at all places at once."""
    reading = Reading(texts, sites)
    for frame in judgement.frames[:1]:
        trace = frame.trace
        for one in valued(frame):
            expression = reading.expression(trace.sites[one.error])
            if not isinstance(expression, ast.BinOp) or prod(trace.shape(one.error)) != 1:
                continue
            site = trace.sites[one.error]
            named = reading.target(site)
            sides = [reading.segment(site, side) for side in (expression.left, expression.right)]
            ways = [named or f"({sides[0]} - {sides[1]})", f"(-{named})" if named else f"({sides[1]} - {sides[0]})"]
            reads: dict[str, dict[ast.expr, None]] = defaultdict(dict)
            for reader in frame.training.readers[one.loss]:
                file = sites.files[trace.sites[reader]] if reader in frame.backward and trace.sites[reader] >= 0 else ""
                operands = reading.operands(trace.sites[reader]) if file in editors else []
                for operand, argument in zip(operands, trace.arguments[reader], strict=False):
                    if argument == one.loss and isinstance(argument, Ref):
                        reads[file][editors[file].alike(operand)] = None
            for (file, read), text in itertools.product(reads.items(), ways):
                edits = [editors[file].replace(each, text, "variable", _VALUED) for each in read]
                whole = made_at_once(editors[file].text, edits)
                yield Row(whole.cost - AT_ONCE, file, whole, editors[file].statement_at(whole.line))

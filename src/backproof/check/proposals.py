"""Edits that the numbers ask for: a wrong operation is computed with other operands until the true gradient comes out.

Nothing is executed for this but recorded operations in PyTorch; an edit that is proposed here still has to be run and
proved.
"""

import ast
from collections.abc import Iterator

import torch

from backproof.check.edits import Edit, Editor
from backproof.check.frame import Frame, Key
from backproof.check.judge import Judgement
from backproof.check.locate import Suspicion, truth
from backproof.check.match import factor_and_residual
from backproof.check.memory import Ref
from backproof.check.operations import OPERATIONS, Tensor, real
from backproof.check.trace import Sites
from backproof.check.values import Reading, values_by_text

_TOLERANCE = 1e-6
_SUSPECTS = 14
_GRADIENTS = 200
_SMALL = 200_000  # elements; larger values are not computed again and again
_FORMS = (
    ("({0} > 0)", lambda v: (v > 0).to(v.dtype)),
    ("{0} * (1 - {0})", lambda v: v * (1 - v)),
    ("(1 - {0} ** 2)", lambda v: 1 - v * v),
    ("(1 - np.tanh({0}) ** 2)", lambda v: 1 - torch.tanh(v) ** 2),
    ("{0}", lambda v: v),
    ("{0} ** 2", lambda v: v * v),
)  # what a derivative looks like, at a or at z


def proposals(
    judgement: Judgement, suspicion: Suspicion, sites: Sites, texts: dict[str, str]
) -> Iterator[tuple[str, Edit]]:
    """Edits of the first suspects after which they are true gradients, in the first step that was judged."""
    if judgement.match is None or not judgement.frames:
        return
    frame = judgement.frames[min(judgement.match.gradients, default=0)]
    true = truth(frame, judgement.match.loss)
    gradients = [g for g in true.values() if bool(g.any()) and g.numel() <= _SMALL][-_GRADIENTS:]
    if not gradients:
        return
    reading = Reading(texts, sites)
    known = values_by_text(frame, reading)
    editors = {name: Editor(text) for name, text in texts.items()}
    by_key = {frame.key(n): g for n, g in true.items()}
    first: dict[Key, int] = {}
    for backward in sorted(frame.backward):
        first.setdefault(frame.key(backward), backward)
    for key, (suspect, owner) in suspicion.needed.items():
        node = first.get(key)
        expression = reading.expression(key[0])
        if (
            node is None
            or owner not in by_key
            or not isinstance(expression, ast.expr)
            or sites.files[key[0]] not in editors
        ):
            continue
        editor = editors[sites.files[key[0]]]
        names = [reading.segment(suspect[0], operand) for operand in reading.operands(suspect[0])]
        for name in names if key[1] == suspect[1] else ():
            renamed = editor.alias(expression, name.removesuffix(".T"))
            expression = renamed if isinstance(renamed, ast.Name) else expression
        for edit in _of_node(frame, node, key, editor, reading, known.get(key[1], {}), [by_key[owner]], expression):
            yield sites.files[key[0]], edit
    ordered = dict.fromkeys([*suspicion.blamed, *suspicion.suspects])
    for key in list(ordered)[:_SUSPECTS]:
        node = first.get(key)
        if node is None or key[0] < 0:
            continue
        name = sites.files[key[0]]
        expression = reading.expression(key[0])
        if name not in editors or not isinstance(expression, ast.expr):
            continue
        for edit in _of_node(frame, node, key, editors[name], reading, known.get(key[1], {}), gradients):
            yield name, edit


def _fits(value: Tensor, gradients: list[Tensor]) -> bool:
    if value.numel() < 2:
        return False
    return any(g.shape == value.shape and factor_and_residual(value, g)[1] <= _TOLERANCE for g in gradients)


def _of_node(
    frame: Frame,
    node: int,
    key: Key,
    editor: Editor,
    reading: Reading,
    known: dict[str, int],
    gradients: list[Tensor],
    written: ast.expr | None = None,
) -> Iterator[Edit]:
    """The edits of one operation; `written` is where a factor is put, if not behind the operation itself."""
    trace = frame.trace
    expression = written or reading.expression(key[0])
    assert isinstance(expression, ast.expr)
    with torch.no_grad():
        present = real(frame.replay.value(node)).detach()
        values = {text: real(frame.replay.value(n)).detach() for text, n in known.items()}
        values = {text: value for text, value in values.items() if value.numel() <= _SMALL}
        operation = OPERATIONS.get(trace.operations[node])
        operands = reading.operands(key[0])
        arguments = list(trace.arguments[node])
        keywords = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
        resolved = [
            frame.replay.resolved(a) if not isinstance(a, Ref) else real(frame.replay.value(int(a))).detach()
            for a in arguments
        ]
        if operation is not None:
            for position, (operand, argument) in enumerate(zip(operands, arguments, strict=False)):
                if not isinstance(argument, Ref):
                    continue
                own = reading.segment(key[0], operand)
                if own == reading.target(key[0]):
                    continue  # the old value in `w = w - …`
                for text, value in _others(own, values):
                    made = _computed(operation, [*resolved[:position], value, *resolved[position + 1 :]], keywords)
                    if made is not None and _fits(made, gradients):
                        yield editor.put(operand, text, "variable")
        # a factor too few
        for gradient in gradients:
            if gradient.shape != present.shape or not bool((present != 0).all()):
                continue
            ratio = gradient / present
            for text, value in values.items():
                for form, function in _FORMS:
                    if (
                        value.shape == ratio.shape
                        and value.numel() > 1
                        and factor_and_residual(function(value), ratio)[1] <= _TOLERANCE
                    ):
                        yield editor.multiplied(expression, form.format(text))
                step = _step(ratio, value)
                if step is not None:
                    yield editor.multiplied(expression, f"np.where({text} > 0, {step[0]:g}, {step[1]:g})")
        # a derivative in another form
        for position, operand in enumerate(operands):
            if position >= len(resolved) or not isinstance(arguments[position], Ref) or operation is None:
                continue
            if reading.segment(key[0], operand) == reading.target(key[0]):
                continue
            for text, value in values.items():
                if value.shape != resolved[position].shape:
                    continue
                for form, function in _FORMS:
                    if form == "{0}":
                        continue
                    made = _computed(
                        operation, [*resolved[:position], function(value), *resolved[position + 1 :]], keywords
                    )
                    if made is not None and _fits(made, gradients):
                        yield editor.put(
                            operand,
                            form.format(text) if form.startswith("(") else f"({form.format(text)})",
                            "derivative",
                        )


def _step(ratio: Tensor, value: Tensor) -> tuple[float, float] | None:
    """The two values of a ratio that depends on a value's sign alone, the larger one being 1."""
    if value.shape != ratio.shape or ratio.numel() < 4:
        return None
    above, below = ratio[value > 0], ratio[value <= 0]
    if not above.numel() or not below.numel():
        return None
    high, low = above[0], below[0]
    if (
        bool((above - high).abs().max() > 1e-6 * high.abs())
        or bool((below - low).abs().max() > 1e-6 * high.abs())
        or float(high) == 0.0
    ):
        return None
    share = float(low / high)
    return (1.0, round(share, 6)) if abs(share - 1) > 1e-6 else None


def _others(own: str, values: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    for text, value in values.items():
        if text != own:
            yield text, value
        if value.ndim == 2:
            yield f"{text}.T", value.T


def _computed(operation: object, arguments: list[object], keywords: dict[str, object]) -> Tensor | None:
    try:
        made = operation(*arguments, **keywords)  # type: ignore[operator]
    except (RuntimeError, TypeError, ValueError, IndexError):
        return None
    return made if isinstance(made, Tensor) and made.dtype == torch.float64 and made.numel() <= _SMALL else None

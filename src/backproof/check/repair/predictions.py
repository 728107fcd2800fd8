"""Mends a prediction that another network makes: small edits of its line, the likest to the forward pass first."""

import ast
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from backproof.check.consistency import Inconsistency, inconsistencies, parameter_texts, predicts_alike
from backproof.check.consistency.trained import outputs_of
from backproof.check.edits import Edit, Editor, edits_of
from backproof.check.edits.tree import name_of
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.losses_meant import losses_meant
from backproof.check.record.memory import Ref
from backproof.check.record.trace import Sites
from backproof.check.repair.as_computed import as_computed
from backproof.check.repair.attempts import attempts
from backproof.check.repair.fix import Fix
from backproof.check.repair.headway import Headway
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Place, Reading
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_TOKENS = re.compile(r"[\w.]+|[^\w\s]")
_KINDS = {
    "missing term", "missing function", "extra function", "function", "variable", "transpose", "extra term", "index",
    "operands", "axis", "parentheses", "product", "sign", "argument",
}  # fmt: skip
_MODULES = ("np", "numpy", "math")
_SUMS = ("dot", "matmul", "sum", "mean", "max", "min", "print", "append", "argmax")
_UNLIKE = 3  # words, at most, in which two lines differ that say the same
_TERMS = 24  # variables that may be missing behind a product


def mended_predictions(
    source: Source,
    judgement: Judgement,
    sites: Sites,
    stretch: int,
    found: Inconsistency,
    sandbox: Sandbox,
    seconds: float,
) -> list[Fix]:
    """The fix after which what predicts, or tells the loss, is the network that was trained, if one is found in time.

    Args:
        found: the prediction, or the loss, that is another network's.
    """
    editor, reading = Editor(source.text), Reading({source.run_name: source.text}, sites)
    trained = sorted(_as_trained(editor, judgement, reading, source.run_name, found), key=lambda edit: edit.cost)
    likeliest = _likeliest(editor, judgement, sites, source.run_name, found.line)
    in_turn = itertools.chain.from_iterable(itertools.zip_longest(trained, likeliest))
    edits = (edit for edit in in_turn if edit is not None)
    losses = losses_meant(judgement)
    for edit, text, recording in attempts(source, edits, sandbox, seconds):
        training = recording.training_at(stretch)
        if training is None or recording.failed:
            continue
        reading = Reading({source.run_name: text}, recording.sites)
        if found.kind != "loss":
            look = Headway(losses, sites, source.run_name, edit, source.text, 0, telling=None, promised=0.0)
            seen = look.looked_at(training, recording.sites)
            known = seen is not None and seen.match is not None and seen.match.holds
            if seen is not None and known and not predicts_alike(recording, seen, stretch, reading, found.line):
                continue
        mended = judge(training, brief=True)
        if mended.verdict != "right":
            continue
        if found.kind == "loss":
            whole = any(each.loss == mended.stated and each.holds for each in mended.matches)
        else:
            whole = predicts_alike(recording, mended, stretch, reading, found.line)
        if whole and not inconsistencies(replace(source, text=text), recording, mended, stretch):
            return [Fix(((source.run_name, edit),), {source.run_name: text}, mended)]
    return []


def _as_trained(
    editor: Editor, judgement: Judgement, reading: Reading, file: str, found: Inconsistency
) -> Iterator[Edit]:
    """What another network computes first, with what the forward pass has: a bias, an activation, or both."""
    statement, frame = editor.statement_at(found.line), judgement.frames[0]
    if statement is None:
        return
    nodes = [n for n in ast.walk(statement) if isinstance(n, ast.expr) and editor.segment(n) == found.expression]
    added = {
        int(argument)
        for node in frame.forward
        if frame.trace.operations[node] in ("add", "subtract")
        for argument in frame.trace.arguments[node]
        if isinstance(argument, Ref)
    }
    texts = parameter_texts(frame, reading)
    biases = [text for text, node in texts.items() if node in added and text in editor.text]
    sites = {site for node in frame.forward if (site := frame.trace.sites[node]) >= 0}
    lines = {reading.sites.sites[site].line for site in sites if reading.sites.files[site] == file}
    functions = list(dict.fromkeys(form for line in sorted(lines) for form in _functions(editor, line)))
    places = set(_places_of_outputs(judgement, frame, reading, file))
    for node in nodes:
        own = editor.segment(node)
        yield from _as_alike(editor, node, lines)
        yield from _as_goes_on(editor, node, lines)
        yield from as_computed(editor, node, places)
        for bias in biases:
            more = f"{own} + {bias}"
            yield editor.replace(node, f"({more})" if editor.is_operand(node) else more, "missing term", 1.0)
        for inside in ast.walk(node):
            if inside is not node and isinstance(inside, ast.expr) and _is_product(inside):
                for bias in biases:
                    yield editor.replace(inside, f"({editor.segment(inside)} + {bias})", "missing term", 1.05)
        for function in functions:
            if not isinstance(node, ast.Call):
                whole = own if _takes_all(function) else editor.atom(node)
                yield editor.replace(node, function.format(whole), "missing function", 1.0)
            for bias in biases:
                yield editor.replace(node, function.format(f"({own} + {bias})"), "missing function", 2.0)
        inner = node.args if isinstance(node, ast.Call) else [node.left] if isinstance(node, ast.BinOp) else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            inner = [node.func.value, *inner]
        for operand in inner:
            if isinstance(operand, ast.Name) and operand.id in _MODULES:
                continue
            text = editor.segment(operand)
            for bias in biases if isinstance(operand, ast.BinOp | ast.Call) else ():
                yield editor.replace(operand, f"{text} + {bias}", "missing term", 1.1)
                for function in functions:
                    yield editor.replace(operand, function.format(f"({text} + {bias})"), "missing function", 1.6)
            for function in functions:
                made = function.format(text if _takes_all(function) else editor.atom(operand))
                yield editor.replace(node, made, "function", 1.0)
                yield editor.replace(operand, made, "missing function", 1.0)
            yield editor.replace(node, text, "extra function", 1.4)


def _places_of_outputs(judgement: Judgement, frame: Frame, reading: Reading, file: str) -> Iterator[Place]:
    """Where a file computes the outputs of its network and what they are made of, and where it calls what does so."""
    outputs = outputs_of(judgement, frame)
    nodes = {*outputs, *frame.ancestors(outputs, frame.forward)}
    found = {frame.trace.sites[node] for node in nodes}
    found.update(call for path in {frame.trace.paths[node] for node in nodes} for call in frame.trace.calls(path))
    return (reading.place(site) for site in found - {-1} if reading.sites.files[site] == file)


def _as_alike(editor: Editor, node: ast.expr, lines: Iterable[int]) -> Iterator[Edit]:
    """An expression with a word as it is in a line of the forward pass that says the same but for few words."""
    start, end = editor.span(node)
    own = [(word.group(), start + word.start()) for word in _TOKENS.finditer(editor.text[start:end])]
    for line in sorted(lines):
        value = getattr(editor.statement_at(line), "value", None)
        words = _TOKENS.findall(editor.segment(value)) if isinstance(value, ast.expr) and value is not node else []
        pairs = list(zip(own, words, strict=False)) if len(words) == len(own) else []
        unlike = [(word, at, other) for (word, at), other in pairs if word != other]
        for word, at, other in unlike if len(unlike) <= _UNLIKE else ():
            says = f"{word} → {other}"
            here = 1 + editor.text.count("\n", 0, at)
            yield Edit(at, at + len(word), other, here, "variable", 0.4 + 0.1 * len(unlike), says)


def _as_goes_on(editor: Editor, node: ast.expr, lines: Iterable[int]) -> Iterator[Edit]:
    """A product with what a line of the forward pass makes of the same product with another input: `x @ w` as in
    `np.tanh(h @ w + b)`."""
    own = editor.segment(node)
    words = _TOKENS.findall(own)
    for line in sorted(lines):
        statement = editor.statement_at(line)
        for inside in editor.own_expressions(statement) if statement is not None else ():
            others = _TOKENS.findall(editor.segment(inside)) if _is_product(inside) else []
            if len(others) != len(words) or sum(a != b for a, b in zip(words, others, strict=True)) > 1:
                continue
            around: ast.AST | None = editor.parents.get(inside)
            while isinstance(around, ast.expr) and inside is not node:
                begin, (start, end) = editor.span(around)[0], editor.span(inside)
                text = editor.text[begin:start] + own + editor.text[end : editor.span(around)[1]]
                made = f"({text})" if isinstance(around, ast.BinOp) else text
                yield editor.replace(node, made, "missing function", 0.6)
                around = editor.parents.get(around)


def _takes_all(function: str) -> bool:
    """Whether any expression can stand in the place for a value without brackets of its own."""
    return bool(re.search(r"[(,] ?\{0\}[,)]", function))


def _functions(editor: Editor, line: int) -> Iterator[str]:
    """The functions of one value in a line, as texts in which that value is to be put."""
    statement = editor.statement_at(line)
    if statement is None:
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and name_of(node.func) not in _SUMS:
            values = [argument for argument in node.args if not isinstance(argument, ast.Constant)]
            if len(values) == 1:
                yield _open(editor, node, values[0])
    value = getattr(statement, "value", None)
    if isinstance(value, ast.BinOp):
        called = {node.func for node in ast.walk(value) if isinstance(node, ast.Call)}
        holders = called | {func.value for func in called if isinstance(func, ast.Attribute)}
        names = [node for node in ast.walk(value) if isinstance(node, ast.Name) and node not in holders]
        if len(names) == 1:  # 1 / (1 + np.exp(-z))
            yield f"({_open(editor, value, names[0])})"


def _open(editor: Editor, node: ast.expr, value: ast.expr) -> str:
    """The text of an expression with room for another value."""
    text, begin = editor.segment(node), editor.span(node)[0]
    start, end = (place - begin for place in editor.span(value))
    ahead, behind = (part.replace("{", "{{").replace("}", "}}") for part in (text[:start], text[end:]))
    return f"{ahead}{{0}}{behind}"


def _likeliest(editor: Editor, judgement: Judgement, sites: Sites, file: str, line: int) -> Iterator[Edit]:
    """The edits of a line, those first after which its words follow each other as they do in the forward pass."""
    statement = editor.statement_at(line)
    if statement is None:
        return
    frame = judgement.frames[0]
    forward = {
        sites.sites[s].line for n in frame.forward if (s := frame.trace.sites[n]) >= 0 and sites.files[s] == file
    }
    followed: set[tuple[str, str]] = set()
    for each in sorted(forward - {line}):
        behind = editor.statement_at(each)
        if behind is not None and behind is not statement:
            followed |= set(_pairs(editor.segment(behind)))
    start, end = editor.span(statement)
    edits = [edit for edit in edits_of(editor, statement) if edit.kind in _KINDS]
    edits += _missing_terms(editor, statement)

    def strangeness(edit: Edit) -> float:
        text = editor.text[start : edit.start] + edit.text + editor.text[edit.end : end]
        pairs = _pairs(text)
        known = sum(pair in followed for pair in pairs)
        return len(pairs) - known - 0.5 * known + 0.3 * edit.cost

    yield from sorted((edit for edit in edits if start <= edit.start and edit.end <= end), key=strangeness)


def _is_product(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return name_of(node.func) in ("dot", "matmul")
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult | ast.Mult)


def _missing_terms(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """A bias behind a product, wherever in the line it stands."""
    for node in editor.own_expressions(statement):
        if _is_product(node) or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)):
            for other in editor.near(statement, _TERMS):
                yield editor.replace(node, f"({editor.segment(node)} + {other})", "missing term", 2.0)


def _pairs(text: str) -> list[tuple[str, str]]:
    words = _TOKENS.findall(text)
    return list(pairwise(words))

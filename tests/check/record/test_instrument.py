"""A rewritten file means what it meant: it prints the same, leaves the same names, and fails where it failed."""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import re
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backproof.check.record.instrument import instrument
from backproof.check.record.recorder import Recorder
from backproof.check.record.untold import RECORDER, Site

SNIPPETS = {
    part.partition("\n")[0]: part.partition("\n")[2].strip("\n")
    for part in Path(__file__).with_name("snippets.txt").read_text(encoding="utf-8").split("\n#: ")[1:]
}


def run(text: str, recorder: Recorder | None) -> tuple[str, dict[str, str], str]:
    """What a text prints, the globals that it leaves (as text) and how it fails; rewritten if there is a recorder."""
    tree = ast.parse(text)
    if recorder is not None:
        tree = instrument(tree, [])
    code = compile(tree, "snippet", "exec", dont_inherit=True)
    module = types.ModuleType("__main__")
    printed, failure = io.StringIO(), ""
    names: dict[str, str] = {}
    setattr(builtins, RECORDER, recorder)
    try:
        with contextlib.redirect_stdout(printed), np.errstate(all="ignore"):
            exec(code, module.__dict__)
    except Exception as error:
        failure = f"{type(error).__name__}: {error}"
    finally:
        for name, value in module.__dict__.items():
            if not name.startswith(("__", "_backproof_")) and not isinstance(value, types.ModuleType):
                names[name] = shown(value)
        module.__dict__.clear()  # a generator that was left standing ends while there is a recorder
        delattr(builtins, RECORDER)
    return printed.getvalue(), names, failure


def shown(value: object) -> str:
    """A value as text, without the addresses of objects."""
    return re.sub(r"0x[0-9a-f]+", "0x", f"{type(value).__name__} {value!r}")


@pytest.mark.parametrize("on", [True, False], ids=["on", "off"])
@pytest.mark.parametrize("name", SNIPPETS)
def test_a_rewritten_snippet_means_what_it_meant(name: str, on: bool) -> None:
    plain = run(SNIPPETS[name], None)
    assert plain[2] == "", "the snippet itself is wrong"
    recorder = Recorder()
    recorder.on = on
    assert run(SNIPPETS[name], recorder) == plain


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_in_a_function_means_what_it_meant(name: str) -> None:
    text = SNIPPETS[name]
    if re.search(r"\b(global|globals|__annotations__|exec)\b|'''The module|gone", text):
        pytest.skip("it is about the module's own names")
    inner = "".join(f"    {line}\n" for line in text.splitlines())
    whole = f"def whole():\n{inner}\nwhole()\n"
    try:
        plain = run(whole, None)
    except SyntaxError:
        pytest.skip("it cannot stand in a function")
    assert run(whole, Recorder()) == plain


SWITCHED = """
import numpy as np
total = np.zeros(2)
for epoch in range(6):
    for i, row in enumerate(np.arange(4.0).reshape(2, 2)):
        total += row * i
        if epoch == 3 and i == 0:
            switch()
        total[0] -= 1
    else:
        total *= 1.5
print(total, epoch, i, row)
"""


def test_switching_off_in_the_middle_of_a_loop_changes_nothing() -> None:
    plain = run("def switch(): pass\n" + SWITCHED, None)
    recorder = Recorder()
    recorder.patience = 1000
    rewritten = run("def switch(): __backproof__.stop()\n" + SWITCHED, recorder)
    assert plain[2] == ""
    assert rewritten[0] == plain[0]
    assert rewritten[1]["total"] == plain[1]["total"]


def test_a_loop_is_left_once_patience_is_at_its_end_and_what_follows_runs() -> None:
    recorder = Recorder()
    recorder.patience = 0.0
    text = (
        "import time\nn = 0\nwhile True:\n    n += 1\n    if n == 5:\n"
        "        __backproof__.stop()\n        time.sleep(0.01)\n"
        "    for i in range(3):\n        pass\nprint('after', n < 10)\nfor i in range(3):\n    pass\nprint(i)\n"
    )
    assert run(text, recorder)[0] == "after True\n2\n"


def test_a_site_is_where_its_expression_stands() -> None:
    text = 'größe = (\n    1.5 + abs(-2.5)\n)\nw = {"a": 1.0}\nw["a"] -= größe * 2\n'
    sites: list[Site] = []
    instrument(ast.parse(text), sites)
    lines = text.splitlines()
    segments = {lines[s.line - 1].encode()[s.column : s.end_column].decode() for s in sites if s.line == s.end_line}
    assert {"1.5 + abs(-2.5)", "abs(-2.5)", "größe * 2", 'w["a"] -= größe * 2'} <= segments


def test_the_tree_that_was_given_stays_as_it_is() -> None:
    tree = ast.parse(SNIPPETS["nested loops"])
    before = ast.dump(tree)
    instrument(tree, [])
    assert ast.dump(tree) == before


atoms = st.sampled_from(["a", "b", "2.5", "3", "c[0]", "c[1]", "d['k']", "o.v", "f(a)", "f(b, 2)"])
operators = st.sampled_from(["+", "-", "*", "//", "%", "<", ">=", "=="])


def _joined(parts: tuple[str, str, str]) -> str:
    return f"({parts[0]} {parts[1]} {parts[2]})"


expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, operators, inner).map(_joined),
        inner.map(lambda e: f"(-{e})"),
        inner.map(lambda e: f"f({e})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        inner.map(lambda e: f"[{e} for a in (1, 2.5)][1]"),
        inner.map(lambda e: f"(lambda b: {e})(4)"),
        st.tuples(inner, inner).map(lambda p: f"max({p[0]}, {p[1]})"),
    ),
    max_leaves=6,
)
targets = st.sampled_from(["a", "b", "c[0]", "c[f(1) % 2]", "d['k']", "o.v", "p().v", "c[-1]"])
statements = st.one_of(
    st.tuples(targets, st.sampled_from(["=", "+=", "-=", "*="]), expressions).map(" ".join),
    st.tuples(targets, targets, expressions, expressions).map(lambda p: f"{p[0]}, {p[1]} = {p[2]}, {p[3]}"),
    st.tuples(targets, expressions, targets, expressions).map(
        lambda p: f"for i in range(3):\n    {p[0]} = {p[1]}\n    if i == 1: continue\n    {p[2]} += {p[3]}"
    ),
    st.tuples(expressions, targets, expressions).map(lambda p: f"if {p[0]}:\n    {p[1]} -= {p[2]}"),
    expressions.map(lambda e: f"print({e}, f'{{{e.replace(chr(39), chr(34))}}}')"),
)
OPENING = """
a, b, c, d, log = 1.5, 2, [0.5, 3], {'k': 4.5}, []
class O:
    v = 1.0
o = O()
def f(x, y=1):
    log.append(x)
    return x + y
def p():
    log.append('p')
    return o
"""


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(statements, min_size=1, max_size=5))
@example(["c[f(1) % 2], p().v = a, a"])
@example(["c[f(1) % 2] = p().v = c[0] = a"])
def test_a_rewritten_text_of_any_statements_means_what_it_meant(lines: list[str]) -> None:
    text = OPENING + "\n".join(lines) + "\nprint(a, b, c, d, o.v, log)\n"
    assert run(text, Recorder()) == run(text, None)


def test_nothing_but_ours_is_left_among_the_names() -> None:
    recorder = Recorder()
    module: dict[str, Any] = {}
    setattr(builtins, RECORDER, recorder)
    try:
        exec(compile(instrument(ast.parse("a = [1]\na[0], b = 2, 3\nfor a[0] in [1]: pass"), []), "x", "exec"), module)
    finally:
        delattr(builtins, RECORDER)
    assert {name for name in module if not name.startswith("_")} == {"a", "b"}

"""Python is read by several threads."""

import ast
import gc
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backproof.check import syntax
from backproof.check.syntax import expression_of, parsed

TEXT = "x = " + " + ".join(f"(a{n} * [b, c, (d, e)][{n}])" for n in range(120))


def test_threads_read_at_the_same_time() -> None:
    """As what is thrown away meanwhile may let another thread go on; without a lock, CPython 3.11 fails here."""

    def let_others_go_on(*_: object) -> None:
        time.sleep(0.0005)

    usual = gc.get_threshold()
    gc.callbacks.append(let_others_go_on)
    gc.set_threshold(50)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(parsed, [TEXT] * 24))
    finally:
        gc.callbacks.remove(let_others_go_on)
        gc.set_threshold(*usual)
    assert {ast.dump(one) for one in found} == {ast.dump(ast.parse(TEXT))}


def test_an_expression_is_read_as_one() -> None:
    assert ast.unparse(expression_of("a*(b)")) == "a * b"
    with pytest.raises(SyntaxError):
        expression_of("a = b")


def test_python_is_read_here_alone_but_in_the_child_process() -> None:
    folder = Path(syntax.__file__).parent
    reading = {path.name for path in folder.rglob("*.py") if "ast.parse(" in path.read_text()}
    assert reading == {"syntax.py", "child.py", "trial.py"}

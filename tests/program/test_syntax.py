"""Trees are made in several threads at once, as where a sweep trains one network to a thread."""

import ast
import gc
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import backproof as bp
from backproof.program.program import Program
from backproof.program.syntax import parsed
from backproof.settings import Data, Settings


def test_many_threads_parse_and_compile_at_once() -> None:
    network = bp.Network([bp.Linear(2, 3), bp.Tanh(), bp.Linear(3, 1)], bp.MSELoss())
    program = Program(network, Settings(optimizer=bp.SGD(0.1)), Data(np.ones((4, 2)), np.ones((4, 1))))
    text = str(program.source)
    deep = f"x = {'(' * 60}1{' + 1)' * 60}\n" * 20

    def made(number: int) -> str:
        return ast.dump(parsed(deep if number % 2 else text))

    def pause(_phase: str, _info: object) -> None:
        time.sleep(0)  # lets another thread go on while a tree is half made

    gc.callbacks.append(pause)
    before = gc.get_threshold()
    gc.set_threshold(20)
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(made, range(120)))
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(pause)
    assert set(found[::2]) == {ast.dump(ast.parse(text))}
    assert set(found[1::2]) == {ast.dump(ast.parse(deep))}

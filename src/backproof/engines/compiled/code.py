"""Functions of a compiled program, compiled when they are first called."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from backproof.engines.compiled.cache import is_compiled, module_of
from backproof.engines.compiled.source import Compilation

Say = Callable[[str], None]


class Code:
    """Functions that are compiled when they are first called."""

    def __init__(self, made: Compilation, say: Say) -> None:
        self.made, self.say = made, say

    def call(self, name: str, *arguments: Any) -> Any:
        function = self.made.ready.get(name)
        if function is None:
            module = module_of(self.made.text, self.say)
            function = self.made.ready[name] = getattr(module, name)
            if not function.signatures and not is_compiled(module, name):
                return self._compiled(function, arguments)
        return function(*arguments)

    def _compiled(self, function: Any, arguments: tuple[Any, ...]) -> Any:
        from numba import typeof  # without types

        self.say(f"Compiling `{function.__name__}` of this network: this is done once, and takes a few seconds.")
        started = time.perf_counter()
        function.compile(tuple(map(typeof, arguments)))
        self.say(f"Compiled in {time.perf_counter() - started:.1f} seconds.")
        return function(*arguments)

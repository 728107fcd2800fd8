"""The compiled engine: the lines of the program, lowered to loops and compiled by Numba.

`expression` reads a line as a tree with shapes, `instructions` takes it apart into elementwise ones, sums and products,
`blocks` puts together what one loop can do, `elements`, `loops` and `products` write these loops, `source` the whole
file, on the functions in `runtime`; `cache` keeps what was compiled, `code` calls it, `stepper` takes single steps (of
a program that `pieces` cut where a line cannot be compiled) and `engine` whole epochs.
"""

import numba  # noqa: F401  # without it nothing here can be done: whoever imports this is told so at once

from backproof.engines.compiled.engine import CompiledEngine, compiled_engine

__all__ = ["CompiledEngine", "compiled_engine"]

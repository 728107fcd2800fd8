"""Names that older files use and today's libraries no longer have: they stand for what replaces them.

A file of 2018 that says `np.mat` or `np.float` is judged as it was meant; which names were missed, its report says.
The replacements are those of NumPy's migration guides (numpy.org/devdocs/numpy_2_0_migration_guide.html).
"""

import builtins
import re
import time
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

_SEABORN = "seaborn-v0_8"  # what Matplotlib calls the styles that it took from an older seaborn
_SUM: Callable[..., Any] = sum


def _as_float_array(array: Any, dtype: Any = np.float64) -> Any:
    return np.asarray(array, dtype=dtype)


def _as_scalar(array: Any) -> Any:
    return np.asarray(array).item()


_NUMPY: Mapping[str, Any] = {
    "mat": np.asmatrix,
    "float": float,
    "int": int,
    "object": object,
    "str": str,
    "complex": complex,
    "float_": np.float64,
    "complex_": np.complex128,
    "unicode_": np.str_,
    "string_": np.bytes_,
    "bool8": np.bool_,
    "NaN": np.nan,
    "Inf": np.inf,
    "Infinity": np.inf,
    "infty": np.inf,
    "PINF": np.inf,
    "NINF": -np.inf,
    "product": np.prod,
    "cumproduct": np.cumprod,
    "alltrue": np.all,
    "sometrue": np.any,
    "round_": np.round,
    "row_stack": np.vstack,
    "in1d": np.isin,
    "trapz": getattr(np, "trapezoid", None) or getattr(np, "trapz", None),
    "asfarray": _as_float_array,
    "asscalar": _as_scalar,
}
_RETIRED: Sequence[tuple[types.ModuleType, Mapping[str, Any]]] = (
    (np, _NUMPY),
    (time, {"clock": time.perf_counter}),
)


def restore(used: list[str]) -> None:
    """From now on the retired names are found again; those that are asked for are added to `used`."""
    for module, names in _RETIRED:
        missing = {name: value for name, value in names.items() if name not in vars(module)}
        module.__getattr__ = _finder(module, missing, used)  # type: ignore[method-assign]


def _finder(module: types.ModuleType, names: Mapping[str, Any], used: list[str]) -> Callable[[str], Any]:
    present = vars(module).get("__getattr__")

    def find(name: str) -> Any:
        if name in names:
            if (full := f"{module.__name__}.{name}") not in used:
                used.append(full)
            return names[name]
        if present is not None:
            return present(name)
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

    return find


def of_today(
    function: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any], used: list[str]
) -> Callable[..., Any]:
    """What a call means today, if it is one that today's libraries refuse.

    `np.sum` of a generator was Python's own sum, and is an error since NumPy 2.4; `figure.gca(projection="3d")` made
    axes, and takes no arguments since Matplotlib 3.7; its style `seaborn` is `seaborn-v0_8` since 3.6;
    `OneHotEncoder(sparse=…)` is `sparse_output` since scikit-learn 1.2.
    """
    called = getattr(function, "__name__", "") if keywords or (arguments and isinstance(arguments[0], str)) else ""
    if function is np.sum and len(arguments) == 1 and isinstance(arguments[0], types.GeneratorType):
        name, meant = "numpy.sum(generator)", _SUM
    elif called == "gca" and "projection" in keywords:
        name, meant = "figure.gca(projection=…)", getattr(getattr(function, "__self__", None), "add_subplot", function)
    elif called in ("use", "context") and _is_old_style(function, arguments):
        name, meant = f"plt.style.{called}({arguments[0]!r})", _with_new_style(function)
    elif called == "OneHotEncoder" and "sparse" in keywords:
        name, meant = "OneHotEncoder(sparse=…)", _with_sparse_output(function)
    else:
        return function
    if name not in used:
        used.append(name)
    return meant


def _is_old_style(function: Callable[..., Any], arguments: Sequence[Any]) -> bool:
    if not (arguments and isinstance(arguments[0], str) and arguments[0].startswith("seaborn")):
        return False
    return function.__module__.startswith("matplotlib.style") and not arguments[0].startswith(_SEABORN)


def _with_new_style(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda style, *more, **keywords: function(style.replace("seaborn", _SEABORN, 1), *more, **keywords)


def _with_sparse_output(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments, sparse, **keywords: function(*arguments, sparse_output=sparse, **keywords)


def export(text: str) -> None:
    """Let `from numpy import *` give a file the retired functions that it names."""
    if re.search(r"from\s+numpy\s+import\s+\*", text):
        named = {name for name in re.findall(r"\w+", text) if name in _NUMPY and name not in vars(builtins)}
        np.__all__ = [*np.__all__, *sorted(named - {*np.__all__, *vars(np)})]

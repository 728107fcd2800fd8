"""Calls: NumPy's functions and methods, Python's own, and what is followed into the file's functions."""

import copy
import functools
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from backproof.check.record.log import LIST_LIMIT, Arguments, as_numbers, followed
from backproof.check.record.memory import Array, Ref, layout, owner
from backproof.check.record.minimizers import followed_calls, is_minimizer
from backproof.check.record.one_by_one import OneByOne
from backproof.check.record.parts import OF_MATRIX
from backproof.check.record.retired import of_today
from backproof.check.record.rounding import rounds
from backproof.check.record.tables import METHODS, numbers

_NOTHING = object()
_MATH = {
    "fabs": "absolute", "pow": "power", "fsum": "pysum", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "lgamma": "gammaln",
}  # fmt: skip
_OF_UFUNC = ("reduce", "accumulate", "reduceat", "outer")
_BUILTINS: dict[Any, str] = {sum: "pysum", abs: "absolute", pow: "power", float: "float", round: "round"}
# what `a - b` is as a function; the recorder's methods have the names of these
_OPERATORS = {operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.matmul, operator.neg}
_OPERATORS |= {operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.imatmul}
_WALKERS = (zip, enumerate, map, reversed, iter, list, tuple, filter, sorted)
_CREATORS = {
    "zeros", "ones", "empty", "full", "eye", "identity", "arange", "linspace", "zeros_like", "ones_like",
    "empty_like", "full_like", "loadtxt", "genfromtxt", "load", "fromiter", "frombuffer", "fromfunction", "rand",
}  # fmt: skip
_OPERANDS = {"dot", "matmul", "transpose", "add", "subtract", "multiply", "divide"}  # that weights in a list may be
_OF_ROWS = {"square", "power", "abs", "absolute", "sum"}  # and what else rows of them may go into
_FIRST_WRITTEN = {"copyto", "put", "place", "putmask", "fill_diagonal", "put_along_axis"}
_OF_TWO = {"dot", "matmul", "inner", "outer", "multiply", "divide", "add", "subtract"}
_FETCHING = {"getattr", "get", "pop", "popleft", "setdefault", "next"}  # a number that they give was there before
_TELLING = {"set_postfix", "set_postfix_str", "set_description"}  # what stands beside a bar of progress
_WINDOWS = {"as_strided", "sliding_window_view"}  # other ways to look at the elements of an array
_REDUCTIONS = {"sum", "mean", "max", "min", "amax", "amin", "std", "var", "prod"}
_METHODS_WRITING = {"fill", "sort", "put", "partition", "resize", "itemset", "setfield", "byteswap"}


class Calls(OneByOne):
    """Logs what a call computes, if it is known how, and remembers where a value went that is not followed."""

    def call(self, site: int, function: Any, /, *arguments: Any, **keywords: Any) -> Any:
        function = of_today(function, arguments, keywords, self.retired)
        if not self.on:
            return function(*arguments, **keywords)
        if function is copy.deepcopy or function is copy.copy:
            self.site = site
            value = function(*arguments, **keywords)
            self._copied(site, arguments[0], value)
            return value
        if isinstance(function, types.FunctionType | types.MethodType) and not _from_numpy(function):
            if function.__name__ in METHODS and (table := numbers(getattr(function, "__self__", None))) is not None:
                return self._of_table(site, function, table, arguments, keywords)
            if function.__module__ == "logging" or function.__name__ in _TELLING:
                self._told(arguments, keywords)
            return self._within(site, function, arguments, keywords)
        return self._library(site, function, arguments, keywords)

    def _of_table(self, site: int, function: Any, table: Array, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        """What a pandas table or column computes of its numbers as an array does."""
        self.site = site
        logged = (Ref(self._table(function.__self__, table)), *self._logged(arguments, keywords))
        value = function(*arguments, **keywords)
        self._result(METHODS[function.__name__], site, logged, value, ())
        return value

    def _library(self, site: int, function: Any, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        self.site = site
        if isinstance(function, np.vectorize):
            return self._vectorized(site, function, arguments, keywords)
        if function is np.apply_along_axis and len(arguments) > 2:
            return self._along_axis(site, *arguments, **keywords)
        if isinstance(function, types.MethodDescriptorType) and arguments and isinstance(arguments[0], np.ndarray):
            function, arguments = getattr(arguments[0], function.__name__), arguments[1:]  # np.ndarray.copy(w)
        holder = getattr(function, "__self__", None)
        of_matrix = isinstance(holder, np.matrix) and isinstance(function, types.MethodType)
        if of_matrix or (isinstance(holder, np.ndarray | np.generic) and isinstance(function, types.BuiltinMethodType)):
            return self._method(site, function, holder, arguments, keywords)
        if function in _OPERATORS if isinstance(function, types.BuiltinFunctionType) else False:
            return getattr(self, function.__name__)(site, *arguments)
        if isinstance(holder, np.ufunc) and getattr(function, "__name__", "") == "at":
            return self._first_written(site, "at", function, arguments, keywords)
        if isinstance(holder, np.ufunc) and getattr(function, "__name__", "") in _OF_UFUNC:
            return self._apply(site, f"{holder.__name__}.{function.__name__}", function, arguments, keywords)
        if function is functools.reduce and arguments:
            return self._folded(site, *arguments)
        if function in _WALKERS if isinstance(function, type | types.BuiltinFunctionType) else False:
            walked = [self.iterate(site, argument) for argument in arguments]
            if function is reversed:  # it needs to know the length
                walked = [
                    list(w) if isinstance(w, types.GeneratorType) and w is not a else w
                    for w, a in zip(walked, arguments, strict=True)
                ]
            return self._within(site, function, tuple(walked), keywords)
        of_two = (function is max or function is min) and len(arguments) == 2 and not keywords
        if of_two and all(isinstance(one, float | int | np.floating) for one in arguments):
            return self._larger_of_two(site, function, arguments)
        if is_minimizer(function):
            arguments, keywords = followed_calls(self, site, function, arguments, keywords)
            self.enter(site)
            try:
                return self._unknown(site, function, holder, arguments, keywords)
            finally:
                self.leave(site)
        name = self._name(function)
        if name is None:
            return self._unknown(site, function, holder, arguments, keywords)
        if name in _OF_TWO and len(arguments) == 2:
            arguments = as_numbers(*arguments), as_numbers(*arguments[::-1])
        if name == "pysum":
            arguments = (list(self.iterate(site, arguments[0])), *arguments[1:])
        return self._apply(site, name, function, arguments, keywords)

    def _larger_of_two(self, site: int, function: Any, arguments: Arguments) -> Any:
        """Python's `max` or `min` of two numbers: a number of its own, as its operand, or a `0.0` that is written down,
        may be met elsewhere."""
        value = function(*arguments)
        if not isinstance(value, float):
            return value  # a whole number is not followed
        logged, own = self._logged(arguments, {}), value * 1.0
        self._result("maximum" if function is max else "minimum", site, logged, own, arguments)
        return own

    def _folded(self, site: int, function: Any, items: Any, *first: Any) -> Any:
        """`functools.reduce`, call by call."""
        rest = iter(self.iterate(site, items))
        value = first[0] if first else next(rest, _NOTHING)
        if value is _NOTHING:
            return functools.reduce(function, [])  # with the error that plain Python has for it
        for item in rest:
            value = self.call(site, function, value, item)
        return value

    def _copied(self, site: int, original: Any, duplicate: Any, seen: set[int] | None = None) -> None:
        """The arrays in a copied list, dictionary or object stand for copies of the original ones; objects that know
        each other are walked once."""
        seen = set() if seen is None else seen
        if duplicate is original or id(original) in seen:
            return
        seen.add(id(original))
        if followed(original) and not isinstance(original, float):
            self.node("copy", site, (self.encode(original),), duplicate)
        elif isinstance(original, dict):
            for key in original:
                if key in duplicate:
                    self._copied(site, original[key], duplicate[key], seen)
        elif isinstance(original, list | tuple):
            for one, other in zip(original, duplicate, strict=False):
                self._copied(site, one, other, seen)
        elif hasattr(original, "__dict__") and hasattr(duplicate, "__dict__") and not callable(original):
            self._copied(site, vars(original), vars(duplicate), seen)

    def _name(self, function: Any) -> str | None:
        """The operation's name, or None for a function that is not followed."""
        if isinstance(function, np.ufunc):
            return function.__name__
        try:
            if function in _BUILTINS:
                return _BUILTINS[function]
        except TypeError:
            return None
        module, name = getattr(function, "__module__", None) or "", getattr(function, "__name__", "")
        if module == "math":
            return _MATH.get(name, name)
        if function is np.matrix:
            return "matrix"
        if isinstance(function, type):
            return "astype" if issubclass(function, np.floating | np.integer) else None
        if module.split(".")[0] == "numpy" and "random" not in module and name not in _CREATORS:
            return f"linalg.{name}" if "linalg" in module else name
        if module.startswith(("scipy.special", "scipy.signal")):
            return name
        return None

    def _logged(self, arguments: Arguments, keywords: dict[str, Any]) -> Arguments:
        """The arguments of a call as they are logged, the keywords last; where the result goes is no argument."""
        logged = tuple(self.encode(argument) for argument in arguments)
        if keywords:
            logged = (*logged, {key: self.encode(value) for key, value in keywords.items() if key != "out"})
        return logged

    def _apply(self, site: int, name: str, function: Any, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        target = keywords.get("out")
        if isinstance(function, np.ufunc) and len(arguments) > function.nin:
            target = arguments[function.nin]
        if isinstance(target, tuple) and len(target) == 1:
            target = target[0]
        if name in _FIRST_WRITTEN or name == "at":
            return self._first_written(site, name, function, arguments, keywords)
        if rounds(name, arguments, keywords) and (exact := self._not_rounded(site, arguments[0])) is not None:
            return exact
        first = arguments[0] if arguments and name in _OF_ROWS else None
        rows = isinstance(first, list) and bool(first) and isinstance(first[0], list)
        if (name in _OPERANDS or rows) and not keywords:
            logged: Arguments = tuple(map(self._as_array, arguments))
        else:
            logged = self._logged(arguments, keywords)
        if isinstance(target, np.ndarray):
            self.memory.before_writing(target)
            value = function(*arguments, **keywords)
            inputs = logged[: function.nin] if isinstance(function, np.ufunc) else logged
            node = self._add(name, site, inputs, target)
            self.memory.written(target, node)
            self.chained(node, inputs)
            return value
        value = function(*arguments, **keywords)
        if name in _WINDOWS and isinstance(arguments[0], np.ndarray):
            memory = owner(arguments[0])
            if (held := self.memory.owned(memory)) is not None and memory.dtype == value.dtype:
                name, logged = "view", (Ref(held), *layout(value, memory))
                self.kept += value.nbytes
        self._result(name, site, logged, value, arguments)
        return value

    def read_again(self, site: int, number: Any, digits: int, write: Callable[[Any], float]) -> Any:
        """A number that is written down with some digits and read from there, which rounds it."""
        if not self.on or not followed(number):
            return write(number)
        self.site = site
        if (exact := self._not_rounded(site, number)) is not None:
            return exact
        logged = self._logged((number, digits), {})
        value = write(number)
        self._result("round", site, logged, value, (number,))
        return value

    def _not_rounded(self, site: int, exact: Any) -> Any:
        """What a number is that is not rounded, if none is to be; else None."""
        self.rounded = True
        if self.rounds or not followed(exact):
            return None
        value = exact.copy() if isinstance(exact, np.ndarray) else exact
        if value is not exact:
            self.node("copy", site, (self.encode(exact),), value)
        return value

    def _result(self, name: str, site: int, logged: Arguments, value: Any, arguments: Arguments) -> None:
        if followed(value):
            if not any(value is argument for argument in arguments):
                if isinstance(value, np.matrix):
                    name, logged = _of_matrix(name, logged, value)
                node = self.node(name, site, logged, value)
                if name in ("add", "subtract"):
                    self.chained(node, logged)
        elif isinstance(value, tuple | list) and value and all(followed(item) for item in value):
            whole = self._add(name, site, logged, None)
            for position, item in enumerate(value):
                self.node("item", site, (Ref(whole), position), item)
        else:
            self._tabled(name, site, logged, value)

    def _first_written(
        self, site: int, name: str, function: Any, arguments: Arguments, keywords: dict[str, Any]
    ) -> Any:
        target = arguments[0]
        if not isinstance(target, np.ndarray):
            return function(*arguments, **keywords)
        holder = getattr(function, "__self__", None)
        logged = self._logged(arguments, keywords)
        self.memory.before_writing(target)
        value = function(*arguments, **keywords)
        known = f"{holder.__name__}.at" if isinstance(holder, np.ufunc) else name
        self.memory.written(target, self._add(known, site, logged, target))
        return value

    def _method(self, site: int, function: Any, holder: Any, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        name = function.__name__
        if name == "dot" and len(arguments) == 1:
            holder, arguments = as_numbers(holder, *arguments), (as_numbers(*arguments, holder),)
            function = holder.dot
        if name == "tolist" and isinstance(holder, np.ndarray) and holder.size <= LIST_LIMIT:
            return self._listed(site, np.asarray(holder))  # the rows of a matrix are matrices again
        if name in _METHODS_WRITING and isinstance(holder, np.ndarray):
            logged = self._logged((holder, *arguments), {})
            self.memory.before_writing(holder)
            value = function(*arguments, **keywords)
            self.memory.written(holder, self._add(name, site, logged, holder))
            return value
        if isinstance(holder, np.ndarray) and not followed(holder):
            return function(*arguments, **keywords)
        name = {"item": "float"}.get(name, name)
        if isinstance(holder, np.matrix):
            name = OF_MATRIX.get(name, name)
        if rounds(name, (holder, *arguments), keywords) and (exact := self._not_rounded(site, holder)) is not None:
            return exact
        target = keywords.get("out")
        logged = self._logged((holder, *arguments), keywords)
        if isinstance(target, np.ndarray):
            self.memory.before_writing(target)
        value = function(*arguments, **keywords)
        if isinstance(target, np.ndarray):
            self.memory.written(target, self._add(name, site, logged, target))
        else:
            self._result(name, site, logged, value, (holder, *arguments))
        return value

    def _listed(self, site: int, array: Array) -> Any:
        if array.ndim == 0:
            return self.call(site, float, array) if array.dtype.kind == "f" else array.item()
        if array.ndim == 1:
            return [self._plain(site, item) for item in self.iterate(site, array)]
        return [self._listed(site, row) for row in array]

    def _plain(self, site: int, item: Any) -> Any:
        """A number of numpy's as one of Python's; an array of objects may hold anything else."""
        if isinstance(item, np.floating):
            return self.call(site, float, item)
        return item.item() if isinstance(item, np.generic) else item

    def _told(self, arguments: Arguments, keywords: dict[str, Any]) -> None:
        for argument in (*arguments, *keywords.values()):
            self._show([*argument.values()] if isinstance(argument, dict) else argument)

    def _unknown(self, site: int, function: Any, holder: Any, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        if function is print or isinstance(holder, str) or function in (str, repr, format) or isinstance(holder, list):
            self._told(arguments, {})
        name = getattr(function, "__name__", type(function).__name__)
        writes = name in ("shuffle", "fill")
        if writes:
            for argument in arguments:
                if isinstance(argument, np.ndarray):
                    self.memory.before_writing(argument)
        value = self._within(site, function, arguments, keywords)
        if writes:
            for argument in arguments:
                if isinstance(argument, np.ndarray):
                    self.memory.changed(argument)
        self.site = site
        if self.on and followed(value) and not isinstance(function, type):
            known = self.memory.array(value) if isinstance(value, np.ndarray) else self.memory.scalar(value)
            if known is None and not (name in _FETCHING and isinstance(value, float)):
                self.leaf(value, f"{getattr(function, '__module__', None) or type(holder).__name__}.{name}")
                self._unfollowed(site, name, arguments)
        return value


def _of_matrix(name: str, logged: Arguments, value: Any) -> tuple[str, Arguments]:
    """A `np.matrix` has two dimensions, whatever was summed or strung together."""
    if name in _REDUCTIONS:
        keywords = logged[-1] if logged and isinstance(logged[-1], dict) else {}
        plain = logged[:-1] if keywords else logged
        return name, (*plain, {**keywords, "keepdims": True})
    if name in ("ravel", "flatten"):
        return "reshape", (logged[0], value.shape)
    return name, logged


def _from_numpy(function: Any) -> bool:
    module = getattr(function, "__module__", None) or ""
    return module.split(".")[0] in ("numpy", "scipy")

"""What is usually made of the values that a line can read: looked up by what it gives."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from backproof.check.repair.derived import Term
from backproof.check.repair.holes import Numbers

_SAMPLE = 600  # elements by which values are held against each other
_SAME = 1e-6
_PAIRS = 800  # of which products are made

_FORMS: tuple[tuple[str, Callable[[Numbers], Numbers]], ...] = (
    ("{0}", lambda a: a),
    ("(1 - {0})", lambda a: 1 - a),
    ("(1 + {0})", lambda a: 1 + a),
    ("{0} ** 2", lambda a: a**2),
    ("(1 - {0} ** 2)", lambda a: 1 - a**2),
    ("(1 + {0} ** 2)", lambda a: 1 + a**2),
    ("({0} * (1 - {0}))", lambda a: a * (1 - a)),
    ("({0} > 0)", lambda a: (a > 0) * 1.0),
    ("np.sign({0})", np.sign),
    ("np.abs({0})", np.abs),
    ("(1 + np.abs({0}))", lambda a: 1 + np.abs(a)),
    ("np.sqrt({0})", np.sqrt),
    ("np.exp({0})", np.exp),
    ("(1 + np.exp(-{0}))", lambda a: 1 + np.exp(-a)),
    ("(1 - np.tanh({0}) ** 2)", lambda a: 1 - np.tanh(a) ** 2),
)
_SUMS: tuple[tuple[str, Callable[[Numbers], Numbers]], ...] = (
    ("{0}.sum(axis=0)", lambda a: a.sum(0)),
    ("{0}.mean(axis=0)", lambda a: a.mean(0)),
    ("{0}.sum(axis=-1, keepdims=True)", lambda a: a.sum(-1, keepdims=True)),
    ("{0}.mean(axis=-1, keepdims=True)", lambda a: a.mean(-1, keepdims=True)),
)


@dataclass(frozen=True)
class Made:
    """Texts, and some elements of the value of each as rows of a matrix."""

    texts: Sequence[str]
    values: Numbers

    def found(self, wanted: Numbers) -> Iterator[tuple[str, float]]:
        """The texts whose value is a wanted one, up to a factor, each with that factor."""
        known = np.isfinite(wanted)
        size = float(np.abs(wanted[known]).max(initial=0.0))
        if not size or known.sum() < 2:
            return
        rows = self.values if known.all() else self.values[:, known]
        row = wanted[known] / size
        with np.errstate(all="ignore"):  # some values of a program that goes wrong are very large
            squares = (rows**2).sum(axis=1)
            factors = np.divide(rows @ row, squares, out=np.zeros_like(squares), where=squares > 0)
            apart = np.abs(row - factors[:, None] * rows).max(axis=1)
        for n in np.flatnonzero((apart <= _SAME) & (factors != 0)).tolist():
            yield self.texts[n], float(factors[n]) * size


class Library:
    """What is made of some values, by the shape that it has."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.values = [(term.text, term.value.numpy()) for term in terms]
        self._forms: dict[tuple[int, ...], Made] = {}
        self._products: dict[tuple[int, ...], Made] = {}

    def forms(self, shape: tuple[int, ...]) -> Made:
        """What is made of one value."""
        if shape not in self._forms:
            self._forms[shape] = made_of(self._formed(shape), shape)
        return self._forms[shape]

    def products(self, shape: tuple[int, ...]) -> Made:
        """What is made of two values."""
        if shape not in self._products:
            self._products[shape] = made_of(self._multiplied(shape), shape)
        return self._products[shape]

    def _formed(self, shape: tuple[int, ...]) -> Iterator[tuple[str, Numbers]]:
        for text, value in self.values:
            for form, of in _SUMS if value.ndim > 1 else ():
                if _spreads((total := of(value)).shape, shape):
                    yield form.format(text), sampled(np.broadcast_to(total, shape), shape)
            if _spreads(value.shape, shape):
                own = sampled(np.broadcast_to(value, shape), shape)
                yield from ((form.format(text), of(own)) for form, of in _FORMS)
            if value.shape == shape == shape[::-1]:
                yield f"{text}.T", sampled(value.T, shape)

    def _multiplied(self, shape: tuple[int, ...]) -> Iterator[tuple[str, Numbers]]:
        alike = [(text, value) for text, value in self.values if value.shape == shape]
        for (left, one), (right, other) in itertools.islice(itertools.combinations(alike, 2), _PAIRS):
            yield f"{left} * {right}", sampled(one * other, shape)
        tables = [(text, value) for text, value in self.values if value.ndim > 1]
        if len(shape) == 1:
            over = [(text, value) for text, value in tables if value.ndim == 2 and value.shape[1] == shape[0]]
            for (left, one), (right, other) in itertools.islice(itertools.combinations(over, 2), _PAIRS):
                if one.shape == other.shape:
                    yield f"({left} * {right}).sum(axis=0)", sampled((one * other).sum(0), shape)
            return
        fitting = (
            (form, one, other)
            for left, right in itertools.permutations(tables, 2)
            for form, one, other in _products_of(left, right)
            if _shape_of_product(one, other) == shape
        )
        for form, one, other in itertools.islice(fitting, _PAIRS):
            yield form, _sampled_product(one, other, shape)


def made_of(rows: Iterable[tuple[str, Numbers]], shape: tuple[int, ...]) -> Made:
    """Texts with their values, but for those that are no numbers, or the same everywhere."""
    with np.errstate(all="ignore"):
        kept = [(text, value) for text, value in rows if np.isfinite(value).all() and np.ptp(value)]
    values = np.array([value for _, value in kept]).reshape(len(kept), len(_chosen(shape)))
    return Made([text for text, _ in kept], values)


def sampled(value: Numbers, shape: tuple[int, ...]) -> Numbers:
    """Some elements of an array of a shape, the same ones of each."""
    found: Numbers = value.reshape(-1)[_chosen(shape)]
    return found


def _sampled_product(one: Numbers, other: Numbers, shape: tuple[int, ...]) -> Numbers:
    """The same elements of a matrix product, without the others."""
    if len(shape) > 2:
        return sampled(one @ other, shape)
    rows, columns = np.divmod(_chosen(shape), shape[1])
    found: Numbers = np.einsum("ij,ij->i", one[rows], other.T[columns])
    return found


def _chosen(shape: tuple[int, ...]) -> Numbers:
    """The places of some elements of an array of a shape."""
    size = int(np.prod(shape))
    return np.arange(size) if size <= _SAMPLE else np.linspace(0, size - 1, _SAMPLE).astype(int)


def _spreads(own: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether what has one shape can be read as an array of another one, as numpy does."""
    return len(own) <= len(shape) and all(a in (1, b) for a, b in zip(own[::-1], shape[::-1], strict=False))


def _products_of(left: tuple[str, Numbers], right: tuple[str, Numbers]) -> Iterator[tuple[str, Numbers, Numbers]]:
    """The matrix products of two values, of which one may be turned round, or each matrix in it."""
    (first, one), (second, other) = left, right
    yield f"{first} @ {second}", one, other
    yield f"{first} @ {_turned(second, other)}", one, other.swapaxes(-1, -2)
    yield f"{_turned(first, one)} @ {second}", one.swapaxes(-1, -2), other


def _turned(text: str, value: Numbers) -> str:
    return f"{text}.T" if value.ndim == 2 else f"{text}.transpose(0, 2, 1)"


def _shape_of_product(one: Numbers, other: Numbers) -> tuple[int, ...] | None:
    """The shape of a matrix product, or of one for each sample; None if there is none."""
    if one.shape[-1] != other.shape[-2] or (one.ndim == other.ndim == 3 and len(one) != len(other)):
        return None
    samples = one.shape[:-2] or other.shape[:-2]
    return (*samples, one.shape[-2], other.shape[-1])

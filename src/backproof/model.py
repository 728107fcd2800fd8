"""A trained network in one safetensors file: numbers, and a header of JSON that is read and never executed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backproof.data.columns import (
    Category,
    Column,
    columns_from_json,
    columns_to_json,
    encode_columns,
)
from backproof.data.read import require_columns
from backproof.data.target import Target, target_from_json
from backproof.errors import BackproofError, DescriptionError, ModelError
from backproof.files import write_whole
from backproof.network import Network, read_network
from backproof.ops.op import Array, Optimizer
from backproof.ops.registry import find
from backproof.program.derivation import Derivation, namespace
from backproof.settings import check_inputs

if TYPE_CHECKING:
    import pandas

VERSION = 1
KEY = "backproof"


@dataclass(frozen=True)
class Model:
    """A trained network, with the facts about the columns of the table that it was trained on, if it was one."""

    network: Network
    parameters: Mapping[str, Array]
    columns: tuple[Column, ...] = ()
    target: Target | None = None
    table: str = ""
    """The file of the table, as it was named when the model was trained."""

    def outputs(self, x: Any) -> Array:
        """The network's output for rows of numbers, (rows, inputs) to (rows, outputs)."""
        derived = _derivation(self.network)
        dtype = next(iter(self.parameters.values())).dtype.name
        steps, output = derived.evaluation
        names = {**namespace(steps), **self.parameters, "x": check_inputs("x", x, self.network, dtype, None)}
        # "invalid" too: OpenBLAS now and then says it of a product of finite numbers
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            exec("\n".join(step.code for step in steps), names)
        found: Array = names[output]
        return found

    def predict(self, frame: pandas.DataFrame, where: str = "The table") -> pandas.DataFrame:
        """Predictions for the rows of a table, with the probability of every class.

        Raises DataError when a column is missing or holds what it should not.
        """
        import pandas

        if self.target is None:
            raise ModelError("This model was trained on arrays, not on a table: use outputs(x).")
        require_columns(frame, [column.name for column in self.columns], where)
        output = self.outputs(encode_columns(frame, self.columns, where))
        loss = self.network.loss
        answer = {f"predicted_{self.target.name}": self.target.decode(output, loss)}
        if self.target.classes:
            probabilities = self.target.probabilities(output, loss)
            for label, column in zip(self.target.classes, probabilities.T, strict=True):
                answer[f"probability_{label}"] = column
        return pandas.DataFrame(answer, index=frame.index)

    def unknown_words(self, frame: pandas.DataFrame) -> dict[str, list[str]]:
        """Words in category columns that were not there in training, by column."""
        found = {c.name: c.unknown(frame[c.name]) for c in self.columns if isinstance(c, Category)}
        return {name: words for name, words in found.items() if words}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model whole or not at all. Raises DataError when the place cannot be written to."""
        from safetensors.numpy import save_file

        facts = {
            "version": VERSION,
            "network": [str(op) for op in self.network.ops],
            "loss": str(self.network.loss),
            "columns": columns_to_json(self.columns),
            "target": asdict(self.target) if self.target else None,
            "table": self.table,
        }
        tensors = {name: np.ascontiguousarray(array) for name, array in self.parameters.items()}
        header = {KEY: json.dumps(facts)}
        write_whole(Path(path), lambda beside: save_file(tensors, beside, metadata=header))


def load(path: str | os.PathLike[str]) -> Model:
    """Read a model that `save` wrote.

    Raises ModelError with one sentence for a file that is missing, damaged, cut short or something else.
    """
    from safetensors import SafetensorError, safe_open

    place = Path(path)
    if not place.is_file():
        raise ModelError(f"There is no model file {place}.")
    try:
        with safe_open(place, framework="numpy") as file:
            facts = json.loads((file.metadata() or {}).get(KEY, "null"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"{place} is not a model, or it is damaged: {reason}.") from None
    if not isinstance(facts, dict) or "network" not in facts:
        raise ModelError(f"{place} is a safetensors file, but not one that backproof wrote: it has no description.")
    if facts.get("version") != VERSION:
        raise ModelError(f"{place} has version {facts.get('version')!r}, but this backproof reads version {VERSION}.")
    try:
        return _assemble(facts, arrays)
    except BackproofError as error:
        raise ModelError(f"{place} is damaged: {error}") from None


def _assemble(facts: dict[str, Any], arrays: dict[str, Array]) -> Model:
    words, loss = facts.get("network"), facts.get("loss")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words) or not isinstance(loss, str):
        raise ModelError("it has no description of the network.")
    network = read_network(words, loss)
    for tensor in _derivation(network).tensors:
        array = arrays.get(tensor.name)
        if array is None or array.shape != tensor.parameter.shape or array.dtype.kind != "f":
            raise ModelError(f"parameter {tensor.name} should be numbers of shape {tensor.parameter.shape}.")
        if not np.isfinite(array).all():
            raise ModelError(f"parameter {tensor.name} holds numbers that are not finite.")
    columns = columns_from_json(facts.get("columns") or ())
    target = target_from_json(facts["target"]) if facts.get("target") else None
    width = sum(column.width for column in columns)
    if columns and network.in_features not in (None, width):
        raise DescriptionError(f"its columns make {width} inputs, but the network takes {network.in_features}.")
    if target and target.classes and network.outputs(width) != target.outputs(network.loss):
        raise DescriptionError("its classes do not fit the network's outputs.")
    return Model(network, arrays, columns, target, str(facts.get("table") or ""))


def _derivation(network: Network) -> Derivation:
    return Derivation(network, find("SGD", Optimizer)())

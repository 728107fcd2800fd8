"""A model comes back from its file as it was, and any other file gets one sentence."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import backproof as bp
from backproof.data.columns import Category, Number
from backproof.data.target import Target
from backproof.errors import ModelError
from backproof.model import Model


@pytest.fixture
def model() -> Model:
    network = bp.Network([bp.Linear(3, 4), bp.BatchNorm1d(4), bp.GELU(), bp.Linear(4, 3)], bp.CrossEntropyLoss(0.1))
    x = np.random.default_rng(0).normal(size=(12, 3))
    run = bp.train(network, x, np.arange(12) % 3, epochs=4, dtype="float32")
    columns = (Number("size", 2.0, 3.0, 1.5), Category("colour", ("red", "blue"), "red"))
    return Model(network, run.parameters, columns, Target("kind", ("a", "b", "c")))


def test_a_model_comes_back_as_it_was(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    model.save(path)
    loaded = bp.load(path)
    assert loaded.network == model.network
    assert loaded.columns == model.columns
    assert loaded.target == model.target
    x = np.random.default_rng(1).normal(size=(5, 3))
    np.testing.assert_array_equal(loaded.outputs(x), model.outputs(x))
    assert loaded.outputs(x).dtype == np.float32


def test_outputs_are_those_of_the_run(tmp_path: Path) -> None:
    network = bp.Network([bp.Linear(2, 3), bp.Dropout(0.5), bp.ReLU(), bp.Linear(3, 1)], bp.MSELoss())
    x = np.random.default_rng(0).normal(size=(12, 2))
    run = bp.train(network, x, x[:, :1], epochs=4, engine="torch")
    run.save(tmp_path / "m.safetensors")
    np.testing.assert_allclose(bp.load(tmp_path / "m.safetensors").outputs(x), run.predict(x), rtol=1e-12)


def test_a_file_that_is_cut_short_at_any_place_gets_a_sentence(model: Model, tmp_path: Path) -> None:
    path, cut = tmp_path / "m.safetensors", tmp_path / "cut.safetensors"
    model.save(path)
    whole = path.read_bytes()
    for length in [0, 1, 7, 8, 9, 50, 300, len(whole) // 2, len(whole) - 1]:
        cut.write_bytes(whole[:length])
        with pytest.raises(ModelError, match=r"damaged|not a model"):
            bp.load(cut)


def test_bytes_that_are_changed_anywhere_never_give_a_traceback(model: Model, tmp_path: Path) -> None:
    path, changed = tmp_path / "m.safetensors", tmp_path / "changed.safetensors"
    model.save(path)
    whole = path.read_bytes()
    chance = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for place in chance.integers(0, 900, 3):
            damaged[place] = chance.integers(0, 256)
        changed.write_bytes(damaged)
        try:
            bp.load(changed)
        except ModelError:
            refused += 1
    assert refused > 100


def rewritten(path: Path, change: Any) -> None:
    """The same file with other facts in its header."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    facts = json.loads(header["__metadata__"]["backproof"])
    change(facts)
    header["__metadata__"]["backproof"] = json.dumps(facts)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + raw[8 + length :])


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: facts.update(network=["__import__('os').system('touch hacked')"]),
        lambda facts: facts.update(network=["Linear(3, 4)"]),
        lambda facts: facts.update(network=[]),
        lambda facts: facts.update(network="Linear(3, 4)"),
        lambda facts: facts.update(loss=None),
        lambda facts: facts.update(version=99),
        lambda facts: facts.update(columns=[{"kind": "number"}]),
        lambda facts: facts.update(columns=3),
        lambda facts: facts["columns"][0].update(scale=0.0),
        lambda facts: facts["columns"].pop(),
        lambda facts: facts.update(target={"name": 1}),
        lambda facts: facts["target"].update(classes=["a"]),
        lambda facts: facts["network"].__setitem__(0, "Linear(" * 200 + "1" + ")" * 200),
        lambda facts: facts["network"].__setitem__(0, "Linear(3, 10000000000)"),
    ],
)
def test_a_header_that_was_tampered_with_is_refused_and_never_executed(
    model: Model, tmp_path: Path, change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "m.safetensors"
    model.save(path)
    rewritten(path, change)
    with pytest.raises(ModelError):
        bp.load(path)
    assert not (tmp_path / "hacked").exists()


def test_foreign_files_get_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"weight": np.zeros(3)}, path)
    with pytest.raises(ModelError, match="not one that backproof wrote"):
        bp.load(path)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ModelError, match="not a model"):
        bp.load(path)
    with pytest.raises(ModelError, match="no model file"):
        bp.load(tmp_path / "missing")
    with pytest.raises(ModelError, match="no model file"):
        bp.load(tmp_path)

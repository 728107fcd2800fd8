"""The command line: the main job, tables, the proof, files, and bad input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import backproof as bp
from backproof.ops.activations.sigmoid import Sigmoid
from backproof.ops.op import Array
from tests.conftest import Command
from tests.interrupted import interrupted


def test_train_prints_both_losses_the_predictions_and_the_verdict(backproof: Command) -> None:
    code, output, _ = backproof("train")
    assert code == 0
    for epoch, loss in {0: 0.251729, 1000: 0.058623, 2000: 0.018277, 3000: 0.009532, 4000: 0.006204}.items():
        assert re.search(rf"^ *{epoch} +{loss} +{loss}$", output, re.MULTILINE)
    for x, answer in {"-3": 0.04496379, "-0.5": 0.05038995, "0.75": 0.82580811, "3": 0.95250045}.items():
        assert re.search(rf"^ *{x} +{answer} +{answer}$", output, re.MULTILINE)
    assert "✓ equal" in output
    assert "✓ central differences agree at every one of the 4 parameters" in output


def test_train_as_json(backproof: Command) -> None:
    code, output, errors = backproof("train", "--json", "--learning-rate", 0.25)
    assert code == 0
    assert not errors
    found = json.loads(output)
    for name in ("compiled", "torch"):
        engine = found["engines"][name]
        assert list(engine["losses"]) == ["0", "1000", "2000", "3000", "4000"]
        np.testing.assert_allclose(list(engine["losses"].values())[1:3], [0.012689, 0.004523], atol=5e-7)
        np.testing.assert_allclose(engine["predictions"][:2], [0.02604618, 0.02810493], atol=5e-9)
        assert engine["metrics"]["final_loss"] > 0
    assert found["proof"]["holds"] is True
    assert 0 < found["proof"]["largest_difference"] < 1e-12


@pytest.mark.parametrize("engine", ["numpy", "compiled", "torch"])
def test_one_engine_alone(backproof: Command, engine: str) -> None:
    code, output, _ = backproof("train", "--engine", engine, "--epochs", 10, "--json")
    assert code == 0
    found = json.loads(output)
    assert list(found["engines"]) == [engine]
    assert "proof" not in found


def test_a_table_is_trained_saved_and_answered(backproof: Command, flowers: Path, tmp_path: Path) -> None:
    model, picture, answers = tmp_path / "m.safetensors", tmp_path / "p.svg", tmp_path / "answers.csv"
    code, output, _ = backproof(
        "train", flowers, "--target", "kind", "--validation", 0.2, "--hidden", "8,4", "--activation", "tanh",
        "--save", model, "--plot", picture, "--epochs", 60, "--seed", 1,
    )  # fmt: skip
    assert code == 0, output
    assert "Linear(5, 8) → Tanh() → Linear(8, 4) → Tanh() → Linear(4, 3), CrossEntropyLoss()" in output
    assert re.search(r"petal +number +minus .*missing become .*, the median", output)
    assert re.search(r"colour +category +one input for each of 3: blue, red, white; .* the most frequent", output)
    assert "Missing is a cell that is empty or says NA" in output
    assert "3 classes: iris, lily, rose" in output
    assert picture.read_text().startswith("<?xml")
    code, _, errors = backproof("predict", model, flowers, "-o", answers)
    assert code == 0
    assert "90 predictions" in errors
    found, wanted = pd.read_csv(answers), pd.read_csv(flowers)
    assert list(found) == ["predicted_kind", "probability_iris", "probability_lily", "probability_rose"]
    assert (found["predicted_kind"] == wanted["kind"]).mean() > 0.9
    np.testing.assert_allclose(found.iloc[:, 1:].sum(axis=1), 1.0, atol=1e-9)


def test_predict_reports_words_it_has_never_seen_and_missing_columns(
    backproof: Command, flowers: Path, tmp_path: Path
) -> None:
    model, other = tmp_path / "m.safetensors", tmp_path / "other.csv"
    assert backproof("train", flowers, "-t", "kind", "--epochs", 2, "--engine", "numpy", "--save", model)[0] == 0
    other.write_text("petal,sepal,colour\n1.0,0.5,violet\n")
    code, output, errors = backproof("predict", model, other)
    assert code == 0
    assert output.startswith("predicted_kind,")
    assert "never seen: violet" in errors
    other.write_text("petl,sepal,colour\n1.0,0.5,red\n")
    code, output, errors = backproof("predict", model, other)
    assert (code, output) == (2, "")
    assert "has no column 'petal'. Did you mean petl?" in errors


@pytest.mark.slow
def test_a_number_is_predicted_in_its_own_units(backproof: Command, tmp_path: Path) -> None:
    table, model = tmp_path / "t.csv", tmp_path / "m.safetensors"
    x = np.linspace(0, 5, 80)
    pd.DataFrame({"x": x, "price": 1000 * x + 5000}).to_csv(table, index=False)
    code, output, _ = backproof("train", table, "-t", "price", "--save", model, "--json", "--plot", tmp_path / "p.png")
    assert code == 0
    found = json.loads(output)
    assert found["engines"]["compiled"]["metrics"]["r2"] > 0.99
    assert found["engines"]["compiled"]["metrics"]["rmse"] > 1
    code, output, _ = backproof("predict", model, table)
    answers = np.array([float(line) for line in output.splitlines()[1:]])
    np.testing.assert_allclose(answers, 1000 * x + 5000, atol=300)
    np.testing.assert_allclose(answers, found["engines"]["compiled"]["predictions"], rtol=1e-12)


@pytest.mark.slow
def test_every_option_of_the_training(backproof: Command, flowers: Path) -> None:
    code, output, errors = backproof(
        "train", flowers, "-t", "kind", "--features", "petal,sepal", "--loss", "CrossEntropyLoss(label_smoothing=0.1)",
        "--optimizer", "SGD(momentum=0.9, nesterov=True)", "--learning-rate", 0.05, "--batch-size", 10, "--init", "he",
        "--seed", 7, "--dtype", "float32", "--schedule", "StepLR(5, gamma=0.5)", "--clip-norm", 1, "--patience", 3,
        "--min-delta", 0.001, "--report-every", 2, "--epochs", 30, "--validation", 0.3, "--json",
    )  # fmt: skip
    assert code == 0, errors
    found = json.loads(output)
    assert found["optimizer"] == "SGD(learning_rate=0.05, momentum=0.9, nesterov=True)"
    assert found["network"][0] == "Linear(2, 16)"
    assert found["loss"] == "CrossEntropyLoss(label_smoothing=0.1)"
    assert list(found["engines"]["compiled"]["losses"])[:2] == ["0", "2"]
    assert found["proof"]["holds"]


def test_prove_prints_the_table_and_exits_with_1_when_a_line_is_wrong(
    backproof: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, output, _ = backproof("prove", "--epochs", 50)
    assert code == 0
    assert re.search(r"✓ backward +d_a2", output)
    assert len(re.findall("✓", backproof("prove", "--epochs", 50, "--each-step")[1])) > len(re.findall("✓", output))
    assert json.loads(backproof("prove", "--epochs", 5, "--json")[1])["holds"] is True

    def backward(d_a: Array, a: Array) -> Array:
        d_z = d_a * a
        return d_z

    monkeypatch.setattr(Sigmoid, "backward", staticmethod(backward))
    code, output, _ = backproof("prove", "--epochs", 50)
    assert code == 1
    assert "NOT equal: d_z2 at step 0" in output
    assert "d_z2 = d_a2 * a2 " in output
    assert "the last that held: d_a2" in output
    assert "central differences disagree" in output
    assert backproof("train", "--epochs", 50)[0] == 1
    assert json.loads(backproof("prove", "--epochs", 5, "--json")[1])["holds"] is False


@pytest.mark.parametrize("to", ["numpy", "torch"])
def test_write_hands_out_a_program_that_prints_the_losses(backproof: Command, tmp_path: Path, to: str) -> None:
    path = tmp_path / "program.py"
    code, output, _ = backproof("write", "--to", to, "-o", path, "--epochs", 100, "--report-every", 10)
    assert (code, output) == (0, "")
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True)
    losses = json.loads(
        backproof("train", "--engine", to, "--epochs", 100, "--report-every", 10, "--json")[1]
    )["engines"][to]["losses"]  # fmt: skip
    assert done.stdout.splitlines()[:10] == [f"epoch {epoch}: loss {loss}" for epoch, loss in losses.items()]
    _, output, _ = backproof("write", "--to", to, "--epochs", 100, "--report-every", 10)
    assert output == path.read_text()


def test_write_takes_a_table(backproof: Command, flowers: Path, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    arguments = [flowers, "-t", "kind", "--epochs", 10, "--report-every", 1]
    assert backproof("write", *arguments, "-o", path)[0] == 0
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True)
    trained = json.loads(backproof("train", *arguments, "--engine", "numpy", "--json")[1])
    losses = trained["engines"]["numpy"]["losses"]
    assert done.stdout.splitlines() == [f"epoch {epoch}: loss {loss}" for epoch, loss in losses.items()]


BAD: list[tuple[list[str], str]] = [
    (["train", "nowhere.csv", "-t", "y"], "There is no file nowhere.csv"),
    (["train", "{flowers}"], "Say --target COLUMN. There are: petal, sepal, colour, kind"),
    (["train", "{flowers}", "-t", "knd"], "has no column 'knd'. Did you mean kind?"),
    (["train", "{flowers}", "-t", "kind", "--features", "petals"], "Did you mean petal?"),
    (["train", "--target", "y"], "needs a table"),
    (["train", "--activation", "sigmod"], "no activation called 'sigmod'. Did you mean Sigmoid?"),
    (["train", "--loss", "mse"], "Did you mean MSELoss?"),
    (["train", "--optimizer", "adm"], "Did you mean Adam?"),
    (["train", "--optimizer", "SGD(momentum=-1)"], "momentum must be at least 0"),
    (["train", "--hidden", "4,x"], "whole numbers"),
    (["train", "--batch-size", "some"], 'a whole number or "all"'),
    (["train", "--epochs", "0"], "epochs is 0"),
    (["train", "--seed", "-1"], "seed is -1"),
    (["train", "--dtype", "half"], "float64, float32"),
    (["train", "--engine", "jax"], "--engine is 'jax'"),
    (["train", "--learning-rate", "nan"], "learning_rate must be a number"),
    (
        ["train", "--loss", "HalfSquaredError", "--activation", "ReLU", "--lr", "1e200", "--hidden", "9"],
        "Try a learning",
    ),
    (["train", "--save", "{tmp}/no/m.safetensors"], "there is no folder"),
    (["train", "--save", "{tmp}"], "is a folder"),
    (["train", "--save", "/proc/m.safetensors"], "/proc/m.safetensors cannot be written"),
    (["write", "-o", "{tmp}/" + "n" * 300 + ".py"], "name too long"),
    (["train", "--hidden", "1000000000000", "--engine", "numpy"], "not enough memory"),
    (["train", "--plot", "{tmp}/p.gif"], ".png, .svg, .pdf"),
    (["train", "--loss", "CrossEntropyLoss"], "class indices"),
    (["write", "--to", "jax"], "numpy, torch, compiled"),
    (["write", "-o", "{tmp}/no/p.py"], "there is no folder"),
    (["predict", "{flowers}", "{flowers}"], "not a model"),
    (["predict", "nothing", "{flowers}"], "no model file"),
    (["prove", "{flowers}", "-t", "colour", "--validation", "0.999"], "few"),
]


@pytest.mark.parametrize(
    ("arguments", "words"), BAD, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_bad_input_gets_one_sentence_and_exit_2(
    backproof: Command, flowers: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    before = sorted(tmp_path.iterdir())
    code, _, errors = backproof(*[word.format(flowers=flowers, tmp=tmp_path) for word in arguments])
    assert code == 2
    errors = "\n".join(line for line in errors.splitlines() if not line.startswith("Compil"))
    assert words in errors
    assert errors.startswith("Error: ")
    assert "Traceback" not in errors
    assert len(errors.strip().splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("arguments", [["train", "--epochs", "many"], ["nonsense"], ["train", "--nonsense"]])
def test_bad_usage_exits_with_2(backproof: Command, arguments: list[str]) -> None:
    code, _, errors = backproof(*arguments)
    assert code == 2
    assert "Traceback" not in errors


def test_links_are_followed_and_pipes_are_written_into(backproof: Command, tmp_path: Path) -> None:
    import os
    import threading

    target, link, pipe = tmp_path / "target.py", tmp_path / "link.py", tmp_path / "pipe"
    target.write_text("keep")
    link.symlink_to(target)
    assert backproof("write", "-o", link)[0] == 0
    assert link.is_symlink()
    assert "import numpy" in target.read_text()
    os.mkfifo(pipe)
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_text()))
    reader.start()
    assert backproof("write", "-o", pipe)[0] == 0
    reader.join(timeout=10)
    assert found == [target.read_text()]
    assert pipe.is_fifo()


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = f"{sys.executable} -m backproof train --engine numpy --epochs 2 | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] in ("0", "141")
    assert done.stderr == ""


def test_columns_are_named_with_quotes_where_their_names_hold_commas(backproof: Command, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    pd.DataFrame({"size, in cm": np.arange(20.0), "b": np.arange(20.0) ** 2, "y": ["p", "q"] * 10}).to_csv(
        path, index=False
    )
    for words in ("size, in cm", '"size, in cm"', 'b,"size, in cm",b'):
        code, output, errors = backproof("train", path, "-t", "y", "--features", words, "--epochs", 1, "--json")
        assert code == 0, errors
        assert "size, in cm" in [column["name"] for column in json.loads(output)["columns"]]


def test_ctrl_c_during_a_proof_says_so() -> None:
    (stopped,) = interrupted(["prove", "--epochs", "100000000"], after=8)
    assert stopped.returncode == 130
    assert stopped.stderr.startswith("Interrupted")


def test_a_place_without_permission_is_refused_before_the_training(
    backproof: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # root may write anywhere, so a folder without permission is played
    monkeypatch.setattr("backproof.files.os.access", lambda *_: False)
    code, _, errors = backproof("train", "--save", tmp_path / "m.safetensors")
    assert code == 2
    assert "permission" in errors


def run_python(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True, **more)


def test_help_imports_nothing_heavy_and_is_fast() -> None:
    heavy = "numpy torch pandas sklearn matplotlib"
    code = f"import sys, backproof.cli; print([m for m in '{heavy}'.split() if m in sys.modules])"
    assert run_python("-c", code).stdout.strip() == "[]"
    seconds = []
    for _ in range(3):
        # the processor's time, which other work on the machine does not stretch
        before = os.times()
        assert "train" in run_python("-m", "backproof", "--help").stdout
        after = os.times()
        spent = after.children_user - before.children_user + after.children_system - before.children_system
        seconds.append(spent)
    assert 0 < min(seconds) < 0.8


def test_importing_the_library_costs_nothing_and_knows_its_version() -> None:
    code = "import sys, backproof; print('numpy' in sys.modules, backproof.__version__)"
    assert run_python("-c", code).stdout.strip() == f"False {bp.__version__}"
    assert run_python("-m", "backproof", "--version").stdout.strip() == f"backproof {bp.__version__}"


def test_ctrl_c_keeps_the_best_so_far_and_says_so(tmp_path: Path) -> None:
    model = tmp_path / "m.safetensors"
    command = ["train", "--epochs", "100000000", "--engine", "numpy", "--save", str(model)]
    (stopped,) = interrupted(command, after=6)
    assert stopped.returncode == 130
    assert "Interrupted: kept the parameters of epoch" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert "The model is in" in stopped.stdout
    assert bp.load(model).network.in_features == 1


def test_a_sweep_prints_the_best_first_and_writes_all(backproof: Command, flowers: Path, tmp_path: Path) -> None:
    table, picture = tmp_path / "all.csv", tmp_path / "sweep.png"
    words = [
        "--vary",
        "lr=0.001,0.1",
        "--vary",
        "seed=42:44",
        "--vary",
        "hidden=4,6",
        "--validation",
        0.2,
        "--epochs",
        8,
    ]
    arguments = ["sweep", flowers, "-t", "kind", *words, "--rows", 3, "--csv", table, "--plot", picture]
    code, output, errors = backproof(*arguments)
    assert code == 0, errors
    rows = pd.read_csv(table)
    assert list(rows.columns) == ["learning_rate", "seed", "hidden", "loss", "validation_loss", "accuracy"]
    assert len(rows) == 8
    best = rows.sort_values("validation_loss").iloc[0]
    shown = output.splitlines()[1].split()
    assert shown[:3] == [f"{best['learning_rate']:g}", f"{best['seed']:g}", f"{best['hidden']:g}"]
    assert "8 trainings; 5 more are not shown" in output
    assert picture.stat().st_size > 5000
    code, output, _ = backproof("sweep", flowers, "-t", "kind", *words, "--json")
    found = json.loads(output)
    assert code == 0
    assert found["trainings"][0]["validation_loss"] == pytest.approx(best["validation_loss"])
    alone = ["train", flowers, "-t", "kind", "--validation", 0.2, "--epochs", 8, "--hidden", int(best["hidden"])]
    alone += ["--lr", best["learning_rate"], "--engine", "numpy", "--json"]
    if best["seed"] == 42:
        losses = json.loads(backproof(*alone)[1])["engines"]["numpy"]["validation_losses"]
        assert losses["7"] == pytest.approx(best["validation_loss"], rel=1e-6)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "What is to vary?"),
        (["-v", "lr"], "must be a name and values"),
        (["-v", "seed=3:1"], "range of whole numbers"),
        (["-v", "lr=0.1", "-v", "learning_rate=0.2"], "is given twice"),
        (["-v", "rate=0.1"], "There is no setting called 'rate'"),
        (["-v", "hidden=4-4-x"], "must be whole numbers"),
        (["-v", "lr=0.1", "--threads", 0], "--threads is 0"),
        (["-v", "lr=0.1", "--rows", -1], "--rows is -1"),
        (["-v", "hidden=4.5"], "hidden is 4.5"),
        (["-v", "lr=0.1", "--plot", "p.txt"], "can be drawn as"),
    ],
)
def test_a_sweep_that_cannot_be_is_one_sentence(backproof: Command, words: list[object], told: str) -> None:
    code, _, errors = backproof("sweep", *words)
    assert (code, len(errors.strip().splitlines())) == (2, 1)
    assert told in errors


def test_two_engines_are_proved_and_the_compiled_text_is_written(backproof: Command, tmp_path: Path) -> None:
    code, output, _ = backproof("prove", "--engine", "numpy,compiled", "--epochs", 9)
    assert code == 0
    assert "agree with the compiled ones" in output
    assert backproof("prove", "--engine", "numpy")[0] == 2
    assert backproof("prove", "--engine", "numpy,numpy")[0] == 2
    assert "no engine called 'jax'" in backproof("prove", "--engine", "jax,numpy")[2]
    code, output, _ = backproof("write", "--to", "compiled")
    assert code == 0
    assert "def train(" in output
    assert backproof("write", "--to", "compiled", "-o", tmp_path / "c.py")[0] == 0
    assert (tmp_path / "c.py").read_text() == output


def test_words_of_a_sweep_are_read_as_they_are_meant(backproof: Command) -> None:
    arguments = ["sweep", "--epochs", 20, "--optimizer", "SGD(0.5,momentum=0.9)", "-v", "nesterov=False,True", "--json"]
    losses = {row["nesterov"]: row["loss"] for row in json.loads(backproof(*arguments)[1])["trainings"]}
    for nesterov in (False, True):
        words = f"SGD(0.5,momentum=0.9,nesterov={nesterov})"
        alone = backproof("train", "--engine", "numpy", "--epochs", 20, "--optimizer", words, "--lr", 0.5, "--json")[1]
        last = list(json.loads(alone)["engines"]["numpy"]["losses"].values())
        assert losses[nesterov] < last[0]
    assert losses[True] != losses[False]
    two = ["-v", "optimizer=Adam(betas=(0.9,0.99)),SGD", "--lr", 0.3, "--epochs", 5, "--json"]
    found = json.loads(backproof("sweep", *two)[1])["trainings"]
    assert {row["optimizer"] for row in found} == {
        "Adam(learning_rate=0.3, betas=(0.9, 0.99))", "SGD(learning_rate=0.3)",
    }  # fmt: skip

"""One prediction of a saved model, from the row of a table to the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas
import pytest

import backproof as bp
from backproof.errors import DataError, DescriptionError, ModelError
from backproof.lesson.blocks import Formula, Table, pieces
from backproof.lesson.prediction import explain_prediction
from backproof.model import load
from tests.conftest import Command
from tests.lesson.formulas.evaluate import evaluate


@pytest.fixture
def model(backproof: Command, flowers: Path) -> Path:
    place = flowers.with_name("flowers.safetensors")
    code, _, error = backproof("train", flowers, "--target", "kind", "--epochs", "15", "--save", place)
    assert code == 0, error
    return place


def _tables(lesson: bp.Lesson) -> dict[str, Table]:
    chapters = [chapter for part in lesson.document.parts for chapter in part.chapters]
    return {chapter.title: block for chapter in chapters for block in chapter.blocks if isinstance(block, Table)}


def _values(cells: tuple[str, ...]) -> list[float]:
    return [float(piece.value) for cell in cells for piece in pieces(cell) if piece.value]


def test_it_goes_from_the_row_to_the_answer(model: Path, flowers: Path) -> None:
    loaded, frame = load(model), pandas.read_csv(flowers)
    row = 10
    lesson = explain_prediction(loaded, frame, row)
    answer = loaded.predict(frame).iloc[row - 1]
    assert lesson.document.title == f"Row {row}: why the answer is {answer.iloc[0]}"
    given, answers, changes = _tables(lesson).values()
    # the original names and values, and what the network is given instead
    assert [cells[0] for cells in given.rows] == ["petal", "sepal", "colour"]
    assert [cells[1] for cells in given.rows][2] == str(frame["colour"][row - 1])
    sepal: Any = loaded.columns[1]
    assert _values((given.rows[1][3],)) == [pytest.approx((frame["sepal"][row - 1] - sepal.mean) / sepal.scale)]
    assert [_values(cells)[-1] for cells in answers.rows] == pytest.approx([float(v) for v in answer.iloc[1:]])
    # the formulas come to the numbers of the network itself
    formulas = [b for part in lesson.document.parts for c in part.chapters for b in c.blocks if isinstance(b, Formula)]
    output = max(loaded.outputs(_encoded(loaded, frame, row))[0])
    assert evaluate(formulas[-1].expression) == pytest.approx(output, rel=1e-9)
    # what would change the answer: asked of the model itself, with a table that was changed
    words, after, difference, new_answer = changes.rows[0]
    name, _, other = words.partition(" were ")
    moved = frame.iloc[[row - 1]].copy()
    if other.startswith("larger by "):
        column: Any = next(c for c in loaded.columns if c.name == name)
        moved[name] = moved[name] + column.scale
    else:
        moved[name] = other
    best = f"probability_{answer.iloc[0]}"
    assert _values((after,)) == [pytest.approx(float(loaded.predict(moved)[best].iloc[0]), rel=1e-9)]
    assert new_answer == str(loaded.predict(moved).iloc[0, 0])
    assert _values((difference,))[0] == pytest.approx(_values((after,))[0] - float(answer[best]), abs=1e-12)


def _encoded(model: bp.Model, frame: pandas.DataFrame, row: int) -> object:
    from backproof.data.columns import encode_columns

    return encode_columns(frame.iloc[[row - 1]], model.columns, "")


def test_on_the_command_line(model: Path, flowers: Path, backproof: Command, tmp_path: Path) -> None:
    code, out, _ = backproof("explain", model, "--row", "8")
    assert code == 0
    assert "Row 8: why the answer is" in out
    page = tmp_path / "row.html"
    code, _, error = backproof("explain", model, "--row", "3", "--table", flowers, "-o", page)
    assert (code, page.exists()) == (0, True), error
    assert "<math" in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--row", "0"], "there is no row 0"),
        (["--row", "91"], "has 90 rows, so there is no row 91"),
        ([], "Say --row N"),
        (["--row", "1", "--table", "nowhere.csv"], "nowhere.csv"),
        (["--row", "1", "--epochs", "9", "--sample", "7"], "--epochs, --sample: a saved model is trained already"),
        (["--row", "1", "--to", "notebook"], "no training to put into a notebook"),
    ],
)
def test_bad_input(model: Path, arguments: list[str], words: str, backproof: Command) -> None:
    code, _, error = backproof("explain", model, *arguments)
    assert code == 2
    assert words in error


def test_a_table_that_has_moved(model: Path, flowers: Path, backproof: Command) -> None:
    moved = flowers.rename(flowers.with_name("other.csv"))
    code, _, error = backproof("explain", model, "--row", "1")
    assert code == 2
    assert "which is not there now" in error
    assert backproof("explain", model, "--row", "1", "--table", moved)[0] == 0


def test_a_model_of_arrays_has_no_columns(tmp_path: Path, notebook: tuple[bp.Network, object, object]) -> None:
    network, x, y = notebook
    bp.train(network, x, y, epochs=3).save(tmp_path / "m.safetensors")
    with pytest.raises(ModelError, match="no columns to explain"):
        explain_prediction(load(tmp_path / "m.safetensors"), pandas.DataFrame({"x": [1.0]}), 1)


def test_a_missing_column(model: Path, flowers: Path) -> None:
    frame = pandas.read_csv(flowers).drop(columns="sepal")
    with pytest.raises(DataError, match="sepal"):
        explain_prediction(load(model), frame, 1)


def test_a_number_is_brought_back_to_its_own_units(backproof: Command, tmp_path: Path) -> None:
    path, place = tmp_path / "line.csv", tmp_path / "line.safetensors"
    path.write_text("a,b\n" + "\n".join(f"{i / 3:.3f},{100 + 7.5 * i}" for i in range(40)) + "\n")
    assert backproof("train", path, "--target", "b", "--epochs", "5", "--save", place)[0] == 0
    loaded, frame = load(place), pandas.read_csv(path)
    lesson = explain_prediction(loaded, frame, 4)
    answers: Any = loaded.predict(frame)
    wanted = float(answers.iloc[3, 0])
    assert f"why the answer is {wanted:.6g}" in lesson.document.title
    text = lesson.to_markdown()
    assert "multiplied and the mean is added again" in text


def test_a_lesson_of_a_prediction_is_no_notebook(model: Path, flowers: Path) -> None:
    with pytest.raises(DescriptionError, match="no training"):
        explain_prediction(load(model), pandas.read_csv(flowers), 1).to_notebook()

"""Tables: what is done to each column, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import backproof as bp
from backproof.data.columns import Number, columns_from_json, columns_to_json, encode_columns
from backproof.data.read import read_table
from backproof.data.table import Table, prepare
from backproof.errors import DataError
from backproof.ops.op import Loss


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def mixed(rows: int = 60) -> pd.DataFrame:
    chance = np.random.default_rng(0)
    frame = table(
        size=chance.normal(5, 2, rows),
        colour=chance.choice(["red", "blue", "green"], rows),
        count=chance.integers(0, 9, rows),
        kind=chance.choice(["a", "b", "c"], rows),
    )
    frame.loc[[3, 9], "size"] = np.nan
    frame.loc[[4], "colour"] = None
    return frame


def test_inputs_are_those_of_a_column_transformer() -> None:
    frame = mixed()
    made = prepare(frame, "kind")
    reference = ColumnTransformer(
        [
            ("n", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["size", "count"]),
            ("c", make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), ["colour"]),
        ],
        sparse_threshold=0,
    )
    prepared = frame.assign(colour=frame["colour"].astype(object).where(frame["colour"].notna(), np.nan))
    np.testing.assert_allclose(made.data.x, reference.fit_transform(prepared), rtol=1e-12, atol=1e-12)
    assert made.target.classes == ("a", "b", "c")
    assert [column.missing for column in made.columns] == [2, 0, 1]


def test_facts_are_learnt_from_the_training_rows_alone() -> None:
    frame = mixed(200)
    made = prepare(frame, "kind", validation=0.25, seed=1)
    assert made.data.x_validation is not None
    assert len(made.data.x_validation) == 50
    np.testing.assert_allclose(made.data.x[:, :2].mean(axis=0), 0, atol=1e-12)
    assert abs(made.data.x_validation[:, 0].mean()) > 1e-6
    share = np.bincount(made.data.y) / len(made.data.y)
    assert made.data.y_validation is not None
    np.testing.assert_allclose(np.bincount(made.data.y_validation) / 50, share, atol=0.02)


def test_the_facts_survive_json() -> None:
    import json

    frame = mixed()
    made = prepare(frame, "kind")
    again = columns_from_json(json.loads(json.dumps(columns_to_json(made.columns))))
    assert again == made.columns
    np.testing.assert_array_equal(encode_columns(frame, again, ""), made.data.x)


@pytest.mark.parametrize(
    ("values", "loss", "outputs"),
    [
        ([0.5, 1.5, 2.5, 9.1], "MSELoss", 1),
        ([0, 1, 0, 1], "BCEWithLogitsLoss", 1),
        ([0.0, 1.0, 0.0, 1.0], "BCEWithLogitsLoss", 1),
        ([True, False, True, False], "BCEWithLogitsLoss", 1),
        ([True, False, True, None, False], "BCEWithLogitsLoss", 1),
        (["x", "y", "x", "y"], "BCEWithLogitsLoss", 1),
        ([3, 5, 7, 3, 5, 7], "CrossEntropyLoss", 3),
        (["x", "y", "z", "x"], "CrossEntropyLoss", 3),
        (list(range(30)), "MSELoss", 1),
    ],
)
def test_the_loss_is_chosen_from_the_target(values: list[Any], loss: str, outputs: int) -> None:
    frame = table(a=np.linspace(0, 1, len(values)), y=values)
    made = prepare(frame, "y")
    assert type(made.loss).__name__ == loss
    assert made.target.outputs(made.loss) == outputs


def test_predictions_come_back_in_the_columns_own_values() -> None:
    numbers = prepare(table(a=[1.0, 2.0, 3.0], y=[10.5, 20.25, 40.75]), "y")
    np.testing.assert_allclose(numbers.target.decode(numbers.data.y, numbers.loss), [10.5, 20.25, 40.75])
    classes = prepare(table(a=[1.0, 2.0, 3.0, 4.0], y=[7, 5, 7, 5]), "y")
    logits = np.array([[2.0], [-3.0]])
    assert list(classes.target.decode(logits, classes.loss)) == ["7", "5"]
    np.testing.assert_allclose(classes.target.probabilities(logits, classes.loss)[:, 1], 1 / (1 + np.exp([-2.0, 3.0])))


def test_an_unknown_word_is_none_of_the_known_ones_and_is_reported() -> None:
    made = prepare(mixed(), "kind")
    frame = table(size=[1.0], count=[2], colour=["violet"])
    encoded = encode_columns(frame, made.columns, "")
    np.testing.assert_array_equal(encoded[0, 2:], 0)
    colour = made.columns[-1]
    assert not isinstance(colour, Number)
    assert colour.unknown(frame["colour"]) == ["violet"]


LONG = np.arange(40)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (table(a=[1.0, 2.0], y=[1.0, 1.0]), "only one value, 1: there is nothing to learn"),
        (table(a=[1.0, 2.0], y=["p", "p"]), "only one value, p"),
        (table(a=[1.0, np.inf, 3.0], y=[1.0, 2.0, 3.5]), "column 'a', row 2 is infinite"),
        (table(a=["1", "2", "3", "4", "x7"], y=[1.0, 2, 3, 4, 5.5]), "column 'a', row 5 holds 'x7'"),
        (table(a=[np.nan, np.nan], y=[1.0, 2.5]), "has no values"),
        (table(a=LONG + 0.5, day=["2024-01-02"] * 40, y=LONG * 1.1), "holds dates such as '2024-01-02'.*--features a"),
        (table(a=LONG + 0.5, day=pd.date_range("2024", periods=40), y=LONG * 1.1), "holds dates or times"),
        (table(a=LONG + 0.5, user_id=LONG * 7, y=LONG * 1.1), "'user_id' looks like an id.*--features a"),
        (table(a=LONG + 0.5, n=LONG, y=LONG * 1.1), "'n' numbers the rows"),
        (table(a=LONG + 0.5, name=[f"p{i}" for i in LONG], y=LONG * 1.1), "40 different texts in 40 rows"),
        (table(a=LONG * 1e160, y=LONG * 1.1), r"column 'a' reaches 3.9e\+161, too large"),
        (table(a=LONG * 1e-300, y=LONG * 1.1), "column 'a' reaches 3.9e-299, too small"),
        (table(a=LONG + 0.5, y=LONG * 1.1e200), "column 'y' reaches .*, too large"),
        (table(a=LONG + 0.5, p=[f"{i}%" for i in LONG], y=LONG * 1.1), "numbers with other signs, such as '0%'"),
        (table(p=[f"{i},000" for i in LONG], y=LONG * 1.1), "'0,000'.*the only column"),
        (table(a=[1.0, 2.0, 3.0], y=["SA", None, None]), r"SA \(2 rows are missing \(empty, NA"),
        (table(y=[1.0, 2.0]), "no column to predict"),
        (table(a=[1.0], y=[2.0]), "nothing to learn"),
    ],
)
def test_columns_that_cannot_be_used_are_refused_with_reason_and_hint(frame: pd.DataFrame, words: str) -> None:
    with pytest.raises(DataError, match=words):
        prepare(frame, "y", where="t.csv")


def test_chosen_columns_and_excluded_ones() -> None:
    frame = table(a=LONG + 0.5, n=LONG, name=[f"p{i}" for i in LONG], y=LONG * 1.1)
    assert [column.name for column in prepare(frame, "y", features=["n"]).columns] == ["n"]
    assert [column.name for column in prepare(frame, "y", exclude=["n", "name"]).columns] == ["a"]
    with pytest.raises(DataError, match=r"has no column 'b'\. There are"):
        prepare(frame, "y", features=["b"])
    with pytest.raises(DataError, match="Did you mean name"):
        prepare(frame, "y", exclude=["nam"])
    with pytest.raises(DataError, match="cannot be among the features"):
        prepare(frame, "y", features=["a", "y"])


@pytest.mark.parametrize(
    ("loss", "values", "words"),
    [
        (bp.MSELoss(), ["p", "q", "p", "q"], "needs numbers, but the target 'y' holds 'p'"),
        (bp.BCEWithLogitsLoss(), ["p", "q", "r", "q"], "for two classes, but 'y' has 3"),
    ],
)
def test_a_loss_that_does_not_fit_the_target_is_refused(loss: Loss, values: list[str], words: str) -> None:
    with pytest.raises(DataError, match=words):
        prepare(table(a=LONG[:4] + 0.5, y=values), "y", loss=loss)


def test_words_that_look_like_numbers_are_compared_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("c,y\n" + "1,p\n007,q\nA,p\nB,q\n" * 5)
    made = prepare(read_table(path), "y")
    for rows in ("1,\n007,\n", "1,\n,\n"):
        path.write_text("c,z\n" + rows)
        np.testing.assert_array_equal(encode_columns(read_table(path, text=["c"]), made.columns, "")[0], made.data.x[0])


def test_spaces_around_names_and_words_are_no_part_of_them(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a, b ,y\n" + "1, u ,p\n2,u,q\n3, v,p\n4,v ,q\n")
    made = prepare(read_table(path), "y")
    assert [column.name for column in made.columns] == ["a", "b"]
    assert made.columns[1].sentence() == "one input for each of 2: u, v"


def test_words_with_commas_and_line_breaks_are_listed_in_quotes() -> None:
    made = prepare(table(b=["a, x", "two\nlines", "plain"] * 4, y=["p", "q"] * 6), "y")
    assert made.columns[0].sentence() == "one input for each of 3: 'a, x', plain, 'two\\nlines'"


def test_yes_and_no_are_words_even_where_some_are_missing() -> None:
    values: list[Any] = [True, False, True, None, False] * 4
    made = prepare(table(a=np.linspace(0, 1, 20), f=values, y=["p", "q"] * 10), "y")
    assert made.columns[1].kind == "category"
    assert made.columns[1].missing == 4


def test_rows_without_a_target_are_left_out_and_counted() -> None:
    made = prepare(table(a=LONG + 0.5, y=[None if i % 10 == 0 else "pq"[i % 2] for i in LONG]), "y")
    assert made.left_out == 4
    assert len(made.data.x) == 36


def test_too_few_rows_for_the_split() -> None:
    with pytest.raises(DataError, match="2 rows are too few to set 99% of them aside"):
        prepare(table(a=[1.0, 2.0], y=[1.0, 2.5]), "y", validation=0.99)
    with pytest.raises(DataError, match="--validation is 2"):
        prepare(table(a=[1.0, 2.0, 3.0], y=[1.0, 2.0, 3.5]), "y", validation=2.0)


def test_every_format_gives_the_same_table(tmp_path: Path) -> None:
    frame = mixed()
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_csv(tmp_path / "t.csv.gz", index=False)
    frame.to_csv(tmp_path / "t.csv.xz", index=False)
    frame.to_csv(tmp_path / "t.csv.zip", index=False)
    frame.to_csv(tmp_path / "t.tsv", index=False, sep="\t")
    frame.to_parquet(tmp_path / "t.parquet")
    wanted = prepare(read_table(tmp_path / "t.csv"), "kind")
    for name in ("t.csv.gz", "t.csv.xz", "t.csv.zip", "t.tsv", "t.parquet"):
        found: Table = prepare(read_table(tmp_path / name), "kind")
        np.testing.assert_allclose(found.data.x, wanted.data.x, rtol=1e-12)


def test_files_that_hold_no_table_get_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "blank.csv").write_text("\n\n")
    (tmp_path / "header.csv").write_text("a,b\n")
    (tmp_path / "longer.csv").write_text("a,b\n1,2,3\n4,5,6\n")
    (tmp_path / "semicolons.csv").write_text("a;b\n1;2\n")
    (tmp_path / "decimal.csv").write_text("a;b;y\n1,5;2,5;3,5\n")
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n1,2,3\n")
    (tmp_path / "latin.csv").write_bytes(b"a,b\n\xff\xfe\xe9,1\n")
    (tmp_path / "broken.csv.gz").write_bytes(b"no gzip at all")
    (tmp_path / "broken.parquet").write_bytes(b"no parquet at all")
    (tmp_path / "table.xlsx").write_bytes(b"PK")
    for name, words in {
        "empty.csv": "is empty",
        "blank.csv": "no columns",
        "header.csv": "a header but no rows",
        "ragged.csv": "line 3.*double quotes",
        "decimal.csv": "decimal points",
        "longer.csv": "more fields than its header",
        "semicolons.csv": "another sign than a comma",
        "latin.csv": "UTF-8",
        "broken.csv.gz": "cannot be read as CSV",
        "broken.parquet": "cannot be read as Parquet",
        "table.xlsx": "backproof reads",
        "emty.csv": "Did you mean empty.csv",
        "": "is a folder",
    }.items():
        with pytest.raises(DataError, match=words):
            read_table(tmp_path / name)

"""Reads a table from a file, or says in one sentence why not."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from backproof.errors import DataError, MissingLibraryError, nearest

if TYPE_CHECKING:
    import pandas

CSV_ENDINGS = (".csv", ".csv.gz", ".csv.bz2", ".csv.xz", ".csv.zip", ".csv.zst", ".tsv", ".txt")
PARQUET_ENDINGS = (".parquet", ".pq")
QUOTE = "Put fields that hold a comma in double quotes, or take the extra fields out."


def read_table(path: Path, text: Collection[str] = ()) -> pandas.DataFrame:
    """The table in a CSV (also compressed) or Parquet file; columns named in `text` are read as they are written.

    Raises DataError when there is no such file, or no table in it.
    """
    import pandas

    if path.is_dir():
        raise DataError(f"{path} is a folder: give the name of a CSV or Parquet file.")
    if not path.exists():
        folder = path.parent
        beside = [file.name for file in folder.iterdir() if file.is_file()] if folder.is_dir() else []
        raise DataError(f"There is no file {path}." + (nearest(path.name, beside) if beside else ""))
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty: it needs a header and rows.")
    lower = path.name.lower()
    if lower.endswith(PARQUET_ENDINGS):
        frame = _read_parquet(path)
    elif lower.endswith(CSV_ENDINGS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pandas.errors.ParserWarning)
                separator = "\t" if ".tsv" in lower else ","
                _check_separator(
                    path, [str(name) for name in pandas.read_csv(path, sep=separator, nrows=0, index_col=False)]
                )
                frame = pandas.read_csv(
                    path,
                    sep=separator,
                    index_col=False,
                    skipinitialspace=True,
                    dtype=dict.fromkeys(text, str),
                    low_memory=False,
                )
        except pandas.errors.ParserWarning:
            raise DataError(f"{path}: its rows have more fields than its header has names. {QUOTE}") from None
        except UnicodeDecodeError as error:
            raise DataError(f"{path} is not UTF-8 text (byte {error.start}): save it as CSV in UTF-8.") from None
        except pandas.errors.EmptyDataError:
            raise DataError(f"{path} holds no columns.") from None
        except (ValueError, OSError, EOFError, ImportError) as error:
            reason = str(error).strip().splitlines()[0].removeprefix("Error tokenizing data. C error: ")
            hint = f". {QUOTE}" if "fields" in reason else ""
            raise DataError(f"{path} cannot be read as CSV: {reason}{hint}") from None
    else:
        raise DataError(f"{path}: backproof reads {', '.join(CSV_ENDINGS + PARQUET_ENDINGS)}.")
    frame.columns = frame.columns.map(lambda name: str(name).strip())
    if len(frame) == 0:
        raise DataError(f"{path} has a header but no rows: there is nothing to read.")
    return frame


def _check_separator(path: Path, header: list[str]) -> None:
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise DataError(
            f"{path} has a single column called {header[0]!r}: its fields seem to be separated by another sign than a "
            "comma. Save it with commas and decimal points, or with tabs as .tsv."
        )


def _read_parquet(path: Path) -> pandas.DataFrame:
    import pandas

    try:
        return pandas.read_parquet(path)
    except ImportError:
        raise MissingLibraryError(
            f"{path}: reading Parquet needs pyarrow. Install it with: pip install pyarrow"
        ) from None
    except (ValueError, OSError) as error:
        raise DataError(f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}") from None


def require_columns(frame: pandas.DataFrame, names: list[str], where: str) -> None:
    """Raise DataError with the nearest name unless the table has all of these columns."""
    for name in names:
        if name not in frame.columns:
            raise DataError(f"{where} has no column {name!r}.{nearest(name, frame.columns)}")

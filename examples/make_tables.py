"""Write scikit-learn's own data and the Palmer penguins as CSV files: python examples/make_tables.py [FOLDER]."""

from __future__ import annotations

import sys
from pathlib import Path


def make_tables(folder: Path) -> list[Path]:
    """Write breast_cancer, wine, digits and diabetes, and the penguins where palmerpenguins is installed."""
    from sklearn import datasets

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in ("breast_cancer", "wine", "digits", "diabetes"):
        data = getattr(datasets, f"load_{name}")(as_frame=True)
        frame = data.frame
        if name in ("breast_cancer", "wine"):
            # the classes by their names, as a person would have them in a table
            frame["target"] = [data.target_names[number] for number in frame["target"]]
        path = folder / f"{name}.csv"
        frame.to_csv(path, index=False)
        written.append(path)
    try:
        from palmerpenguins import load_penguins
    except ImportError:
        return written
    path = folder / "penguins.csv"
    load_penguins().to_csv(path, index=False)
    return [*written, path]


if __name__ == "__main__":
    for path in make_tables(Path(sys.argv[1] if len(sys.argv) > 1 else "tables")):
        print(path)

"""What backproof and scikit-learn's MLP reach on the same split of the same tables.

python examples/compare_with_scikit_learn.py [FOLDER], after python examples/make_tables.py [FOLDER].
Both train the same widths with Adam for the same epochs on the same standardised columns; each draws its own weights.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

import backproof as bp
from backproof.data.read import read_table
from backproof.data.table import prepare
from backproof.network import widths

TARGETS = {"breast_cancer": "target", "wine": "target", "digits": "target", "diabetes": "target", "penguins": "species"}
HIDDEN, EPOCHS, BATCH = 32, 60, 32
SEEDS = range(5)


def score(name: str, folder: Path, seed: int) -> tuple[float, float, bool]:
    """What backproof and scikit-learn reach on the validation rows, and whether the proof holds."""
    table = prepare(read_table(folder / f"{name}.csv"), TARGETS[name], validation=0.25, seed=seed)
    data, target, loss = table.data, table.target, table.loss
    assert data.x_validation is not None
    assert data.y_validation is not None
    network = widths(data.x.shape[1], [HIDDEN], target.outputs(loss), bp.ReLU(), loss)
    aside = (data.x_validation, data.y_validation)
    proof = bp.prove(
        network, data.x, data.y, validation=aside, epochs=EPOCHS, batch_size=BATCH, seed=seed, init="torch",
        optimizer=bp.Adam(learning_rate=0.001),
    )  # fmt: skip
    kind = MLPRegressor if target.is_number else MLPClassifier
    theirs = kind(
        hidden_layer_sizes=(HIDDEN,),
        batch_size=BATCH,
        max_iter=EPOCHS,
        random_state=seed,
        alpha=0,
        n_iter_no_change=EPOCHS,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(data.x, np.ravel(data.y))
    answer = target.decode(proof.runs["numpy"].predict(data.x_validation), loss)
    wanted = np.ravel(data.y_validation)
    if target.is_number:
        ours = 1 - np.mean((answer - (wanted * target.scale + target.mean)) ** 2) / target.scale**2 / np.var(wanted)
    else:
        ours = np.mean(answer == np.array(target.classes)[wanted.astype(int)])
    return float(ours), float(theirs.score(data.x_validation, wanted)), proof.holds


def main(folder: Path) -> None:
    """Print a table: accuracy for classes, R2 for diabetes, the mean over several splits."""
    print("| table | backproof | scikit-learn's MLP | proof |")
    print("|---|--:|--:|---|")
    for name in TARGETS:
        if not (folder / f"{name}.csv").exists():
            continue
        found = [score(name, folder, seed) for seed in SEEDS]
        ours, theirs = (np.mean([values[side] for values in found]) for side in (0, 1))
        holds = sum(values[2] for values in found)
        print(f"| {name} | {ours:.3f} | {theirs:.3f} | holds in {holds} of {len(found)} |", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "tables"))

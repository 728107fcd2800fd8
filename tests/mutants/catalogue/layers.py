"""Dropout, normalisation, and shared weights."""

from tests.mutants.catalogue.mutant import Mutant

DROPOUT = "dropout's mask or scale forgotten"
NORMALISATION = "normalisation's mean or variance ignored"

LAYERS: tuple[Mutant, ...] = (
    Mutant("dropout_mlp.py", DROPOUT, "    dA2 = dA2 / keep_prob\n", "", (41,)),
    Mutant("dropout_mlp.py", DROPOUT, "dA1 = dA1 * D1 / keep_prob", "dA1 = dA1 * D1"),
    Mutant("dropout_mlp.py", DROPOUT, "dA1 = dA1 * D1 / keep_prob", "dA1 = dA1 * D1 * keep_prob"),
    Mutant("dropout_mlp.py", DROPOUT, "dA2 = dA2 * D2\n", "dA2 = dA2 * D2 / keep_prob\n", (42,)),
    Mutant(
        "dropout_mlp.py",
        DROPOUT,
        "dA1 = dA1 * D1 / keep_prob",
        "dA1 = dA1 * (np.random.rand(*dA1.shape) < keep_prob) / keep_prob",
    ),
    Mutant("dropout_mlp.py", DROPOUT, "    A1 = A1 / keep_prob\n", "", (46,)),
    Mutant("batchnorm_steps.py", NORMALISATION, "dx1 = dxmu1 + dxmu2", "dx1 = dxmu1", (35,)),
    Mutant("batchnorm_steps.py", NORMALISATION, "return dx1 + dx2, dgamma, dbeta", "return dx1, dgamma, dbeta"),
    Mutant("batchnorm_steps.py", NORMALISATION, "return dx1 + dx2, dgamma, dbeta", "return dxmu1, dgamma, dbeta"),
    Mutant("batchnorm_steps.py", NORMALISATION, "dxmu1 = dxhat * ivar", "dxmu1 = dxhat"),
    Mutant(
        "batchnorm_steps.py",
        NORMALISATION,
        "dvar = 0.5 * 1. / np.sqrt(var + eps) * dsqrtvar",
        "dvar = 0.5 / (var + eps) * dsqrtvar",
    ),
    Mutant("batchnorm_steps.py", NORMALISATION, "dxhat = dout * gamma", "dxhat = dout"),
    Mutant(
        "batchnorm_steps.py",
        NORMALISATION,
        "dgamma = np.sum(dout * xhat, axis=0)",
        "dgamma = np.sum(dout * xmu, axis=0)",
    ),
)

"""Dropout, normalisation, and shared weights."""

from tests.mutants.catalogue.mutant import Mutant

DROPOUT = "dropout's mask or scale forgotten"
NORMALISATION = "normalisation's mean or variance ignored"
SHARED = "one use of a shared weight"

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
    Mutant("dropout_mlp.py", DROPOUT, "    dA2 = dA2 * D2\n", "    dA2 = dA2 * D1[:6]\n", (42,)),
    Mutant(
        "dropout_mlp.py", DROPOUT, "params, A3, cache, keep_prob=0.86)", "params, A3, cache, keep_prob=0.5)", (42, 47)
    ),
    Mutant(
        "batchnorm_layers.py",
        NORMALISATION,
        "dx = (n * dxhat - dxhat.sum(0) - self.xhat * (dxhat * self.xhat).sum(0)) / (n * self.std)",
        "dx = dxhat / self.std",
    ),
    Mutant("batchnorm_layers.py", NORMALISATION, "n * dxhat - dxhat.sum(0) - self.xhat", "n * dxhat - self.xhat"),
    Mutant(
        "batchnorm_layers.py", NORMALISATION, "dxhat.sum(0) - self.xhat * (dxhat * self.xhat).sum(0)", "dxhat.sum(0)"
    ),
    Mutant("batchnorm_layers.py", NORMALISATION, "dxhat = grad * self.g", "dxhat = grad"),
    Mutant(
        "batchnorm_layers.py",
        NORMALISATION,
        "(grad * self.xhat).sum(axis=0, keepdims=True)",
        "(grad * self.std).sum(axis=0, keepdims=True)",
    ),
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
    Mutant(
        "layernorm_inner.py",
        NORMALISATION,
        "du = (H * dhat - np.sum(dhat, axis=1, keepdims=True)\n              -",
        "du = (H * dhat\n              -",
        (31,),
    ),
    Mutant("layernorm_inner.py", NORMALISATION, "/ (H * self.sd)", "/ (H * self.sd ** 2)", (30,)),
    Mutant("layernorm_mlp.py", NORMALISATION, "dnorm - dnorm.mean(axis=-1, keepdims=True) - norm", "dnorm - norm"),
    Mutant(
        "layernorm_mlp.py",
        NORMALISATION,
        "dnorm.mean(axis=-1, keepdims=True) - norm * (dnorm * norm).mean(axis=-1, keepdims=True)",
        "dnorm.mean(axis=-1, keepdims=True)",
    ),
    Mutant("layernorm_mlp.py", NORMALISATION, "dnorm = dout * g", "dnorm = dout"),
    Mutant("autoencoder_tied.py", SHARED, "dW = dW_encoder + dW_decoder", "dW = dW_encoder"),
    Mutant("autoencoder_tied.py", SHARED, "dW = dW_encoder + dW_decoder", "dW = dW_decoder"),
    Mutant("autoencoder_tied.py", SHARED, "dW = dW_encoder + dW_decoder", "dW = 2 * dW_encoder"),
    Mutant(
        "binary_addition.py",
        SHARED,
        "synapse_h_update += prev_layer_1.T.dot(layer_1_delta)",
        "synapse_h_update += prev_layer_1.T.dot(layer_1_delta) if position == 0 else 0",
    ),
)

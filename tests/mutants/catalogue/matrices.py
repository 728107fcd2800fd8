"""Shapes: transposes, axes, and broadcasting."""

from tests.mutants.catalogue.mutant import Mutant

TRANSPOSE = "wrong or missing transpose"
NO_AXIS = "sum without its axis"
WRONG_AXIS = "wrong axis"

MATRICES: tuple[Mutant, ...] = (
    Mutant(
        "adagrad_elu.py",
        TRANSPOSE,
        "delta = delta.dot(weights[i].T)",
        "delta = delta.dot(weights[i] if i == 1 else weights[i].T)",
    ),
    Mutant(
        "binary_addition.py", TRANSPOSE, "future_layer_1_delta.dot(synapse_h.T)", "future_layer_1_delta.dot(synapse_h)"
    ),
    Mutant("char_rnn.py", TRANSPOSE, "dhnext = np.dot(Whh.T, dhraw)", "dhnext = np.dot(Whh, dhraw)"),
    Mutant(
        "deep_l2_layers.py",
        TRANSPOSE,
        "dA_prev = W.T.dot(dZ)",
        "dA_prev = W.dot(dZ) if W.shape[0] == W.shape[1] else W.T.dot(dZ)",
    ),
    Mutant(
        "layer_objects_xor.py",
        TRANSPOSE,
        "input_gradient = np.dot(self.weights.T, output_gradient)",
        ("input_gradient = np.dot(self.weights if self.weights.shape == (3, 3) else self.weights.T, output_gradient)"),
    ),
    Mutant(
        "theta_unrolled.py",
        TRANSPOSE,
        "grad = np.concatenate([Theta1_grad.ravel(), Theta2_grad.ravel()])",
        "grad = np.concatenate([Theta1_grad.T.ravel(), Theta2_grad.ravel()])",
    ),
    Mutant("adagrad_elu.py", NO_AXIS, "gb = delta.sum(axis=0)", "gb = delta.sum()"),
    Mutant("batchnorm_steps.py", NO_AXIS, "dbeta = np.sum(dout, axis=0)", "dbeta = np.sum(dout)"),
    Mutant("batchnorm_steps.py", NO_AXIS, "divar = np.sum(dxhat * xmu, axis=0)", "divar = np.sum(dxhat * xmu)"),
    Mutant("class_attributes.py", NO_AXIS, "cls.gb1 = d1.sum(axis=0)", "cls.gb1 = d1.sum()"),
    Mutant("deep_l2_layers.py", NO_AXIS, "np.sum(dZ, axis=1, keepdims=True) / m", "np.sum(dZ) / m"),
    Mutant("digits_adam.py", NO_AXIS, "return e / e.sum(axis=1, keepdims=True)", "return e / e.sum()", (43,)),
    Mutant(
        "dropout_mlp.py", NO_AXIS, "db1 = 1. / m * np.sum(dZ1, axis=1, keepdims=True)", "db1 = 1. / m * np.sum(dZ1)"
    ),
    Mutant("gates_clipped.py", NO_AXIS, "d2.sum(axis=0)", "d2.sum()"),
    Mutant(
        "momentum_float32.py",
        NO_AXIS,
        "grad_b_hidden = grad_hidden.sum(axis=0, keepdims=True)",
        "grad_b_hidden = grad_hidden.sum(keepdims=True)",
    ),
    Mutant("nesterov_softplus.py", NO_AXIS, "gc = du.sum(axis=0)", "gc = du.sum()"),
    Mutant("params_dict_class.py", NO_AXIS, "dh1.sum(axis=0)", "dh1.sum()"),
    Mutant("planar_dicts.py", NO_AXIS, "db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)", "db1 = 1 / m * np.sum(dZ1)"),
    Mutant(
        "spiral_softmax.py",
        NO_AXIS,
        "db = np.sum(dhidden, axis=0, keepdims=True)",
        "db = np.sum(dhidden, keepdims=True)",
    ),
    Mutant("step_returns_tuple.py", NO_AXIS, "grad_b1 = grad_pre.sum(0)", "grad_b1 = grad_pre.sum()"),
    Mutant(
        "digits_adam.py",
        WRONG_AXIS,
        "return e / e.sum(axis=1, keepdims=True)",
        "return e / e.sum(axis=0, keepdims=True)",
        (43,),
    ),
    Mutant("moons_rmsprop.py", WRONG_AXIS, "self.db1 = dZ1.mean(axis=0)", "self.db1 = dZ1.mean()"),
)

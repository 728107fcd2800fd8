"""Derivatives of activations whose own formula is wrong."""

from tests.mutants.catalogue.mutant import Mutant

FORMULA = "derivative's formula wrong"
FUNCTION = "wrong function as derivative"
SOFTMAX = "softmax's derivative on top of y - t"

FORMULAS: tuple[Mutant, ...] = (
    Mutant(
        "adagrad_elu.py",
        FORMULA,
        "return np.where(z > 0, 1.0, ALPHA * np.exp(np.minimum(z, 0)))",
        "return np.where(z > 0, 1.0, ALPHA * (np.exp(np.minimum(z, 0)) - 1))",
    ),
    Mutant(
        "adagrad_elu.py",
        FORMULA,
        "return np.where(z > 0, 1.0, ALPHA * np.exp(np.minimum(z, 0)))",
        "return np.where(z > 0, z, ALPHA * np.exp(np.minimum(z, 0)))",
    ),
    Mutant("char_rnn.py", FORMULA, "dhraw = (1 - hs[t] * hs[t]) * dh", "dhraw = (1 - hs[t]) * hs[t] * dh"),
    Mutant("class_attributes.py", FORMULA, "np.where(cls.z1 > 0, 1.0, 0.1)", "np.where(cls.z1 > 0, 1.0, 0.0)"),
    Mutant("class_attributes.py", FORMULA, "np.where(cls.z1 > 0, 1.0, 0.1)", "np.where(cls.z1 > 0, 0.1, 1.0)"),
    Mutant("deep_l2_layers.py", FORMULA, "dZ[Z_prev <= 0] = 0", "dZ[Z_prev >= 0] = 0"),
    Mutant("digits_adam.py", FORMULA, "dz1 = da1 * (z1 > 0)", "dz1 = da1 * (da1 > 0)"),
    Mutant("dropout_mlp.py", FORMULA, "dZ1 = np.multiply(dA1, np.int64(A1 > 0))", "dZ1 = np.multiply(dA1, A1)"),
    Mutant("gates_clipped.py", FORMULA, "d1 = (d2 @ W2.T) * (z1 >= 0)", "d1 = (d2 @ W2.T) * z1 * (z1 >= 0)"),
    Mutant("gates_clipped.py", FORMULA, "d1 = (d2 @ W2.T) * (z1 >= 0)", "d1 = (d2 @ W2.T) * (z1 <= 0)"),
    Mutant("layer_objects_xor.py", FORMULA, "return 1 - np.tanh(x) ** 2", "return 1 + np.tanh(x) ** 2"),
    Mutant("layer_objects_xor.py", FORMULA, "return 1 - np.tanh(x) ** 2", "return 1 - np.tanh(x)"),
    Mutant("lists_of_dicts.py", FORMULA, "return output * (1.0 - output)", "return 1.0 - output"),
    Mutant("lists_of_dicts.py", FORMULA, "return output * (1.0 - output)", "return output * 1.0 - output"),
    Mutant("momentum_float32.py", FORMULA, "(1 - hidden ** 2)", "(1 - hidden * 2)"),
    Mutant("momentum_float32.py", FORMULA, "(1 - hidden ** 2)", "(1 - hidden) ** 2"),
    Mutant("moons_rmsprop.py", FORMULA, "g[z < 0] = self.alpha", "g[z < 0] = 0"),
    Mutant("moons_rmsprop.py", FORMULA, "g[z < 0] = self.alpha", "g[z > 0] = self.alpha"),
    Mutant("nesterov_softplus.py", FORMULA, "du = ds * sigmoid(u)", "du = ds * sigmoid(u) * (1 - sigmoid(u))"),
    Mutant("nesterov_softplus.py", FORMULA, "du = ds * sigmoid(u)", "du = ds * np.exp(u)"),
    Mutant(
        "neuron_objects.py", FORMULA, "return self.output * (1 - self.output)", "return self.output * (1 + self.output)"
    ),
    Mutant(
        "nielsen_quadratic.py",
        FORMULA,
        "return sigmoid(z) * (1 - sigmoid(z))",
        "return sigmoid(z) * 1 - sigmoid(z) ** 3",
    ),
    Mutant("params_dict_class.py", FORMULA, "dh1 = dh1 * (h1 > 0)", "dh1 = dh1 * h1"),
    Mutant("planar_dicts.py", FORMULA, "(1 - np.power(A1, 2))", "(1 + np.power(A1, 2))"),
    Mutant("planar_dicts.py", FORMULA, "(1 - np.power(A1, 2))", "(1 - A1 * 2)"),
    Mutant("scalar_weights_class.py", FORMULA, "return fx * (1 - fx)", "return fx * (1 - x)"),
    Mutant("scalar_weights_class.py", FORMULA, "return fx * (1 - fx)", "return x * (1 - x)"),
    Mutant("scalars_while.py", FORMULA, "(1 - h1 ** 2)", "(1 - h1) ** 2"),
    Mutant("scalars_while.py", FORMULA, "(1 - h2 ** 2)", "(1 + h2 ** 2)"),
    Mutant("spiral_softmax.py", FORMULA, "dhidden[hidden_layer <= 0] = 0", "dhidden[hidden_layer <= 0] = 0.1"),
    Mutant("spiral_softmax.py", FORMULA, "dhidden[hidden_layer <= 0] = 0", "dhidden[dhidden <= 0] = 0"),
    Mutant("step_returns_tuple.py", FORMULA, "(1 - hidden * hidden)", "(1 - hidden)"),
    Mutant("step_returns_tuple.py", FORMULA, "(1 - hidden * hidden)", "hidden * (1 - hidden)"),
    Mutant("theta_unrolled.py", FORMULA, "return g(z) * (1 - g(z))", "return g(z) * (1 - z)"),
    Mutant(
        "wih_who_queries.py", FORMULA, "final_outputs * (1.0 - final_outputs)", "final_outputs * (1.0 + final_outputs)"
    ),
    Mutant("wih_who_queries.py", FORMULA, "hidden_outputs * (1.0 - hidden_outputs)", "(1.0 - hidden_outputs)"),
    Mutant("xor_nonlin.py", FORMULA, "x * (1 - x)", "x * 1 - x"),
    Mutant("xor_nonlin.py", FORMULA, "x * (1 - x)", "x * (1 + x)"),
    Mutant("adagrad_elu.py", FUNCTION, "d_elu(pre[i - 1])", "elu(pre[i - 1])"),
    Mutant(
        "layer_objects_xor.py", FUNCTION, "super().__init__(tanh, tanh_prime)", "super().__init__(tanh, tanh)", (45,)
    ),
    Mutant(
        "moons_rmsprop.py",
        FUNCTION,
        "dZ1 = (dZ2 @ self.W2.T) * self.leaky_relu_grad(self.Z1)",
        "dZ1 = (dZ2 @ self.W2.T) * self.leaky_relu(self.Z1)",
    ),
    Mutant("nesterov_softplus.py", FUNCTION, "du = ds * sigmoid(u)", "du = ds * s"),
    Mutant("scalars_while.py", FUNCTION, "d * w5 * (1 - h1 ** 2)", "d * w5 * h1 * (1 - h1)"),
    Mutant("xor_nonlin.py", FUNCTION, "return 1 / (1 + np.exp(-x))", "return np.tanh(x)", (8,)),
    Mutant(
        "digits_adam.py", SOFTMAX, "dz2 = (probs - yb) / len(xb)", "dz2 = (probs - yb) * probs * (1 - probs) / len(xb)"
    ),
    Mutant(
        "params_dict_class.py",
        SOFTMAX,
        "        dscores /= N\n",
        "        dscores /= N\n        dscores *= p * (1 - p)\n",
    ),
    Mutant(
        "spiral_softmax.py",
        SOFTMAX,
        "    dscores /= num_examples\n",
        "    dscores /= num_examples\n    dscores = dscores * probs * (1 - probs)\n",
    ),
)

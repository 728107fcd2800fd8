"""Derivatives of activations: taken at the wrong place, twice, or not at all."""

from tests.mutants.catalogue.mutant import Mutant

AT_Z = "derivative at z instead of a"
AT_A = "derivative at a instead of z"
FORGOTTEN = "derivative forgotten"
TWICE = "derivative applied twice"

DERIVATIVES: tuple[Mutant, ...] = (
    Mutant("batchnorm_steps.py", AT_Z, "dbn = dh * (1 - h ** 2)", "dbn = dh * (1 - bn ** 2)"),
    Mutant("wih_who_queries.py", AT_Z, "final_outputs * (1.0 - final_outputs)", "final_inputs * (1.0 - final_inputs)"),
    Mutant("adagrad_elu.py", AT_A, "d_elu(pre[i - 1])", "d_elu(acts[i])"),
    Mutant("batchnorm_steps.py", AT_A, "dbn = dh * (1 - h ** 2)", "dbn = dh * (1 - np.tanh(h) ** 2)"),
    Mutant(
        "layer_objects_xor.py",
        AT_A,
        "        return self.activation(self.input)",
        "        self.input = self.activation(self.input)\n        return self.input",
        (46,),
    ),
    Mutant("nesterov_softplus.py", AT_A, "du = ds * sigmoid(u)", "du = ds * sigmoid(s)"),
    Mutant(
        "nielsen_quadratic.py",
        AT_A,
        "delta = self.cost_derivative(activations[-1], y) * sigmoid_prime(zs[-1])",
        "delta = self.cost_derivative(activations[-1], y) * sigmoid_prime(activations[-1])",
    ),
    Mutant("nielsen_quadratic.py", AT_A, "z = zs[-l]\n            sp", "z = activations[-l]\n            sp", (65, 66)),
    Mutant("scalar_weights_class.py", AT_A, "d_h1_d_b1 = deriv_sigmoid(sum_h1)", "d_h1_d_b1 = deriv_sigmoid(h1)"),
    Mutant(
        "scalar_weights_class.py",
        AT_A,
        "d_ypred_d_w6 = h2 * deriv_sigmoid(sum_o1)",
        "d_ypred_d_w6 = h2 * deriv_sigmoid(o1)",
    ),
    Mutant("theta_unrolled.py", AT_A, "g_gradient(z2)", "g_gradient(g(z2))"),
    Mutant(
        "adagrad_elu.py",
        FORGOTTEN,
        "delta = delta.dot(weights[i].T) * d_elu(pre[i - 1])",
        "delta = delta.dot(weights[i].T)",
    ),
    Mutant("batchnorm_steps.py", FORGOTTEN, "dbn = dh * (1 - h ** 2)", "dbn = dh"),
    Mutant(
        "binary_addition.py",
        FORGOTTEN,
        "layer_2_deltas.append(layer_2_error * sigmoid_output_to_derivative(layer_2))",
        "layer_2_deltas.append(layer_2_error)",
    ),
    Mutant(
        "binary_addition.py",
        FORGOTTEN,
        (
            "(future_layer_1_delta.dot(synapse_h.T) + layer_2_delta.dot(synapse_1.T)) \\\n"
            "            * sigmoid_output_to_derivative(layer_1)"
        ),
        "(future_layer_1_delta.dot(synapse_h.T) + layer_2_delta.dot(synapse_1.T))",
    ),
    Mutant("char_rnn.py", FORGOTTEN, "dhraw = (1 - hs[t] * hs[t]) * dh", "dhraw = dh"),
    Mutant("char_rnn.py", FORGOTTEN, "dhnext = np.dot(Whh.T, dhraw)", "dhnext = np.dot(Whh.T, dh)"),
    Mutant(
        "class_attributes.py", FORGOTTEN, "d1 = d2 @ cls.W2.T * np.where(cls.z1 > 0, 1.0, 0.1)", "d1 = d2 @ cls.W2.T"
    ),
    Mutant("deep_l2_layers.py", FORGOTTEN, "            dZ[Z_prev <= 0] = 0\n", "", (56,)),
    Mutant("digits_adam.py", FORGOTTEN, "dz1 = da1 * (z1 > 0)", "dz1 = da1"),
    Mutant("dropout_mlp.py", FORGOTTEN, "dZ2 = np.multiply(dA2, np.int64(A2 > 0))", "dZ2 = dA2"),
    Mutant("gates_clipped.py", FORGOTTEN, "d1 = (d2 @ W2.T) * (z1 >= 0)", "d1 = d2 @ W2.T"),
    Mutant(
        "layer_objects_xor.py",
        FORGOTTEN,
        "return np.multiply(output_gradient, self.activation_prime(self.input))",
        "return output_gradient",
    ),
    Mutant(
        "momentum_float32.py",
        FORGOTTEN,
        "grad_hidden = (grad_output @ w_out.T) * (1 - hidden ** 2)",
        "grad_hidden = grad_output @ w_out.T",
    ),
    Mutant(
        "moons_rmsprop.py",
        FORGOTTEN,
        "dZ1 = (dZ2 @ self.W2.T) * self.leaky_relu_grad(self.Z1)",
        "dZ1 = dZ2 @ self.W2.T",
    ),
    Mutant("nesterov_softplus.py", FORGOTTEN, "du = ds * sigmoid(u)", "du = ds"),
    Mutant("neuron_objects.py", FORGOTTEN, "d_hidden[h] = s * neuron.pd_output_wrt_net()", "d_hidden[h] = s"),
    Mutant(
        "neuron_objects.py",
        FORGOTTEN,
        "return -(target - self.output) * self.pd_output_wrt_net()",
        "return -(target - self.output)",
    ),
    Mutant(
        "nielsen_quadratic.py",
        FORGOTTEN,
        "delta = np.dot(self.weights[-l + 1].transpose(), delta) * sp",
        "delta = np.dot(self.weights[-l + 1].transpose(), delta)",
    ),
    Mutant("params_dict_class.py", FORGOTTEN, "        dh1 = dh1 * (h1 > 0)\n", "", (36,)),
    Mutant("planar_dicts.py", FORGOTTEN, "np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))", "np.dot(W2.T, dZ2)"),
    Mutant(
        "scalar_weights_class.py", FORGOTTEN, "d_ypred_d_h1 = self.w5 * deriv_sigmoid(sum_o1)", "d_ypred_d_h1 = self.w5"
    ),
    Mutant("scalar_weights_class.py", FORGOTTEN, "d_h2_d_b2 = deriv_sigmoid(sum_h2)", "d_h2_d_b2 = 1", (72,)),
    Mutant("spiral_softmax.py", FORGOTTEN, "    dhidden[hidden_layer <= 0] = 0\n", "", (51,)),
    Mutant(
        "step_returns_tuple.py", FORGOTTEN, "grad_pre = grad_hidden * (1 - hidden * hidden)", "grad_pre = grad_hidden"
    ),
    Mutant("theta_unrolled.py", FORGOTTEN, "d2 = (d3 @ Theta2[:, 1:]) * g_gradient(z2)", "d2 = d3 @ Theta2[:, 1:]"),
    Mutant(
        "wih_who_queries.py",
        FORGOTTEN,
        "hidden_errors = numpy.dot(self.who.T, output_grad)",
        "hidden_errors = numpy.dot(self.who.T, output_errors)",
    ),
    Mutant(
        "wih_who_queries.py",
        FORGOTTEN,
        "output_grad = output_errors * final_outputs * (1.0 - final_outputs)",
        "output_grad = output_errors",
    ),
    Mutant("xor_nonlin.py", FORGOTTEN, "l2_delta = l2_error * nonlin(l2, deriv=True)", "l2_delta = l2_error"),
    Mutant("xor_nonlin.py", FORGOTTEN, "l1_delta = l1_error * nonlin(l1, deriv=True)", "l1_delta = l1_error"),
    Mutant(
        "layer_objects_xor.py", TWICE, "            return np.tanh(x)\n", "            return np.tanh(x) / 2\n", (54,)
    ),
    Mutant(
        "lists_of_dicts.py",
        TWICE,
        "transfer_derivative(layer[j]['output'])",
        "transfer_derivative(transfer(layer[j]['output']))",
    ),
    Mutant("momentum_float32.py", TWICE, "(1 - hidden ** 2)", "(1 - np.tanh(hidden) ** 2)"),
    Mutant(
        "planar_dicts.py",
        TWICE,
        "np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))",
        "np.dot(W2.T, dZ2) * (1 - np.power(A1, 2)) * (1 - np.power(A1, 2))",
    ),
    Mutant("scalars_while.py", TWICE, "d = (o - t) * o * (1 - o)", "d = (o - t) * sig(o) * (1 - sig(o)) * o * (1 - o)"),
    Mutant("step_returns_tuple.py", TWICE, "(1 - hidden * hidden)", "(1 - np.tanh(hidden) ** 2)"),
    Mutant(
        "wih_who_queries.py",
        TWICE,
        "numpy.dot(self.who.T, output_grad)",
        "numpy.dot(self.who.T, output_grad * final_outputs * (1.0 - final_outputs))",
    ),
    Mutant(
        "xor_nonlin.py",
        TWICE,
        "l1_delta = l1_error * nonlin(l1, deriv=True)",
        "l1_delta = l1_error * nonlin(nonlin(l1), deriv=True)",
    ),
)

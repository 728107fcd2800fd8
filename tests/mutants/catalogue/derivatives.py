"""Derivatives of activations: taken at the wrong place, twice, or not at all."""

from tests.mutants.catalogue.mutant import Mutant

AT_Z = "derivative at z instead of a"
AT_A = "derivative at a instead of z"
FORGOTTEN = "derivative forgotten"
TWICE = "derivative applied twice"

DERIVATIVES: tuple[Mutant, ...] = (
    Mutant("autoencoder_codes.py", AT_Z, "return s * (1 - s)", "return sigmoid(s) * (1 - sigmoid(s))", (35,)),
    Mutant("batchnorm_steps.py", AT_Z, "dbn = dh * (1 - h ** 2)", "dbn = dh * (1 - bn ** 2)"),
    Mutant("house_prices.ipynb", AT_Z, "da * (1 - self.a ** 2)", "da * (1 - self.z ** 2)"),
    Mutant("layernorm_mlp.py", AT_Z, "(s + ln * s * (1 - s))", "(s + pre * s * (1 - s))"),
    Mutant("lstm_tiny.py", AT_Z, "do = dh * np.tanh(c) * o * (1 - o)", "do = dh * c * o * (1 - o)"),
    Mutant("wih_who_queries.py", AT_Z, "final_outputs * (1.0 - final_outputs)", "final_inputs * (1.0 - final_inputs)"),
    Mutant("adagrad_elu.py", AT_A, "d_elu(pre[i - 1])", "d_elu(acts[i])"),
    Mutant("autoencoder_tied.py", AT_A, "dA = dH * (1 - H ** 2)", "dA = dH * (1 - np.tanh(H) ** 2)"),
    Mutant("batchnorm_steps.py", AT_A, "dbn = dh * (1 - h ** 2)", "dbn = dh * (1 - np.tanh(h) ** 2)"),
    Mutant(
        "layer_objects_xor.py",
        AT_A,
        "        return self.activation(self.input)",
        "        self.input = self.activation(self.input)\n        return self.input",
        (46,),
    ),
    Mutant("layer_rates.py", AT_A, "act_grad(z2)", "act_grad(a2)"),
    Mutant("layer_rates.py", AT_A, "act_grad(z1)", "act_grad(a1)"),
    Mutant("layernorm_inner.py", AT_A, "dn = (d @ self.Wb.T) * (self.n > 0)", "dn = (d @ self.Wb.T) * (self.hat > 0)"),
    Mutant("layernorm_mlp.py", AT_A, "(s + ln * s * (1 - s))", "(s + act * s * (1 - s))"),
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
    Mutant("square_shapes.py", AT_A, "S(Z2) * (1 - S(Z2))", "S(A2) * (1 - S(A2))"),
    Mutant("square_shapes.py", AT_A, "S(Z1) * (1 - S(Z1))", "S(A1) * (1 - S(A1))"),
    Mutant("theta_unrolled.py", AT_A, "g_gradient(z2)", "g_gradient(g(z2))"),
    Mutant("titanic_like.ipynb", AT_A, "sigmoid_prime(z2)", "sigmoid_prime(a2)"),
    Mutant(
        "adagrad_elu.py",
        FORGOTTEN,
        "delta = delta.dot(weights[i].T) * d_elu(pre[i - 1])",
        "delta = delta.dot(weights[i].T)",
    ),
    Mutant(
        "autoencoder_codes.py",
        FORGOTTEN,
        "d_code = dot(d_out, dec_w.T) * dsigmoid(code)",
        "d_code = dot(d_out, dec_w.T)",
    ),
    Mutant(
        "autoencoder_codes.py", FORGOTTEN, "d_out = (out - X) / len(X) * dsigmoid(out)", "d_out = (out - X) / len(X)"
    ),
    Mutant("autoencoder_tied.py", FORGOTTEN, "dW_encoder = X.T @ dA", "dW_encoder = X.T @ dH"),
    Mutant("batchnorm_layers.py", FORGOTTEN, "return grad * self.mask", "return grad"),
    Mutant("batchnorm_steps.py", FORGOTTEN, "dbn = dh * (1 - h ** 2)", "dbn = dh"),
    Mutant("bias_column.py", FORGOTTEN, "g2 = g3.dot(Ws[2][:-1].T) * dReLU(z2)", "g2 = g3.dot(Ws[2][:-1].T)"),
    Mutant("char_rnn.py", FORGOTTEN, "dhraw = (1 - hs[t] * hs[t]) * dh", "dhraw = dh"),
    Mutant("char_rnn.py", FORGOTTEN, "dhnext = np.dot(Whh.T, dhraw)", "dhnext = np.dot(Whh.T, dh)"),
    Mutant(
        "class_attributes.py", FORGOTTEN, "d1 = d2 @ cls.W2.T * np.where(cls.z1 > 0, 1.0, 0.1)", "d1 = d2 @ cls.W2.T"
    ),
    Mutant(
        "conv_im2col.py",
        FORGOTTEN,
        "dconv = drelu.reshape(conv.shape) * (conv > 0)",
        "dconv = drelu.reshape(conv.shape)",
    ),
    Mutant("conv_loops.py", FORGOTTEN, "        dconv[conv <= 0] = 0\n", "", (58, 52)),
    Mutant("deep_l2_layers.py", FORGOTTEN, "            dZ[Z_prev <= 0] = 0\n", "", (56,)),
    Mutant("digits_adam.py", FORGOTTEN, "dz1 = da1 * (z1 > 0)", "dz1 = da1"),
    Mutant("dropout_mlp.py", FORGOTTEN, "dZ2 = np.multiply(dA2, np.int64(A2 > 0))", "dZ2 = dA2"),
    Mutant("early_stopping.py", FORGOTTEN, "d_z = d_a * (1 - a ** 2)", "d_z = d_a"),
    Mutant(
        "fuzzy_xor.ipynb", FORGOTTEN, "dZ1 = (p['W2'].T @ dZ2) * np.where(Z1 > 0, 1, 0.01)", "dZ1 = p['W2'].T @ dZ2"
    ),
    Mutant("gates_clipped.py", FORGOTTEN, "d1 = (d2 @ W2.T) * (z1 >= 0)", "d1 = d2 @ W2.T"),
    Mutant(
        "helper_net/helper_net.py", FORGOTTEN, "dZ1 = (dZ2 @ W2.T) * sigmoid(A1, derivative=True)", "dZ1 = dZ2 @ W2.T"
    ),
    Mutant("inplace_relu.py", FORGOTTEN, "    g[h1 == 0] = 0\n", "", (29,)),
    Mutant(
        "layer_objects_xor.py",
        FORGOTTEN,
        "return np.multiply(output_gradient, self.activation_prime(self.input))",
        "return output_gradient",
    ),
    Mutant("layer_rates.py", FORGOTTEN, "return 1.0 - np.tanh(v) ** 2", "return np.ones_like(v)", (32, 33)),
    Mutant("layernorm_inner.py", FORGOTTEN, "dn = (d @ self.Wb.T) * (self.n > 0)", "dn = d @ self.Wb.T"),
    Mutant("lstm_tiny.py", FORGOTTEN, "dg = dc * i * (1 - g ** 2)", "dg = dc * i"),
    Mutant("lstm_tiny.py", FORGOTTEN, "di = dc * g * i * (1 - i)", "di = dc * g"),
    Mutant("lstm_tiny.py", FORGOTTEN, "dc = dc + dh * o * (1 - np.tanh(c) ** 2)", "dc = dc + dh * o"),
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
    Mutant("residual_net.py", FORGOTTEN, "dz = (g @ self.V.T) * (self.z > 0)", "dz = g @ self.V.T"),
    Mutant("rnn_classifier.py", FORGOTTEN, "temp = (1 - self.last_hs[t + 1] ** 2) * d_h", "temp = d_h"),
    Mutant(
        "scalar_weights_class.py", FORGOTTEN, "d_ypred_d_h1 = self.w5 * deriv_sigmoid(sum_o1)", "d_ypred_d_h1 = self.w5"
    ),
    Mutant("scalar_weights_class.py", FORGOTTEN, "d_h2_d_b2 = deriv_sigmoid(sum_h2)", "d_h2_d_b2 = 1", (72,)),
    Mutant("silent_start.py", FORGOTTEN, "gWi = x.T @ (gHid * (1 - hid ** 2))", "gWi = x.T @ gHid"),
    Mutant("spiral_softmax.py", FORGOTTEN, "    dhidden[hidden_layer <= 0] = 0\n", "", (51,)),
    Mutant(
        "step_returns_tuple.py", FORGOTTEN, "grad_pre = grad_hidden * (1 - hidden * hidden)", "grad_pre = grad_hidden"
    ),
    Mutant("theta_unrolled.py", FORGOTTEN, "d2 = (d3 @ Theta2[:, 1:]) * g_gradient(z2)", "d2 = d3 @ Theta2[:, 1:]"),
    Mutant("vectorize_tqdm.py", FORGOTTEN, "dz1 = dz2 * w2 * leaky_slope(z)", "dz1 = dz2 * w2"),
    Mutant(
        "wih_who_queries.py",
        FORGOTTEN,
        "hidden_errors = numpy.dot(self.who.T, output_grad)",
        "hidden_errors = numpy.dot(self.who.T, output_errors)",
    ),
    Mutant("xor_nonlin.py", FORGOTTEN, "l1_delta = l1_error * nonlin(l1, deriv=True)", "l1_delta = l1_error"),
    Mutant("autoencoder_codes.py", TWICE, "dsigmoid(out)", "dsigmoid(sigmoid(out))"),
    Mutant("helper_net/helper_net.py", TWICE, "sigmoid(A1, derivative=True)", "sigmoid(sigmoid(A1), derivative=True)"),
    Mutant("house_prices.ipynb", TWICE, "da * (1 - self.a ** 2)", "da * (1 - np.tanh(self.a) ** 2)"),
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
    Mutant("no_loss_printed.py", TWICE, "return 1 - y * y", "return 1 - self.f(y) ** 2", (32,)),
    Mutant(
        "planar_dicts.py",
        TWICE,
        "np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))",
        "np.dot(W2.T, dZ2) * (1 - np.power(A1, 2)) * (1 - np.power(A1, 2))",
    ),
    Mutant(
        "predict_with_input.py",
        TWICE,
        "dot(training_set_inputs.T, error * self.__sigmoid_derivative(output))",
        ("dot(training_set_inputs.T, error * self.__sigmoid_derivative(output) * self.__sigmoid_derivative(output))"),
    ),
    Mutant(
        "predict_with_input.py",
        TWICE,
        "self.__sigmoid_derivative(output)",
        "self.__sigmoid_derivative(self.__sigmoid(output))",
    ),
    Mutant("scalars_while.py", TWICE, "d = (o - t) * o * (1 - o)", "d = (o - t) * sig(o) * (1 - sig(o)) * o * (1 - o)"),
    Mutant("silent_start.py", TWICE, "gHid * (1 - hid ** 2)", "gHid * (1 - hid ** 2) * (1 - hid ** 2)"),
    Mutant("step_returns_tuple.py", TWICE, "(1 - hidden * hidden)", "(1 - np.tanh(hidden) ** 2)"),
    Mutant("two_heads.py", TWICE, "d_pre = d_body * (1 - body ** 2)", "d_pre = d_body * (1 - np.tanh(body) ** 2)"),
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

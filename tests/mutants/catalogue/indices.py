"""Indices that are off by one, and gradients and weights of another layer."""

from tests.mutants.catalogue.mutant import Mutant

OFF_BY_ONE = "index off by one"
OTHER_LAYER = "gradient of another layer"

INDICES: tuple[Mutant, ...] = (
    Mutant("adagrad_elu.py", OFF_BY_ONE, "d_elu(pre[i - 1])", "d_elu(pre[1])"),
    Mutant(
        "adagrad_elu.py",
        OFF_BY_ONE,
        "for i in range(len(weights) - 1, -1, -1):",
        "for i in range(len(weights) - 1, 0, -1):",
        (48, 49),
    ),
    Mutant("adaline_gd.py", OFF_BY_ONE, "self.w_[0] += self.eta * errors.sum()", "self.w_[0] += self.eta * errors[0]"),
    Mutant(
        "bias_column.py", OFF_BY_ONE, "g1 = g2.dot(Ws[1][:-1].T) * dReLU(z1)", "g1 = g2.dot(Ws[2][:-1].T) * dReLU(z1)"
    ),
    Mutant(
        "bias_column.py", OFF_BY_ONE, "g2 = g3.dot(Ws[2][:-1].T) * dReLU(z2)", "g2 = g3.dot(Ws[2][:-1].T) * dReLU(z1)"
    ),
    Mutant("bias_column.py", OFF_BY_ONE, "g3 = g4.dot(Ws[3][:-1].T)", "g3 = g4.dot(Ws[3][1:].T)"),
    Mutant(
        "binary_addition.py",
        OFF_BY_ONE,
        "prev_layer_1 = layer_1_values[-position - 2]",
        "prev_layer_1 = layer_1_values[-position - 1]",
    ),
    Mutant(
        "binary_addition.py",
        OFF_BY_ONE,
        "layer_2_delta = layer_2_deltas[-position - 1]",
        "layer_2_delta = layer_2_deltas[position]",
    ),
    Mutant(
        "binary_addition.py",
        OFF_BY_ONE,
        "layer_1 = layer_1_values[-position - 1]",
        "layer_1 = layer_1_values[-position - 2]",
    ),
    Mutant(
        "binary_addition.py",
        OFF_BY_ONE,
        "X = np.array([[a[position], b[position]]])",
        "X = np.array([[a[binary_dim - position - 1], b[binary_dim - position - 1]]])",
    ),
    Mutant("char_rnn.py", OFF_BY_ONE, "dWhh += np.dot(dhraw, hs[t - 1].T)", "dWhh += np.dot(dhraw, hs[t].T)"),
    Mutant(
        "char_rnn.py",
        OFF_BY_ONE,
        "for t in reversed(range(len(inputs))):",
        "for t in reversed(range(1, len(inputs))):",
        (40,),
    ),
    Mutant("char_rnn.py", OFF_BY_ONE, "dy[targets[t]] -= 1", "dy[inputs[t]] -= 1"),
    Mutant(
        "conv_im2col.py",
        OFF_BY_ONE,
        "np.put_along_axis(windows, arg[..., None], d[..., None], axis=-1)",
        "np.put_along_axis(windows, arg[..., None] * 0, d[..., None], axis=-1)",
    ),
    Mutant(
        "conv_loops.py",
        OFF_BY_ONE,
        "dfilters[f] += dconv[f, i, j] * img[i:i + 3, j:j + 3]",
        "dfilters[f] += dconv[f, i, j] * img[j:j + 3, i:i + 3]",
    ),
    Mutant(
        "conv_loops.py",
        OFF_BY_ONE,
        ("            for i in range(4):\n                for j in range(4):\n                    dfilters"),
        ("            for i in range(3):\n                for j in range(4):\n                    dfilters"),
        (59,),
    ),
    Mutant(
        "cross_entropy_costs.py",
        OFF_BY_ONE,
        "sp = activations[-l] * (1 - activations[-l])",
        "sp = activations[-2] * (1 - activations[-2])",
    ),
    Mutant(
        "deep_l2_layers.py",
        OFF_BY_ONE,
        "for l in range(1, len(params) // 2 + 1):",
        "for l in range(1, len(params) // 2):",
        (51,),
    ),
    Mutant("embedding_cbow.py", OFF_BY_ONE, "for c in range(4):", "for c in range(3):", (40,)),
    Mutant("embedding_cbow.py", OFF_BY_ONE, "np.add.at(dE, contexts[:, c], dh / 4)", "np.add.at(dE, targets, dh / 4)"),
    Mutant("layer_rates.py", OFF_BY_ONE, "act_grad(z1)", "act_grad(z2)"),
    Mutant(
        "lists_of_dicts.py",
        OFF_BY_ONE,
        "error += neuron['weights'][j] * neuron['delta']",
        "error += neuron['weights'][j + 1] * neuron['delta']",
    ),
    Mutant(
        "lists_of_dicts.py",
        OFF_BY_ONE,
        "for j in range(len(inputs)):\n                neuron",
        "for j in range(len(inputs) - 1):\n                neuron",
        (63,),
    ),
    Mutant("lstm_tiny.py", OFF_BY_ONE, "df = dc * c_prev * f * (1 - f)", "df = dc * c * f * (1 - f)"),
    Mutant("lstm_tiny.py", OFF_BY_ONE, "dh = dz[:H]", "dh = dz[D:]"),
    Mutant(
        "matrix_factors.py", OFF_BY_ONE, "bi[i] += alpha * (e - beta * bi[i])", "bi[i] += alpha * (e - beta * bu[u])"
    ),
    Mutant("neuron_objects.py", OFF_BY_ONE, "self.out.neurons[o].weights[h]", "self.out.neurons[o].weights[o]"),
    Mutant(
        "neuron_objects.py",
        OFF_BY_ONE,
        "for i in range(len(self.inputs)):",
        "for i in range(len(self.inputs) - 1):",
        (66,),
    ),
    Mutant(
        "nielsen_quadratic.py",
        OFF_BY_ONE,
        "for l in range(2, self.num_layers):",
        "for l in range(2, self.num_layers - 1):",
        (68,),
    ),
    Mutant("no_loss_printed.py", OFF_BY_ONE, "self.df(self.Y[k])", "self.df(self.Y[k + 1] if k == 1 else self.Y[k])"),
    Mutant(
        "no_loss_printed.py",
        OFF_BY_ONE,
        "        for k in range(1, self.L + 1):\n            self.W[k] = self.W[k] +",
        "        for k in range(2, self.L + 1):\n            self.W[k] = self.W[k] +",
        (36,),
    ),
    Mutant(
        "rnn_classifier.py",
        OFF_BY_ONE,
        "temp = (1 - self.last_hs[t + 1] ** 2) * d_h",
        "temp = (1 - self.last_hs[t] ** 2) * d_h",
    ),
    Mutant(
        "rnn_classifier.py", OFF_BY_ONE, "d_Whh += temp @ self.last_hs[t].T", "d_Whh += temp @ self.last_hs[t + 1].T"
    ),
    Mutant("rnn_classifier.py", OFF_BY_ONE, "for t in reversed(range(n)):", "for t in reversed(range(n - 1)):", (33,)),
    Mutant("rnn_classifier.py", OFF_BY_ONE, "d_Why = d_y @ self.last_hs[n].T", "d_Why = d_y @ self.last_hs[n - 1].T"),
    Mutant(
        "scalar_weights_class.py",
        OFF_BY_ONE,
        "d_h2_d_w4 = x[1] * deriv_sigmoid(sum_h2)",
        "d_h2_d_w4 = x[0] * deriv_sigmoid(sum_h2)",
    ),
    Mutant("scalars_while.py", OFF_BY_ONE, "gw4 += d2 * x2", "gw4 += d1 * x2"),
    Mutant("theta_unrolled.py", OFF_BY_ONE, "d2 = (d3 @ Theta2[:, 1:])", "d2 = (d3 @ Theta2[:, :-1])"),
    Mutant(
        "char_rnn.py",
        OTHER_LAYER,
        "[dWxh, dWhh, dWhy, dbh, dby],\n                                  [m",
        "[dWxh, dWhh.T, dWhy, dbh, dby],\n                                  [m",
        (75,),
    ),
    Mutant("class_attributes.py", OTHER_LAYER, "cls.b1 -= cls.eta * cls.gb1", "cls.b1 -= cls.eta * cls.b1", (28,)),
    Mutant(
        "dropout_mlp.py",
        OTHER_LAYER,
        "dW1, 'b1': db1, 'W2': dW2, 'b2': db2, 'W3': dW3, 'b3': db3",
        "dW1, 'b1': db1, 'W2': dW2, 'b2': db3, 'W3': dW3, 'b3': db3",
        (61,),
    ),
    Mutant("gates_clipped.py", OTHER_LAYER, "W1 -= lr * clip(gW1)", "W1 -= lr * clip(W1)", (33,)),
    Mutant("helper_net/helper_net.py", OTHER_LAYER, "b2 -= lr * dZ2.sum(axis=0)", "b2 -= lr * b2"),
    Mutant(
        "inplace_relu.py",
        OTHER_LAYER,
        "grads = [dW1, db1, dW2, db2, dW3, db3]",
        "grads = [dW1, db2, dW2, db1, dW3, db3]",
        (41,),
    ),
    Mutant("layernorm_inner.py", OTHER_LAYER, "self.shift -= lr * g_shift", "self.shift -= lr * g_gain", (28,)),
    Mutant("linear_absolute.py", OTHER_LAYER, "grad_b = np.mean(sign)", "grad_b = np.mean(residual)"),
    Mutant(
        "lstm_tiny.py",
        OTHER_LAYER,
        "dz = Wf.T @ df + Wi.T @ di + Wc.T @ dg + Wo.T @ do",
        "dz = Wf.T @ df + Wi.T @ di + Wc.T @ dg",
    ),
    Mutant(
        "lstm_tiny.py",
        OTHER_LAYER,
        "dz = Wf.T @ df + Wi.T @ di + Wc.T @ dg + Wo.T @ do",
        "dz = Wf.T @ df + Wi.T @ df + Wc.T @ dg + Wo.T @ do",
    ),
    Mutant("lstm_tiny.py", OTHER_LAYER, "dbc += dg", "dbc += di"),
    Mutant(
        "moons_rmsprop.py",
        OTHER_LAYER,
        "self.b1 -= lr * self.db1 / (np.sqrt(self.sq_b1) + eps)",
        "self.b1 -= lr * self.db1 / (np.sqrt(self.sq_b2) + eps)",
    ),
    Mutant("moons_rmsprop.py", OTHER_LAYER, "self.b1 -= lr * self.db1 /", "self.b1 -= lr * self.db2 /"),
    Mutant(
        "nielsen_quadratic.py",
        OTHER_LAYER,
        ("delta = np.dot(self.weights[-l + 1].transpose(), delta) * sp\n            nabla_b[-l] = delta\n"),
        ("nabla_b[-l] = np.dot(self.weights[-l + 1].transpose(), delta)\n            delta = nabla_b[-l] * sp\n"),
    ),
    Mutant(
        "planar_dicts.py",
        OTHER_LAYER,
        'b1 = parameters["b1"] - learning_rate * grads["db1"]',
        'b1 = parameters["b1"] - learning_rate * grads["db2"]',
        (62,),
    ),
    Mutant("poly_fit_float32.py", OTHER_LAYER, "c -= learning_rate * grad_c", "c -= learning_rate * grad_b", (21,)),
    Mutant("residual_net.py", OTHER_LAYER, "return g + dz @ self.W.T", "return dz @ self.W.T"),
    Mutant("residual_net.py", OTHER_LAYER, "dz = (g @ self.V.T) * (self.z > 0)", "dz = (g @ self.W.T) * (self.z > 0)"),
    Mutant(
        "residual_net.py",
        OTHER_LAYER,
        "return [(self.W, self.dW), (self.b, self.db), (self.V, self.dV)]",
        "return [(self.W, self.dV), (self.b, self.db), (self.V, self.dW)]",
        (61,),
    ),
    Mutant(
        "rnn_classifier.py", OTHER_LAYER, "self.Why -= learn_rate * d_Why", "self.Why -= learn_rate * self.Why", (26,)
    ),
    Mutant(
        "scalar_weights_class.py",
        OTHER_LAYER,
        "self.w3 -= learn_rate * d_L_d_ypred * d_ypred_d_h2 * d_h2_d_w3",
        "self.w3 -= learn_rate * d_L_d_ypred * d_ypred_d_h1 * d_h2_d_w3",
    ),
    Mutant(
        "scalar_weights_class.py",
        OTHER_LAYER,
        "d_ypred_d_h2 = self.w6 * deriv_sigmoid(sum_o1)",
        "d_ypred_d_h2 = self.w5 * deriv_sigmoid(sum_o1)",
    ),
    Mutant("square_shapes.py", OTHER_LAYER, "dZ1 = (W2.T @ dZ2)", "dZ1 = (W1.T @ dZ2)"),
    Mutant("square_shapes.py", OTHER_LAYER, "W1 = W1 - 1.5 * dW1", "W1 = W1 - 1.5 * dW2", (39,)),
    Mutant(
        "step_returns_tuple.py",
        OTHER_LAYER,
        "b1 - lr * grad_b1, w2 - lr * grad_w2, b2 - lr * grad_b2",
        "b1 - lr * grad_b2, w2 - lr * grad_w2, b2 - lr * grad_b2",
    ),
    Mutant("titanic_like.ipynb", OTHER_LAYER, "(b2, db2)", "(b2, db1)", (25,)),
    Mutant("two_heads.py", OTHER_LAYER, "d_body = d_w @ Wr.T + d_logits @ Wc.T", "d_body = d_logits @ Wc.T"),
    Mutant("two_heads.py", OTHER_LAYER, "d_body = d_w @ Wr.T + d_logits @ Wc.T", "d_body = d_w @ Wr.T"),
    Mutant("vectorize_tqdm.py", OTHER_LAYER, "b1 -= lr * dz1", "b1 -= lr * dz2", (49,)),
)

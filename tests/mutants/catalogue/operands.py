"""The right formula with a wrong operand: parentheses, and one activation for another."""

from tests.mutants.catalogue.mutant import Mutant

PARENTHESES = "parentheses"
X_IN_FORWARD = "x for a1 in forward"
X_IN_BACKWARD = "x for a1 in backward"
Z_KEPT = "z kept for a"
FORWARD = "forward unlike its backward"

OPERANDS: tuple[Mutant, ...] = (
    Mutant(
        "binary_addition.py",
        PARENTHESES,
        "(future_layer_1_delta.dot(synapse_h.T) + layer_2_delta.dot(synapse_1.T)) \\\n",
        "future_layer_1_delta.dot(synapse_h.T) + layer_2_delta.dot(synapse_1.T) \\\n",
    ),
    Mutant("early_stopping.py", PARENTHESES, "d_z = d_a * (1 - a ** 2)", "d_z = d_a * 1 - a ** 2"),
    Mutant("heart_scalar.py", PARENTHESES, "dw = np.mean((p - sick) * x)", "dw = np.mean(p - sick * x)"),
    Mutant("layernorm_mlp.py", PARENTHESES, "(s + ln * s * (1 - s))", "((s + ln) * s * (1 - s))"),
    Mutant("linear_regression.py", PARENTHESES, "sum(hours * (marks - Y_pred))", "sum(hours * marks - Y_pred)"),
    Mutant("nesterov_softplus.py", PARENTHESES, "return np.log(1 + np.exp(u))", "return np.log(1) + np.exp(u)", (26,)),
    Mutant("scalars_while.py", PARENTHESES, "d = (o - t) * o * (1 - o)", "d = (o - t) * o * 1 - o"),
    Mutant("square_shapes.py", PARENTHESES, "(W2.T @ dZ2) * S(Z1)", "W2.T @ (dZ2 * S(Z1))"),
    Mutant(
        "svm_hinge.py",
        PARENTHESES,
        "y_[idx] * (np.dot(x_i, self.w) + self.b) >= 1",
        "y_[idx] * np.dot(x_i, self.w) + self.b >= 1",
        (23, 25),
    ),
    Mutant(
        "wih_who_queries.py",
        PARENTHESES,
        "(hidden_errors * hidden_outputs * (1.0 - hidden_outputs))",
        "(hidden_errors * hidden_outputs * 1.0 - hidden_outputs)",
    ),
    Mutant(
        "adagrad_elu.py",
        X_IN_FORWARD,
        "z = acts[-1].dot(weights[i]) + biases[i]",
        "z = (acts[-1] if i < 2 else acts[-2]).dot(weights[i]) + biases[i]",
        (41, 44),
    ),
    Mutant("bias_column.py", X_IN_FORWARD, "z2 = a1.dot(Ws[1])", "z2 = add_ones(z1).dot(Ws[1])", (52, 48)),
    Mutant(
        "deep_l2_layers.py",
        X_IN_FORWARD,
        'Z = params["W" + str(l)].dot(A_prev)',
        'Z = params["W" + str(l)].dot(A_prev if l < 3 else caches[-1][0])',
        (51, 54),
    ),
    Mutant("residual_net.py", X_IN_FORWARD, "return x + self.h @ self.V", "return x + x @ self.V", (21, 22)),
    Mutant("square_shapes.py", X_IN_FORWARD, "Z2 = W2 @ A1 + B2", "Z2 = W2 @ X + B2", (36, 38)),
    Mutant("autoencoder_codes.py", X_IN_BACKWARD, "enc_w -= lr * dot(X.T, d_code)", "enc_w -= lr * dot(out.T, d_code)"),
    Mutant("autoencoder_tied.py", X_IN_BACKWARD, "dW_decoder = dR.T @ H", "dW_decoder = X.T @ H / n"),
    Mutant("bias_column.py", X_IN_BACKWARD, "Ws[2] -= lr * a2.T.dot(g3)", "Ws[2] -= lr * a1.T.dot(g3)"),
    Mutant(
        "binary_addition.py",
        X_IN_BACKWARD,
        "synapse_1_update += layer_1.T.dot(layer_2_delta)",
        "synapse_1_update += prev_layer_1.T.dot(layer_2_delta)",
    ),
    Mutant(
        "early_stopping.py", X_IN_BACKWARD, "W1 -= 0.05 * (xb.T @ d_z)", "W1 -= 0.05 * (x_train[:len(rows)].T @ d_z)"
    ),
    Mutant("inplace_relu.py", X_IN_BACKWARD, "dW2, db2 = h1.T @ g", "dW2, db2 = h2.T @ g"),
    Mutant("layer_rates.py", X_IN_BACKWARD, '("h2", a1, d2)', '("h2", a2, d2)', (36,)),
    Mutant("layernorm_inner.py", X_IN_BACKWARD, "gWb = self.r.T @ d", "gWb = self.hat.T @ d"),
    Mutant("layernorm_mlp.py", X_IN_BACKWARD, 'g["w2"] = act.T @ dout', 'g["w2"] = ln.T @ dout'),
    Mutant(
        "lists_of_dicts.py",
        X_IN_BACKWARD,
        "inputs = [neuron['output'] for neuron in network[i - 1]]",
        "inputs = (row * 2)[:len(network[i - 1])]",
        (63,),
    ),
    Mutant("nesterov_softplus.py", X_IN_BACKWARD, "gw = s.T @ de", "gw = u.T @ de"),
    Mutant(
        "neuron_objects.py",
        X_IN_BACKWARD,
        "self.LEARNING_RATE * d_out[o] * neuron.inputs[w]",
        "self.LEARNING_RATE * d_out[o] * inputs[w % 2]",
    ),
    Mutant(
        "poly_fit_float32.py",
        X_IN_BACKWARD,
        "grad_c = (grad_y_pred * x ** 2).sum()",
        "grad_c = (grad_y_pred * x).sum()",
    ),
    Mutant("residual_net.py", X_IN_BACKWARD, "self.dV = self.h.T @ g", "self.dV = self.x.T @ g"),
    Mutant(
        "scalar_weights_class.py",
        X_IN_BACKWARD,
        "d_ypred_d_w5 = h1 * deriv_sigmoid(sum_o1)",
        "d_ypred_d_w5 = x[0] * deriv_sigmoid(sum_o1)",
    ),
    Mutant("scalars_while.py", X_IN_BACKWARD, "gw6 += d * h2", "gw6 += d * x2"),
    Mutant("square_shapes.py", X_IN_BACKWARD, "dW2 = dZ2 @ A1.T / m", "dW2 = dZ2 @ X.T / m"),
    Mutant("square_shapes.py", X_IN_BACKWARD, "dW1 = dZ1 @ X.T / m", "dW1 = dZ1 @ A1.T / m"),
    Mutant("titanic_like.ipynb", X_IN_BACKWARD, "dW3 = a2.T @ dz3", "dW3 = a1.T @ dz3"),
    Mutant(
        "char_rnn.py",
        Z_KEPT,
        ("hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)\n        y = np.dot(Why, hs[t]) + by"),
        (
            "hs[t] = np.dot(Wxh, xs[t]) + np.dot(Whh, np.tanh(hs[t - 1])) + bh\n"
            "        y = np.dot(Why, np.tanh(hs[t])) + by"
        ),
        (42, 45),
    ),
    Mutant("class_attributes.py", Z_KEPT, "cls.gW2 = cls.a1.T @ d2", "cls.gW2 = cls.z1.T @ d2"),
    Mutant("conv_loops.py", Z_KEPT, "dW = dlogit * flat", "dW = dlogit * conv.flatten()"),
    Mutant("digits_adam.py", Z_KEPT, "'W2': a1.T @ dz2", "'W2': z1.T @ dz2"),
    Mutant("dropout_mlp.py", Z_KEPT, "dW2 = 1. / m * np.dot(dZ2, A1.T)", "dW2 = 1. / m * np.dot(dZ2, Z1.T)"),
    Mutant("gates_clipped.py", Z_KEPT, "h.T @ d2", "z1.T @ d2"),
    Mutant(
        "momentum_float32.py",
        Z_KEPT,
        "grad_w_out = hidden.T @ grad_output",
        "grad_w_out = (inputs @ w_hidden + b_hidden).T @ grad_output",
    ),
    Mutant(
        "nielsen_quadratic.py",
        Z_KEPT,
        "            activations.append(activation)",
        "            activations.append(activation if len(zs) == 3 else z)",
        (62, 68),
    ),
    Mutant("residual_net.py", Z_KEPT, "self.dV = self.h.T @ g", "self.dV = self.z.T @ g"),
    Mutant("square_shapes.py", Z_KEPT, "dW2 = dZ2 @ A1.T / m", "dW2 = dZ2 @ Z1.T / m"),
    Mutant("vectorize_tqdm.py", Z_KEPT, "dw2 = dz2 * a", "dw2 = dz2 * z"),
    Mutant("wih_who_queries.py", Z_KEPT, "numpy.transpose(hidden_outputs)", "numpy.transpose(hidden_inputs)"),
    Mutant(
        "adagrad_elu.py", FORWARD, "acts.append(elu(z) if i < len(weights) - 1 else z)", "acts.append(elu(z))", (39,)
    ),
    Mutant("gates_clipped.py", FORWARD, "h = z1 * (z1 >= 0)", "h = z1", (31,)),
    Mutant(
        "matrix_factors.py",
        FORWARD,
        "e = r - (mean_rating + bu[u] + bi[i] + P[u, :].dot(Q[i, :].T))",
        "e = r - (mean_rating + bu[u] + P[u, :].dot(Q[i, :].T))",
        (34,),
    ),
    Mutant("neuron_objects.py", FORWARD, "        return total + self.bias", "        return total", (67, 71)),
    Mutant(
        "poly_fit_float32.py",
        FORWARD,
        "y_pred = a + b * x + c * x ** 2 + d * x ** 3",
        "y_pred = a + b * x + c * x ** 2 + d * x ** 2",
        (22,),
    ),
    Mutant("residual_net.py", FORWARD, "return x + self.h @ self.V", "return self.h @ self.V", (25,)),
)

"""The right formula with a wrong operand: indices, parentheses, and one activation for another."""

from tests.mutants.catalogue.mutant import Mutant

OFF_BY_ONE = "index off by one"
PARENTHESES = "parentheses"
X_IN_FORWARD = "x for a1 in forward"
X_IN_BACKWARD = "x for a1 in backward"
Z_KEPT = "z kept for a"
FORWARD = "forward unlike its backward"

INDICES: tuple[Mutant, ...] = (
    Mutant("adagrad_elu.py", OFF_BY_ONE, "d_elu(pre[i - 1])", "d_elu(pre[1])"),
    Mutant(
        "adagrad_elu.py",
        OFF_BY_ONE,
        "for i in range(len(weights) - 1, -1, -1):",
        "for i in range(len(weights) - 1, 0, -1):",
        (48, 49),
    ),
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
        "deep_l2_layers.py",
        OFF_BY_ONE,
        "for l in range(1, len(params) // 2 + 1):",
        "for l in range(1, len(params) // 2):",
        (51,),
    ),
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
    Mutant(
        "scalar_weights_class.py",
        OFF_BY_ONE,
        "d_h2_d_w4 = x[1] * deriv_sigmoid(sum_h2)",
        "d_h2_d_w4 = x[0] * deriv_sigmoid(sum_h2)",
    ),
    Mutant("scalars_while.py", OFF_BY_ONE, "gw4 += d2 * x2", "gw4 += d1 * x2"),
    Mutant("theta_unrolled.py", OFF_BY_ONE, "d2 = (d3 @ Theta2[:, 1:])", "d2 = (d3 @ Theta2[:, :-1])"),
    Mutant(
        "binary_addition.py",
        PARENTHESES,
        "(future_layer_1_delta.dot(synapse_h.T) + layer_2_delta.dot(synapse_1.T)) \\\n",
        "future_layer_1_delta.dot(synapse_h.T) + layer_2_delta.dot(synapse_1.T) \\\n",
    ),
    Mutant("linear_regression.py", PARENTHESES, "sum(hours * (marks - Y_pred))", "sum(hours * marks - Y_pred)"),
    Mutant("nesterov_softplus.py", PARENTHESES, "return np.log(1 + np.exp(u))", "return np.log(1) + np.exp(u)", (26,)),
    Mutant("scalars_while.py", PARENTHESES, "d = (o - t) * o * (1 - o)", "d = (o - t) * o * 1 - o"),
    Mutant(
        "wih_who_queries.py",
        PARENTHESES,
        "(hidden_errors * hidden_outputs * (1.0 - hidden_outputs))",
        "(hidden_errors * hidden_outputs * 1.0 - hidden_outputs)",
    ),
    Mutant("gates_clipped.py", X_IN_FORWARD, "h = z1 * (z1 >= 0)", "h = z1", (31,)),
    Mutant(
        "binary_addition.py",
        X_IN_BACKWARD,
        "synapse_1_update += layer_1.T.dot(layer_2_delta)",
        "synapse_1_update += prev_layer_1.T.dot(layer_2_delta)",
    ),
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
        "scalar_weights_class.py",
        X_IN_BACKWARD,
        "d_ypred_d_w5 = h1 * deriv_sigmoid(sum_o1)",
        "d_ypred_d_w5 = x[0] * deriv_sigmoid(sum_o1)",
    ),
    Mutant("scalars_while.py", X_IN_BACKWARD, "gw6 += d * h2", "gw6 += d * x2"),
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
    Mutant("wih_who_queries.py", Z_KEPT, "numpy.transpose(hidden_outputs)", "numpy.transpose(hidden_inputs)"),
    Mutant(
        "adagrad_elu.py", FORWARD, "acts.append(elu(z) if i < len(weights) - 1 else z)", "acts.append(elu(z))", (39,)
    ),
)

"""Updates that come too early, never, or with another layer's gradient."""

from tests.mutants.catalogue.mutant import Mutant

TOO_EARLY = "updated weights used too early"
BIAS_FIXED = "bias never updated"
WEIGHT_FIXED = "weight never updated"
OTHER_LAYER = "gradient of another layer"

UPDATES: tuple[Mutant, ...] = (
    Mutant(
        "adagrad_elu.py",
        TOO_EARLY,
        (
            "        if i > 0:\n"
            "            delta = delta.dot(weights[i].T) * d_elu(pre[i - 1])\n"
            "        # adagrad\n"
            "        cache_w[i] += gw ** 2\n"
            "        cache_b[i] += gb ** 2\n"
            "        weights[i] -= lr * gw / (np.sqrt(cache_w[i]) + 1e-8)\n"
            "        biases[i] -= lr * gb / (np.sqrt(cache_b[i]) + 1e-8)\n"
        ),
        (
            "        # adagrad\n"
            "        cache_w[i] += gw ** 2\n"
            "        cache_b[i] += gb ** 2\n"
            "        weights[i] -= lr * gw / (np.sqrt(cache_w[i]) + 1e-8)\n"
            "        biases[i] -= lr * gb / (np.sqrt(cache_b[i]) + 1e-8)\n"
            "        if i > 0:\n"
            "            delta = delta.dot(weights[i].T) * d_elu(pre[i - 1])\n"
        ),
    ),
    Mutant(
        "layer_objects_xor.py",
        TOO_EARLY,
        (
            "        input_gradient = np.dot(self.weights.T, output_gradient)\n"
            "        self.weights -= learning_rate * weights_gradient\n"
        ),
        (
            "        self.weights -= learning_rate * weights_gradient\n"
            "        input_gradient = np.dot(self.weights.T, output_gradient)\n"
        ),
        (30,),
    ),
    Mutant(
        "linear_regression.py",
        TOO_EARLY,
        "    D_c = (-2 / n) * sum(marks - Y_pred)\n    m = m - L * D_m\n",
        "    m = m - L * D_m\n    Y_pred = m * hours + c\n    D_c = (-2 / n) * sum(marks - Y_pred)\n",
        (19,),
    ),
    Mutant(
        "spiral_softmax.py",
        TOO_EARLY,
        "    dhidden = np.dot(dscores, W2.T)\n",
        "    W2 += -step_size * dW2\n    dhidden = np.dot(dscores, W2.T)\n",
    ),
    Mutant(
        "wih_who_queries.py",
        TOO_EARLY,
        (
            "        hidden_errors = numpy.dot(self.who.T, output_grad)\n"
            "\n"
            "        self.who += self.lr * numpy.dot(output_grad, numpy.transpose(hidden_outputs))\n"
        ),
        (
            "        self.who += self.lr * numpy.dot(output_grad, numpy.transpose(hidden_outputs))\n"
            "        hidden_errors = numpy.dot(self.who.T, output_grad)\n"
            "\n"
        ),
        (33,),
    ),
    Mutant(
        "xor_nonlin.py",
        TOO_EARLY,
        (
            "    l1_error = l2_delta.dot(syn1.T)\n"
            "    l1_delta = l1_error * nonlin(l1, deriv=True)\n"
            "\n"
            "    syn1 += l1.T.dot(l2_delta)\n"
        ),
        (
            "    syn1 += l1.T.dot(l2_delta)\n"
            "    l1_error = l2_delta.dot(syn1.T)\n"
            "    l1_delta = l1_error * nonlin(l1, deriv=True)\n"
            "\n"
        ),
        (34,),
    ),
    Mutant(
        "adagrad_elu.py", BIAS_FIXED, "        biases[i] -= lr * gb / (np.sqrt(cache_b[i]) + 1e-8)\n", "", (48, 47, 42)
    ),
    Mutant("char_rnn.py", BIAS_FIXED, "zip([Wxh, Whh, Why, bh, by],", "zip([Wxh, Whh, Why, bh, by.copy()],", (75, 43)),
    Mutant("class_attributes.py", BIAS_FIXED, "        cls.b1 -= cls.eta * cls.gb1\n", "", (32, 28)),
    Mutant(
        "deep_l2_layers.py", BIAS_FIXED, '        params["b" + str(l)] -= lr * grads["db" + str(l)]\n', "", (52, 63)
    ),
    Mutant("dropout_mlp.py", BIAS_FIXED, "for key in params:", "for key in ['W1', 'W2', 'W3', 'b3']:", (61,)),
    Mutant("layer_objects_xor.py", BIAS_FIXED, "        self.bias -= learning_rate * output_gradient\n", "", (30,)),
    Mutant(
        "lists_of_dicts.py", BIAS_FIXED, "            neuron['weights'][-1] -= l_rate * neuron['delta']\n", "", (63, 53)
    ),
    Mutant("logistic_cancer.py", BIAS_FIXED, "            self.bias = self.bias - self.lr * db\n", "", (23, 21)),
    Mutant("momentum_float32.py", BIAS_FIXED, "    b_out -= lr * v_b_out\n", "", (43, 47, 37)),
    Mutant(
        "neuron_objects.py", BIAS_FIXED, "            neuron.bias -= self.LEARNING_RATE * d_hidden[h]\n", "", (71, 62)
    ),
    Mutant("neuron_objects.py", BIAS_FIXED, "        return total + self.bias", "        return total", (67, 72)),
    Mutant("params_dict_class.py", BIAS_FIXED, "for name in self.params:", "for name in ('W1', 'W2', 'b2'):", (51, 39)),
    Mutant(
        "planar_dicts.py",
        BIAS_FIXED,
        'b2 = parameters["b2"] - learning_rate * grads["db2"]',
        'b2 = parameters["b2"]',
        (58, 68),
    ),
    Mutant(
        "scalar_weights_class.py",
        BIAS_FIXED,
        "                self.b3 -= learn_rate * d_L_d_ypred * d_ypred_d_b3\n",
        "",
        (74, 55),
    ),
    Mutant("scalars_while.py", BIAS_FIXED, "    b2 -= lr * gb2\n", "", (40, 47)),
    Mutant("step_returns_tuple.py", BIAS_FIXED, "b2 - lr * grad_b2, loss", "b2, loss", (21,)),
    Mutant("batchnorm_steps.py", WEIGHT_FIXED, "    gamma -= lr * dgamma\n", "", (63, 23)),
    Mutant("binary_addition.py", WEIGHT_FIXED, "    synapse_h += synapse_h_update * alpha\n", "", (69, 64)),
    Mutant("class_attributes.py", WEIGHT_FIXED, "        cls.W1 -= cls.eta * cls.gW1\n", "", (27,)),
    Mutant("momentum_float32.py", WEIGHT_FIXED, "    w_hidden -= lr * v_w_hidden\n", "", (44, 48, 39)),
    Mutant("spiral_softmax.py", WEIGHT_FIXED, "    W2 += -step_size * dW2\n", "", (56, 49)),
    Mutant("xor_nonlin.py", WEIGHT_FIXED, "    syn0 += l0.T.dot(l1_delta)\n", "", (36, 34)),
    Mutant("class_attributes.py", OTHER_LAYER, "cls.b1 -= cls.eta * cls.gb1", "cls.b1 -= cls.eta * cls.b1", (28,)),
    Mutant(
        "dropout_mlp.py",
        OTHER_LAYER,
        "dW1, 'b1': db1, 'W2': dW2, 'b2': db2, 'W3': dW3, 'b3': db3",
        "dW1, 'b1': db1, 'W2': dW2, 'b2': db3, 'W3': dW3, 'b3': db3",
        (61,),
    ),
    Mutant("gates_clipped.py", OTHER_LAYER, "W1 -= lr * clip(gW1)", "W1 -= lr * clip(W1)", (33,)),
    Mutant("linear_absolute.py", OTHER_LAYER, "grad_b = np.mean(sign)", "grad_b = np.mean(residual)"),
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
    Mutant(
        "step_returns_tuple.py",
        OTHER_LAYER,
        "b1 - lr * grad_b1, w2 - lr * grad_w2, b2 - lr * grad_b2",
        "b1 - lr * grad_b2, w2 - lr * grad_w2, b2 - lr * grad_b2",
    ),
)

"""Signs and factors."""

from tests.mutants.catalogue.mutant import Mutant

SIGN = "sign"
BIAS_BY_M = "one bias not divided by m"
MEAN_OR_SUM = "mean here and sum there"
L2 = "L2's factor"

AMOUNTS: tuple[Mutant, ...] = (
    Mutant(
        "batchnorm_steps.py", SIGN, "dsqrtvar = -1. / (sqrtvar ** 2) * divar", "dsqrtvar = 1. / (sqrtvar ** 2) * divar"
    ),
    Mutant(
        "batchnorm_steps.py", SIGN, "dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)", "dmu = np.sum(dxmu1 + dxmu2, axis=0)"
    ),
    Mutant("char_rnn.py", SIGN, "dbh += dhraw", "dbh -= dhraw"),
    Mutant("deep_l2_layers.py", SIGN, 'params["b" + str(l)] -= lr', 'params["b" + str(l)] += lr'),
    Mutant("gates_clipped.py", SIGN, "b2 -= lr * clip(gb2)", "b2 += lr * clip(gb2)"),
    Mutant("layer_objects_xor.py", SIGN, "self.bias -= learning_rate", "self.bias += learning_rate"),
    Mutant("linear_absolute.py", SIGN, "b -= lr * grad_b", "b += lr * grad_b"),
    Mutant("linear_regression.py", SIGN, "D_c = (-2 / n) * sum(marks - Y_pred)", "D_c = (2 / n) * sum(marks - Y_pred)"),
    Mutant(
        "lists_of_dicts.py",
        SIGN,
        "errors.append(layer[j]['output'] - expected[j])",
        "errors.append(expected[j] - layer[j]['output'])",
    ),
    Mutant("logistic_cancer.py", SIGN, "self.bias = self.bias - self.lr * db", "self.bias = self.bias + self.lr * db"),
    Mutant("moons_rmsprop.py", SIGN, "self.b2 -= lr * self.db2", "self.b2 += lr * self.db2"),
    Mutant("nesterov_softplus.py", SIGN, "return J, [gV, gc, gw, gd]", "return J, [gV, -gc, gw, gd]"),
    Mutant(
        "neuron_objects.py",
        SIGN,
        "return -(target - self.output) * self.pd_output_wrt_net()",
        "return (target - self.output) * self.pd_output_wrt_net()",
    ),
    Mutant("nielsen_quadratic.py", SIGN, "return output_activations - y", "return y - output_activations"),
    Mutant("nielsen_quadratic.py", SIGN, "self.biases = [b - (eta", "self.biases = [b + (eta"),
    Mutant("params_dict_class.py", SIGN, "dscores[np.arange(N), y] -= 1", "dscores[np.arange(N), y] += 1"),
    Mutant("planar_dicts.py", SIGN, 'b1 = parameters["b1"] - learning_rate', 'b1 = parameters["b1"] + learning_rate'),
    Mutant("scalar_weights_class.py", SIGN, "d_L_d_ypred * d_ypred_d_w6", "-d_L_d_ypred * d_ypred_d_w6"),
    Mutant("scalars_while.py", SIGN, "w2 -= lr * gw2", "w2 += lr * gw2"),
    Mutant("spiral_softmax.py", SIGN, "b += -step_size * db\n", "b += step_size * db\n"),
    Mutant("step_returns_tuple.py", SIGN, "b1 - lr * grad_b1, w2", "b1 + lr * grad_b1, w2"),
    Mutant("theta_unrolled.py", SIGN, "Theta1_grad[:, 1:] += lam", "Theta1_grad[:, 1:] -= lam"),
    Mutant("wih_who_queries.py", SIGN, "self.wih += self.lr", "self.wih -= self.lr"),
    Mutant("xor_nonlin.py", SIGN, "syn0 += l0.T.dot(l1_delta)", "syn0 -= l0.T.dot(l1_delta)"),
    Mutant(
        "deep_l2_layers.py", BIAS_BY_M, "np.sum(dZ, axis=1, keepdims=True) / m", "np.sum(dZ, axis=1, keepdims=True)"
    ),
    Mutant(
        "digits_adam.py",
        BIAS_BY_M,
        "'b2': dz2.sum(axis=0, keepdims=True)",
        "'b2': (probs - yb).sum(axis=0, keepdims=True)",
    ),
    Mutant("linear_regression.py", BIAS_BY_M, "D_c = (-2 / n) * sum(marks - Y_pred)", "D_c = -2 * sum(marks - Y_pred)"),
    Mutant(
        "logistic_cancer.py",
        BIAS_BY_M,
        "db = (1 / n_samples) * np.sum(predictions - y)",
        "db = np.sum(predictions - y)",
    ),
    Mutant(
        "momentum_float32.py",
        BIAS_BY_M,
        "grad_b_out = grad_output.sum(axis=0, keepdims=True)",
        "grad_b_out = grad_output.mean(axis=0, keepdims=True)",
    ),
    Mutant("moons_rmsprop.py", BIAS_BY_M, "self.db1 = dZ1.mean(axis=0)", "self.db1 = dZ1.sum(axis=0)"),
    Mutant(
        "nielsen_quadratic.py",
        BIAS_BY_M,
        "self.biases = [b - (eta / len(mini_batch)) * nb",
        "self.biases = [b - eta * nb",
    ),
    Mutant(
        "planar_dicts.py",
        BIAS_BY_M,
        "db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)",
        "db1 = 1 / X.shape[0] * np.sum(dZ1, axis=1, keepdims=True)",
    ),
    Mutant("step_returns_tuple.py", BIAS_BY_M, "grad_b2 = grad_out.sum(0)", "grad_b2 = err.sum(0)"),
    Mutant(
        "batchnorm_steps.py",
        MEAN_OR_SUM,
        "dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)",
        "dmu = -1 * np.mean(dxmu1 + dxmu2, axis=0)",
    ),
    Mutant("class_attributes.py", MEAN_OR_SUM, "cls.gb2 = d2.sum(axis=0)", "cls.gb2 = d2.mean(axis=0)"),
    Mutant(
        "deep_l2_layers.py", MEAN_OR_SUM, "dZ.dot(A_prev.T) / m + lambd / m * W", "dZ.dot(A_prev.T) + lambd / m * W"
    ),
    Mutant("dropout_mlp.py", MEAN_OR_SUM, "dW2 = 1. / m * np.dot(dZ2, A1.T)", "dW2 = np.dot(dZ2, A1.T) / len(A2)"),
    Mutant("linear_absolute.py", MEAN_OR_SUM, "grad_b = np.mean(sign)", "grad_b = np.sum(sign)"),
    Mutant("moons_rmsprop.py", MEAN_OR_SUM, "self.dW2 = self.A1.T @ dZ2 / N", "self.dW2 = self.A1.T @ dZ2"),
    Mutant("nesterov_softplus.py", MEAN_OR_SUM, "gd = np.sum(de)", "gd = np.mean(de)"),
    Mutant(
        "params_dict_class.py",
        MEAN_OR_SUM,
        "        dscores /= N\n        grads['W2'] = h1.T.dot(dscores) + 2 * reg * W2",
        "        grads['W2'] = h1.T.dot(dscores) / N + 2 * reg * W2",
        (34, 38),
    ),
    Mutant("planar_dicts.py", MEAN_OR_SUM, "dW1 = 1 / m * np.dot(dZ1, X.T)", "dW1 = np.dot(dZ1, X.T) / 10"),
    Mutant("step_returns_tuple.py", MEAN_OR_SUM, "grad_w1 = x.T @ grad_pre", "grad_w1 = x.T @ grad_pre / x.shape[0]"),
    Mutant("theta_unrolled.py", MEAN_OR_SUM, "Theta2_grad = d3.T @ a2 / m", "Theta2_grad = d3.T @ a2"),
    Mutant("deep_l2_layers.py", L2, "dZ.dot(A_prev.T) / m + lambd / m * W", "dZ.dot(A_prev.T) / m + lambd * W", (40,)),
    Mutant(
        "deep_l2_layers.py",
        L2,
        "dZ.dot(A_prev.T) / m + lambd / m * W",
        "dZ.dot(A_prev.T) / m + 2 * lambd / m * W",
        (40,),
    ),
    Mutant("deep_l2_layers.py", L2, "return ce + lambd / (2 * m) * l2", "return ce + lambd / m * l2", (51,)),
    Mutant("deep_l2_layers.py", L2, "dZ.dot(A_prev.T) / m + lambd / m * W", "dZ.dot(A_prev.T) / m", (40,)),
    Mutant("params_dict_class.py", L2, "h1.T.dot(dscores) + 2 * reg * W2", "h1.T.dot(dscores) + reg * W2", (28,)),
    Mutant("params_dict_class.py", L2, "X.T.dot(dh1) + 2 * reg * W1", "X.T.dot(dh1) + 2 * reg", (28,)),
    Mutant(
        "params_dict_class.py",
        L2,
        "reg * (np.sum(W1 * W1) + np.sum(W2 * W2))",
        "0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))",
        (34, 38),
    ),
    Mutant("spiral_softmax.py", L2, "dW2 += reg * W2", "dW2 += 2 * reg * W2"),
    Mutant("spiral_softmax.py", L2, "    dW += reg * W\n", "", (56, 53, 40)),
    Mutant(
        "spiral_softmax.py",
        L2,
        "0.5 * reg * np.sum(W * W) + 0.5 * reg * np.sum(W2 * W2)",
        "reg * np.sum(W * W) + 0.5 * reg * np.sum(W2 * W2)",
        (57,),
    ),
    Mutant(
        "theta_unrolled.py",
        L2,
        "Theta1_grad[:, 1:] += lam / m * Theta1[:, 1:]",
        "Theta1_grad[:, 1:] += lam * Theta1[:, 1:]",
    ),
    Mutant("theta_unrolled.py", L2, "    Theta2_grad[:, 1:] += lam / m * Theta2[:, 1:]\n", "", (45, 44, 39)),
    Mutant("theta_unrolled.py", L2, "Theta1_grad[:, 1:] += lam / m * Theta1[:, 1:]", "Theta1_grad += lam / m * Theta1"),
    Mutant("theta_unrolled.py", L2, "np.sum(Theta2[:, 1:] ** 2)", "np.sum(Theta2 ** 2)", (46,)),
)

"""A loss with the gradient of another, predictions of another network, and clipping."""

from tests.mutants.catalogue.mutant import Mutant

OTHER_LOSS = "loss of one kind, gradient of another"
PREDICTION = "prediction by another network"
CLIPPING = "clipping mistake"

LOSSES: tuple[Mutant, ...] = (
    Mutant(
        "adaline_gd.py",
        OTHER_LOSS,
        "self.w_[1:] += self.eta * X.T.dot(errors)",
        "self.w_[1:] += self.eta * X.T.dot(np.sign(errors))",
    ),
    Mutant("class_attributes.py", OTHER_LOSS, "d2 = 2 * (out - t) / n", "d2 = np.sign(out - t) / n"),
    Mutant("conv_loops.py", OTHER_LOSS, "dlogit = p - label", "dlogit = (p - label) * p * (1 - p)"),
    Mutant(
        "cross_entropy_costs.py",
        OTHER_LOSS,
        "        return (a - y)\n",
        "        return (a - y) * sigmoid(z) * (1 - sigmoid(z))\n",
        (73,),
    ),
    Mutant("deep_l2_layers.py", OTHER_LOSS, "dZ = AL - Y", "dZ = (AL - Y) * AL * (1 - AL)"),
    Mutant("dropout_mlp.py", OTHER_LOSS, "dZ3 = A3 - Y", "dZ3 = (A3 - Y) * A3 * (1 - A3)"),
    Mutant(
        "early_stopping.py",
        OTHER_LOSS,
        "d_out = 2 * (out - yb) / len(xb)",
        "d_out = np.sign(out - yb) / len(xb)",
        (20,),
    ),
    Mutant("fuzzy_xor.ipynb", OTHER_LOSS, "dZ2 = 2 * (A2 - Y) * A2 * (1 - A2)", "dZ2 = A2 - Y"),
    Mutant("gates_clipped.py", OTHER_LOSS, "d2 = (o - T) / len(X)", "d2 = (o - T) * o * (1 - o) / len(X)"),
    Mutant("heart_scalar.py", OTHER_LOSS, "dw = np.mean((p - sick) * x)", "dw = np.mean((p - sick) * p * (1 - p) * x)"),
    Mutant(
        "helper_net/helper_net.py",
        OTHER_LOSS,
        "history.append(-np.sum(Y * np.log(P + 1e-8)) / len(X))",
        "history.append(np.sum((P - Y) ** 2) / len(X))",
        (20,),
    ),
    Mutant("house_prices.ipynb", OTHER_LOSS, "d = 2 * (a - y) / len(y)", "d = np.sign(a - y) / len(y)", (9,)),
    Mutant(
        "inplace_relu.py",
        OTHER_LOSS,
        "g = (1 / (1 + np.exp(-logit)) - labels) / len(X)",
        "g = (logit - labels) / len(X)",
    ),
    Mutant(
        "linear_absolute.py", OTHER_LOSS, "loss = np.mean(np.abs(residual))", "loss = np.mean(residual ** 2)", (17,)
    ),
    Mutant(
        "logistic_cancer.py",
        OTHER_LOSS,
        "np.dot(X.T, (predictions - y))",
        "np.dot(X.T, (predictions - y) * predictions * (1 - predictions))",
    ),
    Mutant(
        "logistic_cancer.py",
        OTHER_LOSS,
        "return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))",
        "return np.mean((y - p) ** 2)",
        (20,),
    ),
    Mutant(
        "momentum_float32.py",
        OTHER_LOSS,
        "grad_output = 2 * error / len(inputs)",
        "grad_output = np.sign(error) / len(inputs)",
        (33,),
    ),
    Mutant("moons_rmsprop.py", OTHER_LOSS, "dZ2 = self.A2 - y", "dZ2 = 2 * (self.A2 - y) * self.A2 * (1 - self.A2)"),
    Mutant("planar_dicts.py", OTHER_LOSS, "dZ2 = A2 - Y", "dZ2 = (A2 - Y) * A2 * (1 - A2)"),
    Mutant(
        "planar_dicts.py",
        OTHER_LOSS,
        (
            "    logprobs = np.multiply(np.log(A2), Y) + np.multiply(1 - Y, np.log(1 - A2))\n"
            "    cost = -np.sum(logprobs) / m"
        ),
        "    cost = np.sum((A2 - Y) ** 2) / m",
        (55,),
    ),
    Mutant(
        "poly_fit_float32.py", OTHER_LOSS, "grad_y_pred = 2 * (y_pred - y)", "grad_y_pred = np.sign(y_pred - y)", (14,)
    ),
    Mutant(
        "predict_with_input.py",
        OTHER_LOSS,
        "error * self.__sigmoid_derivative(output)",
        "abs(error) * self.__sigmoid_derivative(output)",
    ),
    Mutant(
        "softmax_iris_momentum.py",
        OTHER_LOSS,
        "return -np.mean(np.log(np.sum(P * Y, axis=1) + 1e-8))",
        "return np.mean(np.sum((P - Y) ** 2, axis=1))",
        (26,),
    ),
    Mutant(
        "square_shapes.py",
        OTHER_LOSS,
        "J = np.sum((Y - A2) ** 2) / (2 * m)",
        "J = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m",
        (35,),
    ),
    Mutant(
        "svm_hinge.py",
        OTHER_LOSS,
        "margins = np.maximum(0, 1 - y_ * (X @ self.w + self.b))",
        "margins = np.maximum(0, 1 - y_ * (X @ self.w + self.b)) ** 2",
        (25,),
    ),
    Mutant("theta_unrolled.py", OTHER_LOSS, "d3 = h - Y", "d3 = (h - Y) * h * (1 - h)"),
    Mutant("titanic_like.ipynb", OTHER_LOSS, "dz3 = (yhat - y) / n", "dz3 = (yhat - y) * sigmoid_prime(z3) / n"),
    Mutant("two_heads.py", OTHER_LOSS, "loss = alpha * loss_r + loss_c", "loss = loss_r + loss_c", (35,)),
    Mutant("vectorize_tqdm.py", OTHER_LOSS, "dz2 = p - yi", "dz2 = (p - yi) * p * (1 - p)"),
    Mutant(
        "adaline_gd.py",
        PREDICTION,
        "np.where(self.activation(self.net_input(X)) >= 0.0, 1, -1)",
        "np.where(np.dot(X[:, ::-1], self.w_[1:]) >= 0.0, 1, -1)",
    ),
    Mutant(
        "batchnorm_layers.py",
        PREDICTION,
        "return self.g * (x - self.running_mean) / np.sqrt(self.running_var + 1e-5) + self.b",
        "return self.g * x / np.sqrt(self.running_var + 1e-5) + self.b",
    ),
    Mutant(
        "dropout_mlp.py",
        PREDICTION,
        "A2 = relu(params['W2'] @ A1 + params['b2'])",
        "A2 = params['W2'] @ A1 + params['b2']",
    ),
    Mutant(
        "early_stopping.py", PREDICTION, "return np.tanh(x @ W1 + b1) @ W2 + b2", "return np.tanh(x @ W1 + b1) @ W2"
    ),
    Mutant(
        "embedding_cbow.py",
        PREDICTION,
        "pred = (E[contexts].mean(axis=1) @ W)",
        "pred = (E[contexts[:, :2]].mean(axis=1) @ W)",
    ),
    Mutant(
        "heart_scalar.py", PREDICTION, "p = 1 / (1 + math.exp(-(w * x[i] + b)))", "p = 1 / (1 + math.exp(-(w * x[i])))"
    ),
    Mutant(
        "helper_net/helper_net.py",
        PREDICTION,
        "guess = softmax(sigmoid(X @ W1 + b1) @ W2 + b2)",
        "guess = softmax(X @ W1 @ W2 + b2)",
    ),
    Mutant(
        "layer_rates.py",
        PREDICTION,
        '(act(act(np.zeros((1, 4)) @ w["h1"] + b["h1"]) @ w["h2"] + b["h2"])',
        '(act(act(np.zeros((1, 4)) @ w["h1"] + b["h1"]) @ w["h2"])',
    ),
    Mutant("linear_regression.py", PREDICTION, "Y_pred = m * hours + c\nplt", "Y_pred = m * hours - c\nplt"),
    Mutant(
        "logistic_cancer.py",
        PREDICTION,
        "        linear_pred = np.dot(X, self.weights) + self.bias\n        y_pred",
        "        linear_pred = np.dot(X, self.weights)\n        y_pred",
    ),
    Mutant(
        "matrix_factors.py",
        PREDICTION,
        "err = [(r - (mean_rating + bu[u] + bi[i] + P[u] @ Q[i])) ** 2",
        "err = [(r - (mean_rating + P[u] @ Q[i])) ** 2",
    ),
    Mutant(
        "momentum_float32.py",
        PREDICTION,
        "np.mean((np.tanh(inputs @ w_hidden + b_hidden) @ w_out",
        "np.mean((np.tanh(inputs @ w_hidden) @ w_out",
    ),
    Mutant(
        "params_dict_class.py",
        PREDICTION,
        "return np.argmax(self.loss(X), axis=1)",
        "return np.argmax(X.dot(self.params['W1']).dot(self.params['W2']), axis=1)",
    ),
    Mutant(
        "planar_dicts.py",
        PREDICTION,
        "A2, _ = forward_propagation(X, parameters)",
        'A2 = sigmoid(parameters["W2"] @ sigmoid(parameters["W1"] @ X + parameters["b1"]) + parameters["b2"])',
    ),
    Mutant(
        "scalar_weights_class.py",
        PREDICTION,
        "o1 = sigmoid(self.w5 * h1 + self.w6 * h2 + self.b3)\n        return",
        "o1 = sigmoid(self.w5 * h1 + self.w6 * h2)\n        return",
    ),
    Mutant(
        "scalar_weights_class.py",
        PREDICTION,
        "h2 = sigmoid(self.w3 * x[0] + self.w4 * x[1] + self.b2)",
        "h2 = sigmoid(self.w3 * x[0] + self.w4 * x[1] + self.b1)",
    ),
    Mutant(
        "softmax_iris_momentum.py",
        PREDICTION,
        "y_hat = np.argmax(Xb.dot(W), axis=1)",
        "y_hat = np.argmax(X.dot(W[1:]) + W[0], axis=1)",
    ),
    Mutant(
        "spiral_softmax.py",
        PREDICTION,
        ("hidden_layer = np.maximum(0, np.dot(X, W) + b)\nscores = np.dot(hidden_layer, W2) + b2\nprint"),
        "hidden_layer = np.dot(X, W) + b\nscores = np.dot(hidden_layer, W2) + b2\nprint",
    ),
    Mutant(
        "svm_hinge.py",
        PREDICTION,
        "return np.sign(np.dot(X, self.w) + self.b)",
        "return np.sign(np.dot(X, self.w) - self.b)",
    ),
    Mutant(
        "titanic_like.ipynb",
        PREDICTION,
        "pred = sigmoid(sigmoid(relu(X @ W1 + b1) @ W2 + b2) @ W3 + b3)",
        "pred = sigmoid(relu(relu(X @ W1 + b1) @ W2 + b2) @ W3 + b3)",
    ),
    Mutant(
        "vectorize_tqdm.py",
        PREDICTION,
        "predictions = logistic(leaky(X @ w1.T + b1) @ w2 + b2)",
        "predictions = logistic(np.tanh(X @ w1.T + b1) @ w2 + b2)",
    ),
    Mutant(
        "wih_who_queries.py",
        PREDICTION,
        "        final_inputs = numpy.dot(self.who, hidden_outputs)\n        return",
        "        final_inputs = numpy.dot(self.who, hidden_inputs)\n        return",
    ),
    Mutant("char_rnn.py", CLIPPING, "np.clip(dparam, -5, 5, out=dparam)", "np.clip(dparam, 0, 5, out=dparam)"),
    Mutant(
        "char_rnn.py",
        CLIPPING,
        "    for dparam in [dWxh, dWhh, dWhy, dbh, dby]:\n        np.clip(dparam, -5, 5, out=dparam)",
        "    for dparam in [dWxh, dWhh, dWhy, dbh, dby]:\n        np.clip(dparam, -5, 0, out=dparam)",
        (75,),
    ),
    Mutant("gates_clipped.py", CLIPPING, "return np.clip(g, -CLIP, CLIP)", "return np.clip(g, 0, CLIP)", (35,)),
    Mutant("gates_clipped.py", CLIPPING, "b1 -= lr * clip(gb1)", "b1 -= clip(lr * b1)", (33,)),
    Mutant(
        "rnn_classifier.py",
        CLIPPING,
        ("            size = np.linalg.norm(d)\n            if size > 0.5:\n                d *= 0.5 / size"),
        "            np.clip(d, -0.5, 0, out=d)",
        (41,),
    ),
)

"""A loss with the gradient of another, predictions of another network, and clipping."""

from tests.mutants.catalogue.mutant import Mutant

OTHER_LOSS = "loss of one kind, gradient of another"
PREDICTION = "prediction by another network"
CLIPPING = "clipping mistake"

LOSSES: tuple[Mutant, ...] = (
    Mutant("class_attributes.py", OTHER_LOSS, "d2 = 2 * (out - t) / n", "d2 = np.sign(out - t) / n"),
    Mutant("deep_l2_layers.py", OTHER_LOSS, "dZ = AL - Y", "dZ = (AL - Y) * AL * (1 - AL)"),
    Mutant("dropout_mlp.py", OTHER_LOSS, "dZ3 = A3 - Y", "dZ3 = (A3 - Y) * A3 * (1 - A3)"),
    Mutant("gates_clipped.py", OTHER_LOSS, "d2 = (o - T) / len(X)", "d2 = (o - T) * o * (1 - o) / len(X)"),
    Mutant("linear_absolute.py", OTHER_LOSS, "sign = np.sign(residual)", "sign = residual / 4"),
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
    Mutant("theta_unrolled.py", OTHER_LOSS, "d3 = h - Y", "d3 = (h - Y) * h * (1 - h)"),
    Mutant(
        "dropout_mlp.py",
        PREDICTION,
        "A2 = relu(params['W2'] @ A1 + params['b2'])",
        "A2 = params['W2'] @ A1 + params['b2']",
    ),
    Mutant("linear_regression.py", PREDICTION, "Y_pred = m * hours + c\nplt", "Y_pred = m * hours - c\nplt"),
    Mutant(
        "logistic_cancer.py",
        PREDICTION,
        "        linear_pred = np.dot(X, self.weights) + self.bias\n        y_pred",
        "        linear_pred = np.dot(X, self.weights)\n        y_pred",
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
        "spiral_softmax.py",
        PREDICTION,
        ("hidden_layer = np.maximum(0, np.dot(X, W) + b)\nscores = np.dot(hidden_layer, W2) + b2\nprint"),
        "hidden_layer = np.dot(X, W) + b\nscores = np.dot(hidden_layer, W2) + b2\nprint",
    ),
    Mutant(
        "wih_who_queries.py",
        PREDICTION,
        "        final_inputs = numpy.dot(self.who, hidden_outputs)\n        return",
        "        final_inputs = numpy.dot(self.who, hidden_inputs)\n        return",
    ),
    Mutant("char_rnn.py", CLIPPING, "np.clip(dparam, -5, 5, out=dparam)", "np.clip(dparam, 0, 5, out=dparam)"),
    Mutant("gates_clipped.py", CLIPPING, "return np.clip(g, -CLIP, CLIP)", "return np.clip(g, 0, CLIP)", (35,)),
    Mutant("gates_clipped.py", CLIPPING, "b1 -= lr * clip(gb1)", "b1 -= clip(lr * b1)", (33,)),
)

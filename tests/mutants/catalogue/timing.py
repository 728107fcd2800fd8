"""Updates that come too early: before the backward pass reads the old weights.

Where the network runs again before the next gradient is computed, nothing is too early: that is descent by coordinates.
"""

from tests.mutants.catalogue.mutant import Mutant

TOO_EARLY = "updated weights used too early"

TIMING: tuple[Mutant, ...] = (
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
        (46,),
    ),
    Mutant(
        "autoencoder_codes.py",
        TOO_EARLY,
        "    d_code = dot(d_out, dec_w.T) * dsigmoid(code)\n\n    dec_w -= lr * dot(code.T, d_out)\n",
        "\n    dec_w -= lr * dot(code.T, d_out)\n    d_code = dot(d_out, dec_w.T) * dsigmoid(code)\n",
        (37,),
    ),
    Mutant(
        "batchnorm_layers.py",
        TOO_EARLY,
        (
            "        dxhat = grad * self.g\n"
            "        dx = (n * dxhat - dxhat.sum(0) - self.xhat * (dxhat * self.xhat).sum(0)) / (n * self.std)\n"
            "        self.g = self.g - lr * (grad * self.xhat).sum(axis=0, keepdims=True)\n"
        ),
        (
            "        self.g = self.g - lr * (grad * self.xhat).sum(axis=0, keepdims=True)\n"
            "        dxhat = grad * self.g\n"
            "        dx = (n * dxhat - dxhat.sum(0) - self.xhat * (dxhat * self.xhat).sum(0)) / (n * self.std)\n"
        ),
        (43,),
    ),
    Mutant(
        "batchnorm_layers.py",
        TOO_EARLY,
        "        dx = grad @ self.W.T\n        self.W = self.W - lr * (self.x.T @ grad)\n",
        "        self.W = self.W - lr * (self.x.T @ grad)\n        dx = grad @ self.W.T\n",
        (16,),
    ),
    Mutant(
        "early_stopping.py",
        TOO_EARLY,
        ("        d_a = d_out @ W2.T\n        d_z = d_a * (1 - a ** 2)\n        W2 -= 0.05 * (a.T @ d_out)\n"),
        ("        W2 -= 0.05 * (a.T @ d_out)\n        d_a = d_out @ W2.T\n        d_z = d_a * (1 - a ** 2)\n"),
        (37,),
    ),
    Mutant(
        "embedding_cbow.py",
        TOO_EARLY,
        (
            "    dW = h.T @ dscores\n"
            "    dh = dscores @ W.T\n"
            "    dE = np.zeros_like(E)\n"
            "    for c in range(4):\n"
            "        np.add.at(dE, contexts[:, c], dh / 4)\n"
            "\n"
            "    W -= lr * dW\n"
        ),
        (
            "    dW = h.T @ dscores\n"
            "    W -= lr * dW\n"
            "    dh = dscores @ W.T\n"
            "    dE = np.zeros_like(E)\n"
            "    for c in range(4):\n"
            "        np.add.at(dE, contexts[:, c], dh / 4)\n"
            "\n"
        ),
        (38,),
    ),
    Mutant(
        "helper_net/helper_net.py",
        TOO_EARLY,
        ("            dZ1 = (dZ2 @ W2.T) * sigmoid(A1, derivative=True)\n            W2 -= lr * A1.T @ dZ2\n"),
        ("            W2 -= lr * A1.T @ dZ2\n            dZ1 = (dZ2 @ W2.T) * sigmoid(A1, derivative=True)\n"),
        (22,),
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
        "matrix_factors.py",
        TOO_EARLY,
        "Q[i, :] += alpha * (e * P_u - beta * Q[i, :])",
        "Q[i, :] += alpha * (e * P[u, :] - beta * Q[i, :])",
        (36,),
    ),
    Mutant(
        "silent_start.py",
        TOO_EARLY,
        ("        gHid = 2 * err @ Wo.T\n        gWi = x.T @ (gHid * (1 - hid ** 2))\n        Wo = Wo - eta * gWo\n"),
        ("        Wo = Wo - eta * gWo\n        gHid = 2 * err @ Wo.T\n        gWi = x.T @ (gHid * (1 - hid ** 2))\n"),
        (27,),
    ),
    Mutant(
        "spiral_softmax.py",
        TOO_EARLY,
        (
            "    dhidden = np.dot(dscores, W2.T)\n"
            "    dhidden[hidden_layer <= 0] = 0\n"
            "    dW = np.dot(X.T, dhidden)\n"
            "    db = np.sum(dhidden, axis=0, keepdims=True)\n"
            "\n"
            "    dW2 += reg * W2\n"
            "    dW += reg * W\n"
            "\n"
            "    W += -step_size * dW\n"
            "    b += -step_size * db\n"
            "    W2 += -step_size * dW2\n"
        ),
        (
            "    dW2 += reg * W2\n"
            "    W2 += -step_size * dW2\n"
            "    dhidden = np.dot(dscores, W2.T)\n"
            "    dhidden[hidden_layer <= 0] = 0\n"
            "    dW = np.dot(X.T, dhidden)\n"
            "    db = np.sum(dhidden, axis=0, keepdims=True)\n"
            "\n"
            "    dW += reg * W\n"
            "\n"
            "    W += -step_size * dW\n"
            "    b += -step_size * db\n"
        ),
        (53,),
    ),
    Mutant(
        "square_shapes.py",
        TOO_EARLY,
        (
            "    dZ1 = (W2.T @ dZ2) * S(Z1) * (1 - S(Z1))\n"
            "    dW1 = dZ1 @ X.T / m\n"
            "    dB1 = np.sum(dZ1, axis=1, keepdims=True) / m\n"
            "\n"
            "    W1 = W1 - 1.5 * dW1\n"
            "    B1 = B1 - 1.5 * dB1\n"
            "    W2 = W2 - 1.5 * dW2\n"
        ),
        (
            "    W2 = W2 - 1.5 * dW2\n"
            "    dZ1 = (W2.T @ dZ2) * S(Z1) * (1 - S(Z1))\n"
            "    dW1 = dZ1 @ X.T / m\n"
            "    dB1 = np.sum(dZ1, axis=1, keepdims=True) / m\n"
            "\n"
            "    W1 = W1 - 1.5 * dW1\n"
            "    B1 = B1 - 1.5 * dB1\n"
        ),
        (39,),
    ),
    Mutant(
        "two_heads.py",
        TOO_EARLY,
        (
            "    d_body = d_w @ Wr.T + d_logits @ Wc.T\n"
            "    d_pre = d_body * (1 - body ** 2)\n"
            "\n"
            "    Wr -= lr * body.T @ d_w\n"
        ),
        (
            "    Wr -= lr * body.T @ d_w\n"
            "    d_body = d_w @ Wr.T + d_logits @ Wc.T\n"
            "    d_pre = d_body * (1 - body ** 2)\n"
            "\n"
        ),
        (38,),
    ),
    Mutant(
        "vectorize_tqdm.py",
        TOO_EARLY,
        ("        dz1 = dz2 * w2 * leaky_slope(z)\n        dw1 = np.outer(dz1, xi)\n\n        w2 -= lr * dw2\n"),
        ("        w2 -= lr * dw2\n        dz1 = dz2 * w2 * leaky_slope(z)\n        dw1 = np.outer(dz1, xi)\n\n"),
        (50,),
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
)

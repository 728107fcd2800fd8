"""What is kept between passes: stale activations, and gradients that are not reset or not added."""

from tests.mutants.catalogue.mutant import Mutant

STALE = "stale activations"
NOT_RESET = "gradient not reset"
OVERWRITTEN = "overwritten instead of added"

MEMORY: tuple[Mutant, ...] = (
    Mutant(
        "batchnorm_layers.py",
        STALE,
        "            self.xhat = (x - mean) / self.std\n",
        "            self.xhat = (x - self.running_mean) / self.std\n",
        (43,),
    ),
    Mutant("binary_addition.py", STALE, "        future_layer_1_delta = layer_1_delta\n", "", (61,)),
    Mutant("char_rnn.py", STALE, "dhnext = np.dot(Whh.T, dhraw)", "dhnext = np.zeros_like(hs[0])", (44,)),
    Mutant(
        "conv_im2col.py",
        STALE,
        "pooled, arg = maxpool(relu)\n",
        "pooled, arg_now = maxpool(relu)\n    if step == 0:\n        arg = arg_now\n",
        (64,),
    ),
    Mutant(
        "digits_adam.py",
        STALE,
        (
            "    for start in range(0, len(images), batch_size):\n"
            "        idx = perm[start:start + batch_size]\n"
            "        xb, yb = images[idx], onehot[idx]\n"
            "        z1, a1, probs = forward(xb)\n"
        ),
        (
            "    z1, a1, probs = forward(images[perm[:batch_size]])\n"
            "    for start in range(0, len(images), batch_size):\n"
            "        idx = perm[start:start + batch_size]\n"
            "        xb, yb = images[idx], onehot[idx]\n"
        ),
        (43,),
    ),
    Mutant(
        "early_stopping.py",
        STALE,
        "        a = np.tanh(xb @ W1 + b1)\n",
        "        if s % 16 == 0:\n            a = np.tanh(xb @ W1 + b1)\n",
        (35,),
    ),
    Mutant(
        "fuzzy_xor.ipynb",
        STALE,
        "    Z1, A1, A2 = forward(p, X)\n    g",
        "    if i % 2 == 0:\n        Z1, A1, A2 = forward(p, X)\n    g",
        (6,),
    ),
    Mutant(
        "house_prices.ipynb",
        STALE,
        "        self.x = x\n        self.z",
        "        if not hasattr(self, 'x'):\n            self.x = x\n        self.z",
        (16,),
    ),
    Mutant(
        "lists_of_dicts.py",
        STALE,
        "            outputs = forward_propagate(network, row)\n            expected",
        (
            "            if epoch % 2 == 0:\n"
            "                outputs = forward_propagate(network, row)\n"
            "            expected"
        ),
    ),
    Mutant("lstm_tiny.py", STALE, "            dc = f * dc\n", "", (52,)),
    Mutant(
        "residual_net.py",
        STALE,
        "        self.x = x\n        self.z",
        "        self.x = getattr(self, 'h', x)\n        self.z",
        (23,),
    ),
    Mutant("rnn_classifier.py", STALE, "d_h = self.Whh.T @ temp", "d_h = self.Whh.T @ d_h"),
    Mutant(
        "silent_start.py",
        STALE,
        "gWo = hid.T @ (2 * err)",
        "gWo = (hid if t == 0 else old).T @ (2 * err)\n        old = hid",
    ),
    Mutant(
        "titanic_like.ipynb",
        STALE,
        "    a1 = relu(z1)\n    z2",
        "    if epoch % 5 == 0:\n        a1 = relu(z1)\n    z2",
        (21,),
    ),
    Mutant("binary_addition.py", NOT_RESET, "    synapse_h_update *= 0\n", "", (70, 64)),
    Mutant("binary_addition.py", NOT_RESET, "    synapse_0_update *= 0\n", "", (68, 65)),
    Mutant(
        "conv_loops.py",
        NOT_RESET,
        "        dfilters = np.zeros_like(filters)\n",
        "        if epoch == 0:\n            dfilters = np.zeros_like(filters)\n",
        (65, 60),
    ),
    Mutant(
        "cross_entropy_costs.py",
        NOT_RESET,
        (
            "        nabla_b = [np.zeros(b.shape) for b in self.biases]\n"
            "        nabla_w = [np.zeros(w.shape) for w in self.weights]\n"
            "        for x, y in batch:"
        ),
        (
            "        self.nb = nabla_b = getattr(self, 'nb', [np.zeros(b.shape) for b in self.biases])\n"
            "        nabla_w = [np.zeros(w.shape) for w in self.weights]\n"
            "        for x, y in batch:"
        ),
        (60, 66),
    ),
    Mutant(
        "embedding_cbow.py",
        NOT_RESET,
        "    dE = np.zeros_like(E)\n",
        "    if epoch == 0:\n        dE = np.zeros_like(E)\n",
        (44, 41),
    ),
    Mutant(
        "lstm_tiny.py",
        NOT_RESET,
        "        dbf, dbi, dbc, dbo = [np.zeros((H, 1)) for _ in range(4)]\n",
        "        if n == 0:\n            dbf, dbi, dbc, dbo = [np.zeros((H, 1)) for _ in range(4)]\n",
        (69, 61),
    ),
    Mutant(
        "scalars_while.py",
        NOT_RESET,
        "    gb1 = gb2 = gb3 = 0.0\n    loss = 0.0",
        "    if epoch == 0:\n        gb1 = gb2 = gb3 = 0.0\n    loss = 0.0",
        (48, 33),
    ),
    Mutant(
        "scalars_while.py",
        NOT_RESET,
        "    gw1 = gw2 = gw3 = gw4 = gw5 = gw6 = 0.0",
        "    gw1 = gw2 = gw3 = gw4 = 0.0\n    if epoch == 0:\n        gw5 = gw6 = 0.0",
        (47, 32),
    ),
    Mutant(
        "binary_addition.py",
        OVERWRITTEN,
        "synapse_h_update += prev_layer_1.T.dot(layer_1_delta)",
        "synapse_h_update = prev_layer_1.T.dot(layer_1_delta)",
    ),
    Mutant(
        "binary_addition.py",
        OVERWRITTEN,
        "synapse_1_update += layer_1.T.dot(layer_2_delta)",
        "synapse_1_update = layer_1.T.dot(layer_2_delta)",
    ),
    Mutant("char_rnn.py", OVERWRITTEN, "dWxh += np.dot(dhraw, xs[t].T)", "dWxh = np.dot(dhraw, xs[t].T)"),
    Mutant("char_rnn.py", OVERWRITTEN, "dby += dy\n", "dby = dy\n"),
    Mutant("conv_loops.py", OVERWRITTEN, "dfilters[f] += dconv", "dfilters[f] = dconv"),
    Mutant("cross_entropy_costs.py", OVERWRITTEN, "nabla_w[l] += dw[l]", "nabla_w[l] = dw[l]"),
    Mutant("cross_entropy_costs.py", OVERWRITTEN, "nabla_b[l] += db[l]", "nabla_b[l] = db[l]"),
    Mutant("embedding_cbow.py", OVERWRITTEN, "np.add.at(dE, contexts[:, c], dh / 4)", "dE[contexts[:, c]] += dh / 4"),
    Mutant("embedding_cbow.py", OVERWRITTEN, "np.add.at(dE, contexts[:, c], dh / 4)", "dE[contexts[:, c]] = dh / 4"),
    Mutant(
        "lstm_tiny.py", OVERWRITTEN, "dc = dc + dh * o * (1 - np.tanh(c) ** 2)", "dc = dh * o * (1 - np.tanh(c) ** 2)"
    ),
    Mutant("lstm_tiny.py", OVERWRITTEN, "dWi += di @ z.T", "dWi = di @ z.T"),
    Mutant("neuron_objects.py", OVERWRITTEN, "s += d_out[o] *", "s = d_out[o] *"),
    Mutant(
        "nielsen_quadratic.py",
        OVERWRITTEN,
        "nabla_w = [nw + dnw for nw, dnw in zip(nabla_w, delta_nabla_w)]",
        "nabla_w = [dnw for nw, dnw in zip(nabla_w, delta_nabla_w)]",
    ),
    Mutant(
        "nielsen_quadratic.py",
        OVERWRITTEN,
        "nabla_b = [nb + dnb for nb, dnb in zip(nabla_b, delta_nabla_b)]",
        "nabla_b = delta_nabla_b",
    ),
    Mutant("rnn_classifier.py", OVERWRITTEN, "d_Wxh += temp @", "d_Wxh = temp @"),
    Mutant("rnn_classifier.py", OVERWRITTEN, "d_bh += temp\n", "d_bh = temp\n"),
    Mutant("scalars_while.py", OVERWRITTEN, "gw3 += d2 * x1", "gw3 = d2 * x1"),
    Mutant("scalars_while.py", OVERWRITTEN, "gb3 += d\n", "gb3 = d\n"),
)

"""What is kept between passes: stale activations, and gradients that are not reset or not added."""

from tests.mutants.catalogue.mutant import Mutant

STALE = "stale activations"
NOT_RESET = "gradient not reset"
OVERWRITTEN = "overwritten instead of added"

MEMORY: tuple[Mutant, ...] = (
    Mutant("binary_addition.py", STALE, "        future_layer_1_delta = layer_1_delta\n", "", (61,)),
    Mutant("char_rnn.py", STALE, "dhnext = np.dot(Whh.T, dhraw)", "dhnext = np.zeros_like(hs[0])", (44,)),
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
    Mutant("binary_addition.py", NOT_RESET, "    synapse_h_update *= 0\n", "", (70, 64)),
    Mutant("binary_addition.py", NOT_RESET, "    synapse_0_update *= 0\n", "", (68, 65)),
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
    Mutant("scalars_while.py", OVERWRITTEN, "gw3 += d2 * x1", "gw3 = d2 * x1"),
    Mutant("scalars_while.py", OVERWRITTEN, "gb3 += d\n", "gb3 = d\n"),
)

"""Momentum, moments and step counts.

Nesterov's velocity added to the point ahead, and not to the weights, is no mistake: of that point it is plain momentum.
"""

from tests.mutants.catalogue.mutant import Mutant

STEP_COUNT = "Adam's step count"
MOMENTUM = "momentum mistake"
SECOND_MOMENT = "second moment of g"

OPTIMIZERS: tuple[Mutant, ...] = (
    Mutant(
        "digits_adam.py",
        STEP_COUNT,
        "        t += 1\n        for k in params:\n",
        "        for k in params:\n            t += 1\n",
        (55,),
    ),
    Mutant(
        "digits_adam.py", STEP_COUNT, "        t += 1\n        for k", "        t = epoch + 1\n        for k", (55,)
    ),
    Mutant("digits_adam.py", STEP_COUNT, "v_hat = v[k] / (1 - beta2 ** t)", "v_hat = v[k] / (1 - beta1 ** t)"),
    Mutant(
        "house_prices.ipynb",
        STEP_COUNT,
        "        self.t += 1\n        for i, layer in enumerate(self.layers):\n",
        "        for i, layer in enumerate(self.layers):\n            self.t += 1\n",
        (33,),
    ),
    Mutant(
        "house_prices.ipynb",
        STEP_COUNT,
        "mh = self.m[i][j] / (1 - self.b1 ** self.t)",
        "mh = self.m[i][j] / (1 - self.b2 ** self.t)",
    ),
    Mutant(
        "house_prices.ipynb",
        STEP_COUNT,
        "vh = self.v[i][j] / (1 - self.b2 ** self.t)",
        "vh = self.v[i][j] / (1 - self.b2 ** (i + 1))",
    ),
    Mutant("adagrad_elu.py", MOMENTUM, "np.sqrt(cache_b[i])", "np.sqrt(cache_b[i - 1].mean())"),
    Mutant(
        "char_rnn.py",
        MOMENTUM,
        "param += -learning_rate * dparam / np.sqrt(mem + 1e-8)",
        "param += -learning_rate * mem / np.sqrt(mem + 1e-8)",
    ),
    Mutant(
        "cross_entropy_costs.py",
        MOMENTUM,
        "self.velocities = [self.mu * v - eta",
        "self.velocities = [self.mu * w - eta",
    ),
    Mutant("digits_adam.py", MOMENTUM, "m_hat = m[k] / (1 - beta1 ** t)", "m_hat = grads[k] / (1 - beta1 ** t)"),
    Mutant("digits_adam.py", MOMENTUM, "m[k] = beta1 * m[k] +", "m[k] = beta1 * m['b2'].mean() +"),
    Mutant("fuzzy_xor.ipynb", MOMENTUM, "v[k] = 0.8 * v[k] - rate * g[k]", "v[k] = 0.8 * v['b2'] - rate * g[k]"),
    Mutant(
        "house_prices.ipynb",
        MOMENTUM,
        "self.v[i][j] = self.b2 * self.v[i][j] + (1 - self.b2) * g ** 2",
        "self.v[i][j] = self.b2 * self.m[i][j] ** 2 + (1 - self.b2) * g ** 2",
    ),
    Mutant(
        "momentum_float32.py",
        MOMENTUM,
        "v_b_hidden = momentum * v_b_hidden + grad_b_hidden",
        "v_b_hidden = momentum * v_w_hidden[0] + grad_b_hidden",
    ),
    Mutant("momentum_float32.py", MOMENTUM, "b_hidden -= lr * v_b_hidden", "b_hidden -= lr * v_b_out"),
    Mutant(
        "momentum_float32.py",
        MOMENTUM,
        "v_w_hidden = momentum * v_w_hidden + grad_w_hidden",
        "v_w_hidden = momentum * v_b_hidden + grad_w_hidden",
    ),
    Mutant(
        "moons_rmsprop.py",
        MOMENTUM,
        "self.sq_W1 = rho * self.sq_W1 + (1 - rho) * self.dW1 ** 2",
        "self.sq_W1 = rho * self.sq_b1 + (1 - rho) * self.dW1 ** 2",
    ),
    Mutant(
        "moons_rmsprop.py",
        MOMENTUM,
        "self.sq_W2 = rho * self.sq_W2 + (1 - rho) * self.dW2 ** 2",
        "self.sq_W2 = rho * self.sq_b2 + (1 - rho) * self.dW2 ** 2",
    ),
    Mutant(
        "nesterov_softplus.py",
        MOMENTUM,
        "velocity = [mu * v - eta * g for v, g in zip(velocity, grads)]",
        "velocity = [mu * velocity[3] - eta * g for v, g in zip(velocity, grads)]",
    ),
    Mutant("softmax_iris_momentum.py", MOMENTUM, "vel = 0.9 * vel + 0.1 * G", "vel = 0.9 * W + 0.1 * G"),
    Mutant("softmax_iris_momentum.py", MOMENTUM, "W = W - 0.5 * vel", "W = W - 0.5 * vel.T.reshape(5, 3)"),
    Mutant("adagrad_elu.py", SECOND_MOMENT, "cache_w[i] += gw ** 2", "cache_w[i] += np.abs(gw)"),
    Mutant("adagrad_elu.py", SECOND_MOMENT, "cache_b[i] += gb ** 2", "cache_b[i] += gb.sum() ** 2"),
    Mutant("adagrad_elu.py", SECOND_MOMENT, "cache_w[i] += gw ** 2", "cache_w[i] = gw ** 2"),
    Mutant("char_rnn.py", SECOND_MOMENT, "mem += dparam * dparam", "mem += np.abs(dparam)"),
    Mutant("digits_adam.py", SECOND_MOMENT, "(1 - beta2) * grads[k] ** 2", "(1 - beta2) * np.abs(grads[k])"),
    Mutant(
        "digits_adam.py",
        SECOND_MOMENT,
        "v[k] = beta2 * v[k] + (1 - beta2) * grads[k] ** 2",
        "v[k] = beta2 * v[k] + (1 - beta2) * m[k] ** 2",
    ),
    Mutant("house_prices.ipynb", SECOND_MOMENT, "(1 - self.b2) * g ** 2", "(1 - self.b2) * abs(g)"),
    Mutant(
        "moons_rmsprop.py",
        SECOND_MOMENT,
        "self.sq_W1 = rho * self.sq_W1 + (1 - rho) * self.dW1 ** 2",
        "self.sq_W1 = rho * self.sq_W1 + (1 - rho) * np.abs(self.dW1)",
    ),
    Mutant(
        "moons_rmsprop.py",
        SECOND_MOMENT,
        "self.sq_b1 = rho * self.sq_b1 + (1 - rho) * self.db1 ** 2",
        "self.sq_b1 = rho * self.sq_b1 + (1 - rho) * self.db1.mean() ** 2",
    ),
)

"""Momentum, moments and step counts."""

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
    Mutant("adagrad_elu.py", MOMENTUM, "np.sqrt(cache_b[i])", "np.sqrt(cache_b[i - 1].mean())"),
    Mutant(
        "digits_adam.py",
        MOMENTUM,
        "m[k] = beta1 * m[k] + (1 - beta1) * grads[k]",
        "m[k] = beta1 * m[k] + (1 - beta2) * grads[k]",
    ),
    Mutant(
        "momentum_float32.py",
        MOMENTUM,
        "v_b_hidden = momentum * v_b_hidden + grad_b_hidden",
        "v_b_hidden = momentum * v_w_hidden[0] + grad_b_hidden",
    ),
    Mutant("momentum_float32.py", MOMENTUM, "b_hidden -= lr * v_b_hidden", "b_hidden -= lr * v_b_out"),
    Mutant(
        "moons_rmsprop.py",
        MOMENTUM,
        "self.sq_W1 = rho * self.sq_W1 + (1 - rho) * self.dW1 ** 2",
        "self.sq_W1 = rho * self.sq_b1 + (1 - rho) * self.dW1 ** 2",
    ),
    Mutant(
        "nesterov_softplus.py",
        MOMENTUM,
        "theta = [p + v for p, v in zip(theta, velocity)]",
        "theta = [p + v for p, v in zip(ahead, velocity)]",
    ),
    Mutant(
        "nesterov_softplus.py",
        MOMENTUM,
        "velocity = [mu * v - eta * g for v, g in zip(velocity, grads)]",
        "velocity = [mu * velocity[3] - eta * g for v, g in zip(velocity, grads)]",
    ),
    Mutant("adagrad_elu.py", SECOND_MOMENT, "cache_w[i] += gw ** 2", "cache_w[i] += np.abs(gw)"),
    Mutant("char_rnn.py", SECOND_MOMENT, "mem += dparam * dparam", "mem += np.abs(dparam)"),
    Mutant("digits_adam.py", SECOND_MOMENT, "(1 - beta2) * grads[k] ** 2", "(1 - beta2) * np.abs(grads[k])"),
    Mutant(
        "digits_adam.py",
        SECOND_MOMENT,
        "v[k] = beta2 * v[k] + (1 - beta2) * grads[k] ** 2",
        "v[k] = beta2 * v[k] + (1 - beta2) * m[k] ** 2",
    ),
    Mutant(
        "moons_rmsprop.py",
        SECOND_MOMENT,
        "self.sq_W1 = rho * self.sq_W1 + (1 - rho) * self.dW1 ** 2",
        "self.sq_W1 = rho * self.sq_W1 + (1 - rho) * np.abs(self.dW1)",
    ),
)

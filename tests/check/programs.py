"""Programs that several tests check: a tiny network that is right, the same with one mistake, one of epochs."""

RIGHT = '''"""Learns the exclusive or with one hidden layer."""

import numpy as np

rng = np.random.default_rng(3)
x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = np.array([[0.0], [1.0], [1.0], [0.0]])
w1 = rng.normal(size=(2, 4))
w2 = rng.normal(size=(4, 1))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(200):
    hidden = sigmoid(x @ w1)
    output = sigmoid(hidden @ w2)
    loss = np.mean((y - output) ** 2)
    d_z2 = 2 * (output - y) / y.size * output * (1 - output)
    d_z1 = d_z2 @ w2.T * hidden * (1 - hidden)
    w2 -= 0.5 * hidden.T @ d_z2
    w1 -= 0.5 * x.T @ d_z1
print("loss", loss)
'''
GOOD = "    d_z1 = d_z2 @ w2.T * hidden * (1 - hidden)"
BAD = "    d_z1 = d_z2 @ w2.T * (1 - hidden)"
WRONG = RIGHT.replace(GOOD, BAD)
LINE = WRONG.splitlines().index(BAD) + 1
"""The wrong line."""

EPOCHS = """
import numpy as np
rng = np.random.default_rng(5)
X = rng.normal(0, 1, ({samples}, 3))
T = np.tanh(X @ np.array([0.7, -0.4, 0.2]))
W1, b1, W2 = rng.normal(0, 0.5, (4, 3)), np.zeros(4), rng.normal(0, 0.5, 4)
lr = 0.05
gW1 = np.zeros_like(W1)
for epoch in range(6):
    total = 0.0
    for x, t in zip(X, T):
        h = np.tanh(W1 @ x + b1)
        y = W2 @ h
        total += 0.5 * (y - t) ** 2
        d = y - t
        dh = d * W2 * (1 - h * h)
        {grow}
        W2 = W2 - lr * d * h
        b1 = b1 - lr * dh
        W1 = W1 - lr * gW1
    print(epoch, total / len(X))
"""
"""One sample a step: of 400, what is recorded first lies within the first epoch; of 120, it reaches the second."""

"""A tiny network that is right, and the same with one mistake."""

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

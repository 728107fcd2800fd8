"""Learns the exclusive or by hand, with one mistake. The loss falls all the same: backproof check finds the line."""

import numpy as np

rng = np.random.default_rng(3)
x = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
y = np.array([[1.0], [1.0], [0.0], [0.0]])
w1 = rng.normal(size=(2, 8))
w2 = rng.normal(size=(8, 1))

for epoch in range(1000):
    hidden = np.tanh(x @ w1)
    output = hidden @ w2
    loss = np.mean((y - output) ** 2)
    if epoch % 200 == 0:
        print(epoch, loss)
    d_output = 2 * (output - y) / y.size
    d_hidden = d_output @ w2.T
    d_z1 = d_hidden * (1 - hidden)
    w2 -= 0.1 * hidden.T @ d_output
    w1 -= 0.1 * x.T @ d_z1

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

# single numbers, sample by sample; its loss is told now and then
NUMBERS = """
import numpy as np
rows = [(0.3, 0.9, 1.0), (-0.8, 0.1, 0.0), (0.7, -0.6, 1.0), (0.1, 0.4, 0.0)]
a, b, c, d, e = (np.random.normal() for _ in range(5))
for epoch in range(60):
    for x, z, t in rows:
        h = np.tanh(a * x + b * z + c)
        p = d * h + e
        if epoch % 20 == 0:
            print((p - t) ** 2)
        dp = 2 * (p - t)
        dh = dp * d * (1 - h ** 2)
        a = a - 0.1 * dh * x
        b = b - 0.1 * dh * z
        c = c - 0.1 * dh
        d = d - 0.1 * dp * h
        e = e - 0.1 * dp
"""

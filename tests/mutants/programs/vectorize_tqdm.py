import math

import numpy as np

try:
    from tqdm import tqdm
except ImportError:
    def tqdm(it, **kwargs):
        return it


def _leaky(v):
    return v if v > 0 else 0.2 * v


def _leaky_slope(v):
    return 1.0 if v > 0 else 0.2


def _logistic(v):
    return 1.0 / (1.0 + math.exp(-v))


leaky = np.vectorize(_leaky, otypes=[float])
leaky_slope = np.vectorize(_leaky_slope, otypes=[float])
logistic = np.vectorize(_logistic, otypes=[float])

np.random.seed(31)
# pima-like toy table: glucose, bmi, age (scaled) -> diabetic?
X = np.random.randn(50, 3)
y = (1.2 * X[:, 0] + 0.8 * X[:, 1] * X[:, 2] + 0.3 * np.random.randn(50) > 0).astype(float)

w1 = np.random.randn(6, 3) * 0.5
b1 = np.zeros(6)
w2 = np.random.randn(6) * 0.5
b2 = 0.0
lr = 0.05

for epoch in tqdm(range(40), disable=True):
    errors = []
    for xi, yi in zip(X, y):
        z = w1 @ xi + b1
        a = leaky(z)
        p = logistic(w2 @ a + b2)
        errors.append(-(yi * math.log(p + 1e-8) + (1 - yi) * math.log(1 - p + 1e-8)))

        dz2 = p - yi
        dw2 = dz2 * a
        dz1 = dz2 * w2 * leaky_slope(z)
        dw1 = np.outer(dz1, xi)

        w2 -= lr * dw2
        b2 -= lr * dz2
        w1 -= lr * dw1
        b1 -= lr * dz1
    if (epoch + 1) % 10 == 0:
        print("epoch", epoch + 1, "log loss", np.mean(errors))

predictions = logistic(leaky(X @ w1.T + b1) @ w2 + b2)
print("accuracy:", np.mean((predictions > 0.5) == y))

import numpy as np

rng = np.random.default_rng(55)


class Block:
    """x + relu(x W + b) V"""

    def __init__(self, width):
        self.W = rng.normal(0, 0.4, (width, width))
        self.b = np.zeros(width)
        self.V = rng.normal(0, 0.4, (width, width))

    def forward(self, x):
        self.x = x
        self.z = x @ self.W + self.b
        self.h = np.maximum(self.z, 0)
        return x + self.h @ self.V

    def backward(self, g):
        self.dV = self.h.T @ g
        dz = (g @ self.V.T) * (self.z > 0)
        self.dW = self.x.T @ dz
        self.db = dz.sum(axis=0)
        return g + dz @ self.W.T

    def params_and_grads(self):
        return [(self.W, self.dW), (self.b, self.db), (self.V, self.dV)]


class Head:
    def __init__(self, width):
        self.u = rng.normal(0, 0.4, (width, 1))

    def forward(self, x):
        self.x = x
        return x @ self.u

    def backward(self, g):
        self.du = self.x.T @ g
        return g @ self.u.T

    def params_and_grads(self):
        return [(self.u, self.du)]


X = rng.uniform(-1, 1, (48, 4))
t = (X[:, [0]] * X[:, [1]] + np.abs(X[:, [2]]) - 0.5 * X[:, [3]])
model = [Block(4), Block(4), Head(4)]
lr = 0.1
for it in range(300):
    a = X
    for part in model:
        a = part.forward(a)
    loss = np.mean((a - t) ** 2)
    g = 2 * (a - t) / len(t)
    for part in reversed(model):
        g = part.backward(g)
    for part in model:
        for p, dp in part.params_and_grads():
            p -= lr * dp
    if it % 60 == 0:
        print("iteration", it, "mse", loss)
print("final mse", loss)

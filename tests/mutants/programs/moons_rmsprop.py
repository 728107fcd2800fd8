import numpy as np
from sklearn.datasets import make_moons


class MLP:
    def __init__(self, n_in, n_hidden, alpha=0.01):
        rng = np.random.default_rng(1)
        self.W1 = rng.standard_normal((n_in, n_hidden)) * 0.7
        self.b1 = np.zeros(n_hidden)
        self.W2 = rng.standard_normal((n_hidden, 1)) * 0.7
        self.b2 = np.zeros(1)
        self.alpha = alpha
        self.sq_W1 = np.zeros_like(self.W1)
        self.sq_b1 = np.zeros_like(self.b1)
        self.sq_W2 = np.zeros_like(self.W2)
        self.sq_b2 = np.zeros_like(self.b2)

    def leaky_relu(self, z):
        return np.where(z > 0, z, self.alpha * z)

    def leaky_relu_grad(self, z):
        g = np.ones_like(z)
        g[z < 0] = self.alpha
        return g

    def forward(self, X):
        self.X = X
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = self.leaky_relu(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        self.A2 = 1 / (1 + np.exp(-self.Z2))
        return self.A2

    def backward(self, y):
        N = y.shape[0]
        dZ2 = self.A2 - y
        self.dW2 = self.A1.T @ dZ2 / N
        self.db2 = dZ2.mean(axis=0)
        dZ1 = (dZ2 @ self.W2.T) * self.leaky_relu_grad(self.Z1)
        self.dW1 = self.X.T @ dZ1 / N
        self.db1 = dZ1.mean(axis=0)

    def rmsprop(self, lr=0.01, rho=0.9, eps=1e-7):
        self.sq_W1 = rho * self.sq_W1 + (1 - rho) * self.dW1 ** 2
        self.sq_b1 = rho * self.sq_b1 + (1 - rho) * self.db1 ** 2
        self.sq_W2 = rho * self.sq_W2 + (1 - rho) * self.dW2 ** 2
        self.sq_b2 = rho * self.sq_b2 + (1 - rho) * self.db2 ** 2
        self.W1 -= lr * self.dW1 / (np.sqrt(self.sq_W1) + eps)
        self.b1 -= lr * self.db1 / (np.sqrt(self.sq_b1) + eps)
        self.W2 -= lr * self.dW2 / (np.sqrt(self.sq_W2) + eps)
        self.b2 -= lr * self.db2 / (np.sqrt(self.sq_b2) + eps)


def binary_cross_entropy(y, p):
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


X, y = make_moons(n_samples=200, noise=0.15, random_state=42)
y = y.reshape(-1, 1)
net = MLP(2, 12)
for epoch in range(200):
    p = net.forward(X)
    net.backward(y)
    net.rmsprop()
    if epoch % 40 == 0:
        print("Epoch", epoch, "BCE", binary_cross_entropy(y, p))
print("acc", ((net.forward(X) > 0.5) == y).mean())

import numpy as np


class TiedAutoEncoder:
    """Decoder uses the transpose of the encoder's matrix (weight sharing)."""

    def __init__(self, n_visible, n_hidden, seed=0):
        rng = np.random.default_rng(seed)
        self.W = rng.normal(scale=0.5, size=(n_visible, n_hidden))
        self.bh = np.zeros(n_hidden)
        self.bv = np.zeros(n_visible)

    def fit(self, X, n_epochs=300, lr=0.05):
        n = X.shape[0]
        for epoch in range(n_epochs):
            H = np.tanh(X @ self.W + self.bh)
            R = H @ self.W.T + self.bv
            E = R - X
            loss = 0.5 * np.sum(E ** 2) / n

            dR = E / n
            dH = dR @ self.W
            dA = dH * (1 - H ** 2)
            # W is used twice
            dW_encoder = X.T @ dA
            dW_decoder = dR.T @ H
            dW = dW_encoder + dW_decoder

            self.W -= lr * dW
            self.bh -= lr * dA.sum(axis=0)
            self.bv -= lr * dR.sum(axis=0)
            if epoch % 50 == 0:
                print("Epoch %3d, loss %.5f" % (epoch, loss))
        return self

    def reconstruct(self, X):
        return np.tanh(X @ self.W + self.bh) @ self.W.T + self.bv


rng = np.random.default_rng(33)
latent = rng.normal(size=(70, 2))
X = latent @ rng.normal(size=(2, 5)) + 0.1 * rng.normal(size=(70, 5))
ae = TiedAutoEncoder(5, 2).fit(X)
print("reconstruction error:", np.mean((ae.reconstruct(X) - X) ** 2))

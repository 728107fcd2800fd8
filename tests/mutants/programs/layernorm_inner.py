# two dense layers with layer normalisation between them, all as attributes
import numpy as np


class LNNet:
    def __init__(self, n_in=3, n_hid=6, seed=13):
        r = np.random.RandomState(seed)
        self.Wa = r.randn(n_in, n_hid)
        self.gain = np.ones(n_hid)
        self.shift = np.zeros(n_hid)
        self.Wb = r.randn(n_hid, 1) * 0.4

    def __call__(self, x):
        self.x = x
        self.u = x @ self.Wa
        self.mu = self.u.mean(axis=1, keepdims=True)
        self.sd = np.sqrt(self.u.var(axis=1, keepdims=True) + 1e-6)
        self.hat = (self.u - self.mu) / self.sd
        self.n = self.gain * self.hat + self.shift
        self.r = np.maximum(self.n, 0)
        return self.r @ self.Wb

    def backprop(self, d, lr):
        H = self.u.shape[1]
        gWb = self.r.T @ d
        dn = (d @ self.Wb.T) * (self.n > 0)
        g_gain = np.sum(dn * self.hat, axis=0)
        g_shift = np.sum(dn, axis=0)
        dhat = dn * self.gain
        du = (H * dhat - np.sum(dhat, axis=1, keepdims=True)
              - self.hat * np.sum(dhat * self.hat, axis=1, keepdims=True)) / (H * self.sd)
        gWa = self.x.T @ du
        self.Wa -= lr * gWa
        self.gain -= lr * g_gain
        self.shift -= lr * g_shift
        self.Wb -= lr * gWb


r = np.random.RandomState(0)
x = r.uniform(-2, 2, (45, 3))
t = (np.sign(x[:, 0]) * np.abs(x[:, 1]) ** 0.5).reshape(-1, 1)
net = LNNet()
for step in range(501):
    out = net(x)
    if step % 100 == 0:
        print(step, "half mse:", 0.5 * np.mean((out - t) ** 2))
    net.backprop((out - t) / len(x), 0.1)

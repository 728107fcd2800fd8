import numpy as np


class Net:
    rng = np.random.default_rng(12)
    W1 = rng.normal(0, 0.8, (3, 6))
    b1 = np.zeros(6)
    W2 = rng.normal(0, 0.8, (6, 2))
    b2 = np.zeros(2)
    eta = 0.1

    @classmethod
    def forward(cls, x):
        cls.x = x
        cls.z1 = x @ cls.W1 + cls.b1
        cls.a1 = np.where(cls.z1 > 0, cls.z1, 0.1 * cls.z1)  # leaky relu
        cls.z2 = cls.a1 @ cls.W2 + cls.b2
        return cls.z2

    @classmethod
    def backward(cls, out, t):
        n = len(t)
        d2 = 2 * (out - t) / n
        d1 = d2 @ cls.W2.T * np.where(cls.z1 > 0, 1.0, 0.1)
        cls.gW2 = cls.a1.T @ d2
        cls.gb2 = d2.sum(axis=0)
        cls.gW1 = cls.x.T @ d1
        cls.gb1 = d1.sum(axis=0)

    @classmethod
    def step(cls):
        cls.W1 -= cls.eta * cls.gW1
        cls.b1 -= cls.eta * cls.gb1
        cls.W2 -= cls.eta * cls.gW2
        cls.b2 -= cls.eta * cls.gb2


data = np.random.default_rng(5)
x = data.uniform(-1, 1, (40, 3))
t = np.column_stack([x[:, 0] * x[:, 1], np.abs(x[:, 2])])

for epoch in range(300):
    out = Net.forward(x)
    loss = np.sum((out - t) ** 2) / len(x)
    Net.backward(out, t)
    Net.step()
    if epoch % 60 == 0:
        print(f"epoch {epoch:4d}  loss {loss:.6f}")
print("final", np.sum((Net.forward(x) - t) ** 2) / len(x))

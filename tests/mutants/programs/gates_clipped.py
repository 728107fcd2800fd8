import numpy as np

# AND, OR and XOR of two bits with one net (three outputs). biases start at zero, so the
# first row (0, 0) puts every relu exactly on its kink
X = np.array([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
T = np.array([[0., 0., 0.],
              [0., 1., 1.],
              [0., 1., 1.],
              [1., 1., 0.]])

gen = np.random.default_rng(7)
W1 = gen.normal(scale=0.9, size=(2, 8))
b1 = np.zeros(8)
W2 = gen.normal(scale=0.9, size=(8, 3))
b2 = np.zeros(3)
lr = 0.3
CLIP = 0.05


def clip(g):
    return np.clip(g, -CLIP, CLIP)


for it in range(1500):
    z1 = X @ W1 + b1
    h = z1 * (z1 >= 0)
    o = 1 / (1 + np.exp(-(h @ W2 + b2)))
    loss = -np.mean(np.sum(T * np.log(o) + (1 - T) * np.log(1 - o), axis=1))

    d2 = (o - T) / len(X)
    d1 = (d2 @ W2.T) * (z1 >= 0)
    gW2, gb2 = h.T @ d2, d2.sum(axis=0)
    gW1, gb1 = X.T @ d1, d1.sum(axis=0)

    W1 -= lr * clip(gW1)
    b1 -= lr * clip(gb1)
    W2 -= lr * clip(gW2)
    b2 -= lr * clip(gb2)
    if it % 300 == 0:
        print(it, loss)

print(np.round(o, 2))
print("loss", loss)

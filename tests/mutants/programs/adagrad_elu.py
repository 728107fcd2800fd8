import numpy as np

np.random.seed(99)
ALPHA = 1.0


def elu(z):
    return np.where(z > 0, z, ALPHA * (np.exp(np.minimum(z, 0)) - 1))


def d_elu(z):
    return np.where(z > 0, 1.0, ALPHA * np.exp(np.minimum(z, 0)))


# target: y = x1^2 - x2
x = np.random.uniform(-2, 2, size=(80, 2))
y = (x[:, 0] ** 2 - x[:, 1])[:, None]

sizes = [2, 8, 8, 1]
weights, biases, cache_w, cache_b = [], [], [], []
for fan_in, fan_out in zip(sizes, sizes[1:]):
    weights.append(np.random.randn(fan_in, fan_out) / np.sqrt(fan_in))
    biases.append(np.zeros(fan_out))
    cache_w.append(np.zeros((fan_in, fan_out)))
    cache_b.append(np.zeros(fan_out))

lr = 0.1
for epoch in range(400):
    # ---- forward
    acts, pre = [x], []
    for i in range(len(weights)):
        z = acts[-1].dot(weights[i]) + biases[i]
        pre.append(z)
        acts.append(elu(z) if i < len(weights) - 1 else z)
    diff = acts[-1] - y
    loss = (diff ** 2).sum() / (2 * len(x))

    # ---- backward
    delta = diff / len(x)
    for i in range(len(weights) - 1, -1, -1):
        gw = acts[i].T.dot(delta)
        gb = delta.sum(axis=0)
        if i > 0:
            delta = delta.dot(weights[i].T) * d_elu(pre[i - 1])
        # adagrad
        cache_w[i] += gw ** 2
        cache_b[i] += gb ** 2
        weights[i] -= lr * gw / (np.sqrt(cache_w[i]) + 1e-8)
        biases[i] -= lr * gb / (np.sqrt(cache_b[i]) + 1e-8)

    if epoch % 50 == 0:
        print("%4d  %.6f" % (epoch, loss))
print("done, loss %.6f" % loss)

import numpy as np

np.random.seed(21)


def layernorm(x, g, b, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    var = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    inv = 1 / np.sqrt(var + eps)
    norm = (x - mean) * inv
    return g * norm + b, (norm, inv, g)


def layernorm_back(dout, cache):
    norm, inv, g = cache
    db = dout.sum(axis=0)
    dg = (dout * norm).sum(axis=0)
    dnorm = dout * g
    dx = inv * (dnorm - dnorm.mean(axis=-1, keepdims=True) - norm * (dnorm * norm).mean(axis=-1, keepdims=True))
    return dx, dg, db


def gelu_ish(x):
    # swish, close enough
    s = 1 / (1 + np.exp(-x))
    return x * s, s


B, D, H = 32, 4, 6
x = np.random.randn(B, D)
y = np.tanh(x[:, :2] * x[:, 2:])

p = {
    "w1": np.random.randn(D, H) / np.sqrt(D), "b1": np.zeros(H),
    "g": np.ones(H), "b": np.zeros(H),
    "w2": np.random.randn(H, 2) / np.sqrt(H), "b2": np.zeros(2),
}
lr = 0.2
losses = []
for i in range(400):
    pre = x @ p["w1"] + p["b1"]
    ln, cache = layernorm(pre, p["g"], p["b"])
    act, s = gelu_ish(ln)
    out = act @ p["w2"] + p["b2"]
    loss = ((out - y) ** 2).mean()
    losses.append(loss)

    g = {}
    dout = 2 * (out - y) / y.size
    g["w2"] = act.T @ dout
    g["b2"] = dout.sum(0)
    dact = dout @ p["w2"].T
    dln = dact * (s + ln * s * (1 - s))
    dpre, g["g"], g["b"] = layernorm_back(dln, cache)
    g["w1"] = x.T @ dpre
    g["b1"] = dpre.sum(0)

    for name, value in p.items():
        value -= lr * g[name]

print("loss: %.6f -> %.6f" % (losses[0], losses[-1]))

import numpy as np

np.random.seed(15)

# each layer learns at its own speed, later layers slower
RATES = {"h1": 0.4, "h2": 0.2, "out": 0.05}

X = np.random.rand(25, 4)
y = (X.sum(axis=1, keepdims=True) - 2) ** 2


def act(v):
    return np.tanh(v)


def act_grad(v):
    return 1.0 - np.tanh(v) ** 2


w = {"h1": np.random.randn(4, 5), "h2": np.random.randn(5, 5), "out": np.random.randn(5, 1)}
b = {name: np.zeros((1, w[name].shape[1])) for name in w}

i = 0
while i < 500:
    z1 = X @ w["h1"] + b["h1"]
    a1 = act(z1)
    z2 = a1 @ w["h2"] + b["h2"]
    a2 = act(z2)
    out = a2 @ w["out"] + b["out"]

    d3 = out - y
    d2 = d3 @ w["out"].T * act_grad(z2)
    d1 = d2 @ w["h2"].T * act_grad(z1)

    for name, inp, d in [("h1", X, d1), ("h2", a1, d2), ("out", a2, d3)]:
        w[name] -= RATES[name] * inp.T @ d / len(X)
        b[name] -= RATES[name] * d.mean(axis=0, keepdims=True)

    # looking at the loss every 100 epochs is enough
    if i % 100 == 0:
        print("epoch %d: %.6f" % (i, ((out - y) ** 2).mean() / 2))
    i += 1

print("prediction for zeros:", (act(act(np.zeros((1, 4)) @ w["h1"] + b["h1"]) @ w["h2"] + b["h2"]) @ w["out"] + b["out"])[0, 0])

import numpy as np

rng = np.random.default_rng(9)
X = rng.normal(size=(64, 2))
angle = np.arctan2(X[:, 1], X[:, 0])
labels = (np.floor((angle + np.pi) / (np.pi / 2)).astype(int) % 2).reshape(-1, 1)

W1 = rng.normal(size=(2, 8))
b1 = np.full((1, 8), 0.1)
W2 = rng.normal(size=(8, 8)) * 0.5
b2 = np.full((1, 8), 0.1)
W3 = rng.normal(size=(8, 1)) * 0.5
b3 = np.zeros((1, 1))

for step in range(401):
    h1 = X @ W1 + b1
    h1[h1 < 0] = 0                 # relu, in place
    h2 = h1 @ W2 + b2
    np.maximum(h2, 0, out=h2)      # the same with out=
    logit = h2 @ W3 + b3
    # stable: log(1 + e^x) - x*y
    loss = np.mean(np.logaddexp(0, logit) - logit * labels)

    g = (1 / (1 + np.exp(-logit)) - labels) / len(X)
    dW3, db3 = h2.T @ g, g.sum(0, keepdims=True)
    g = g @ W3.T
    g[h2 == 0] = 0
    dW2, db2 = h1.T @ g, g.sum(0, keepdims=True)
    g = g @ W2.T
    g[h1 == 0] = 0
    dW1, db1 = X.T @ g, g.sum(0, keepdims=True)

    # clip by global norm
    grads = [dW1, db1, dW2, db2, dW3, db3]
    norm = np.sqrt(sum((q ** 2).sum() for q in grads))
    if norm > 0.2:
        for q in grads:
            q *= 0.2 / norm

    for param, q in zip([W1, b1, W2, b2, W3, b3], grads):
        param -= 0.5 * q
    if step % 100 == 0:
        print("step", step, "loss", loss, "norm", norm)

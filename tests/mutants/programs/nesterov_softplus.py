import numpy as np

rng = np.random.default_rng(2024)


def softplus(u):
    return np.log(1 + np.exp(u))


def sigmoid(u):
    # also the derivative of softplus
    return 1 / (1 + np.exp(-u))


def loss_and_grads(theta, X, t):
    V, c, w, d = theta
    u = X @ V + c
    s = softplus(u)
    out = s @ w + d
    e = out - t
    J = np.sum(e ** 2) / len(t)
    de = 2 * e / len(t)
    gw = s.T @ de
    gd = np.sum(de)
    ds = np.outer(de, w)
    du = ds * sigmoid(u)
    gV = X.T @ du
    gc = du.sum(axis=0)
    return J, [gV, gc, gw, gd]


X = rng.uniform(-1, 1, (50, 2))
t = np.maximum(X[:, 0], X[:, 1]) + 0.02 * rng.standard_normal(50)

theta = [rng.standard_normal((2, 5)), np.zeros(5), rng.standard_normal(5) * 0.5, 0.0]
velocity = [0.0, 0.0, 0.0, 0.0]
mu, eta = 0.9, 0.02

for it in range(300):
    # look ahead first, then take the gradient there
    ahead = [p + mu * v for p, v in zip(theta, velocity)]
    J, grads = loss_and_grads(ahead, X, t)
    velocity = [mu * v - eta * g for v, g in zip(velocity, grads)]
    theta = [p + v for p, v in zip(theta, velocity)]
    if it % 60 == 0:
        print('iter', it, 'loss', J)

print('final loss', loss_and_grads(theta, X, t)[0])

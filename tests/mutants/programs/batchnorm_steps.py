import numpy as np

np.random.seed(10)


def batchnorm_forward(x, gamma, beta, eps):
    N, D = x.shape
    mu = 1. / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1. / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1. / sqrtvar
    xhat = xmu * ivar
    out = gamma * xhat + beta
    return out, (xhat, gamma, xmu, ivar, sqrtvar, var, eps)


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    # xhat = xmu * ivar
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1. / (sqrtvar ** 2) * divar
    dvar = 0.5 * 1. / np.sqrt(var + eps) * dsqrtvar
    dsq = 1. / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1. / N * np.ones((N, D)) * dmu
    return dx1 + dx2, dgamma, dbeta


X = np.random.randn(48, 3) * [1.0, 5.0, 0.2] + [0.0, 3.0, 1.0]
T = np.sin(X[:, :1]) + 0.3 * (X[:, 1:2] - 3) - X[:, 2:]

W1 = np.random.randn(3, 7) * 0.5
gamma = np.ones(7)
beta = np.zeros(7)
W2 = np.random.randn(7, 1) * 0.3
b2 = np.zeros(1)
lr = 0.05

for step in range(300):
    u = X.dot(W1)
    bn, cache = batchnorm_forward(u, gamma, beta, 1e-5)
    h = np.tanh(bn)
    y = h.dot(W2) + b2
    loss = np.mean((y - T) ** 2)

    dy = 2. * (y - T) / y.size
    dW2 = h.T.dot(dy)
    db2 = np.sum(dy, axis=0)
    dh = dy.dot(W2.T)
    dbn = dh * (1 - h ** 2)
    du, dgamma, dbeta = batchnorm_backward(dbn, cache)
    dW1 = X.T.dot(du)

    W1 -= lr * dW1
    gamma -= lr * dgamma
    beta -= lr * dbeta
    W2 -= lr * dW2
    b2 -= lr * db2
    if step % 60 == 0:
        print("step %3d loss %.6f" % (step, loss))
print("last loss", loss)

import numpy as np

np.random.seed(27)


def add_ones(A):
    return np.hstack((A, np.ones((A.shape[0], 1))))


def ReLU(x):
    return x * (x > 0)


def dReLU(x):
    return 1.0 * (x > 0)


# three hidden layers, the last row of every matrix is the bias
dims = [2, 6, 6, 6, 1]
Ws = [np.vstack((np.random.randn(i, o) * np.sqrt(2.0 / i), np.zeros((1, o)))) for i, o in zip(dims[:-1], dims[1:])]

X = np.random.uniform(-1, 1, (100, 2))
y = (np.sin(3 * X[:, 0]) * X[:, 1]).reshape(100, 1)
lr = 0.1
batch_size = 20

for epoch in range(100):
    loss_sum = 0
    for i in range(0, len(X), batch_size):
        xb = X[i:i + batch_size]
        yb = y[i:i + batch_size]

        a0 = add_ones(xb)
        z1 = a0.dot(Ws[0])
        a1 = add_ones(ReLU(z1))
        z2 = a1.dot(Ws[1])
        a2 = add_ones(ReLU(z2))
        z3 = a2.dot(Ws[2])
        a3 = add_ones(ReLU(z3))
        out = a3.dot(Ws[3])

        e = out - yb
        loss_sum += 0.5 * np.sum(e ** 2)

        g4 = e / batch_size
        g3 = g4.dot(Ws[3][:-1].T) * dReLU(z3)
        g2 = g3.dot(Ws[2][:-1].T) * dReLU(z2)
        g1 = g2.dot(Ws[1][:-1].T) * dReLU(z1)

        Ws[3] -= lr * a3.T.dot(g4)
        Ws[2] -= lr * a2.T.dot(g3)
        Ws[1] -= lr * a1.T.dot(g2)
        Ws[0] -= lr * a0.T.dot(g1)
    if epoch % 20 == 0:
        print("Epoch: %d  loss: %.5f" % (epoch, loss_sum / len(X)))
print("weights sum", sum(np.abs(W).sum() for W in Ws))

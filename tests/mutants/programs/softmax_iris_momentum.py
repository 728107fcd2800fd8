import numpy as np
from sklearn.datasets import load_iris

iris = load_iris()
X = iris.data
Y = np.zeros((150, 3))
for i in range(150):
    Y[i, iris.target[i]] = 1

# add a column of ones for the bias
Xb = np.concatenate((np.ones((150, 1)), (X - X.mean(0)) / X.std(0)), axis=1)
W = np.zeros((5, 3))
vel = np.zeros((5, 3))


def softmax(Z):
    # small scores, no need to subtract the max
    return (np.exp(Z).T / np.sum(np.exp(Z), axis=1)).T


def cross_entropy(P, Y):
    return -np.mean(np.log(np.sum(P * Y, axis=1) + 1e-8))


def gradient(Xb, P, Y, W, lam):
    return Xb.T.dot(P - Y) / Xb.shape[0] + lam * W


lam = 0.001
costs = []
for epoch in range(200):
    P = softmax(Xb.dot(W))
    cost = cross_entropy(P, Y) + 0.5 * lam * np.sum(W ** 2)
    costs.append(cost)
    G = gradient(Xb, P, Y, W, lam)
    vel = 0.9 * vel + 0.1 * G
    W = W - 0.5 * vel

print("cost: first %.5f, last %.5f" % (costs[0], costs[-1]))
y_hat = np.argmax(Xb.dot(W), axis=1)
print("Accuracy:", (y_hat == iris.target).mean())

# interchangeable costs, weight decay and momentum, after the well-known online book
import random

import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


class QuadraticCost(object):
    @staticmethod
    def fn(a, y):
        return 0.5 * np.linalg.norm(a - y) ** 2

    @staticmethod
    def delta(z, a, y):
        return (a - y) * sigmoid(z) * (1 - sigmoid(z))


class CrossEntropyCost(object):
    @staticmethod
    def fn(a, y):
        return np.sum(np.nan_to_num(-y * np.log(a) - (1 - y) * np.log(1 - a)))

    @staticmethod
    def delta(z, a, y):
        return (a - y)


class Network(object):
    def __init__(self, sizes, cost=CrossEntropyCost, mu=0.5):
        self.cost = cost
        self.mu = mu
        self.num_layers = len(sizes)
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) / np.sqrt(x) for x, y in zip(sizes[:-1], sizes[1:])]
        self.velocities = [np.zeros(w.shape) for w in self.weights]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def train(self, data, epochs, size, eta, lmbda):
        n = len(data)
        for j in range(epochs):
            random.shuffle(data)
            for k in range(0, n, size):
                self.update_mini_batch(data[k:k + size], eta, lmbda, n)
            if j % 5 == 0:
                print("Epoch %s: cost %s" % (j, self.total_cost(data, lmbda)))

    def update_mini_batch(self, batch, eta, lmbda, n):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        for x, y in batch:
            db, dw = self.backprop(x, y)
            for l in range(len(nabla_b)):
                nabla_b[l] += db[l]
                nabla_w[l] += dw[l]
        m = len(batch)
        self.velocities = [self.mu * v - eta * (nw / m + lmbda / n * w)
                           for v, nw, w in zip(self.velocities, nabla_w, self.weights)]
        self.weights = [w + v for w, v in zip(self.weights, self.velocities)]
        self.biases = [b - eta * nb / m for b, nb in zip(self.biases, nabla_b)]

    def backprop(self, x, y):
        zs, activations = [], [x]
        for b, w in zip(self.biases, self.weights):
            zs.append(np.dot(w, activations[-1]) + b)
            activations.append(sigmoid(zs[-1]))
        delta = self.cost.delta(zs[-1], activations[-1], y)
        db, dw = [delta], [np.dot(delta, activations[-2].T)]
        for l in range(2, self.num_layers):
            sp = activations[-l] * (1 - activations[-l])
            delta = np.dot(self.weights[-l + 1].T, delta) * sp
            db.insert(0, delta)
            dw.insert(0, np.dot(delta, activations[-l - 1].T))
        return db, dw

    def total_cost(self, data, lmbda):
        cost = sum(self.cost.fn(self.feedforward(x), y) / len(data) for x, y in data)
        return cost + 0.5 * (lmbda / len(data)) * sum(np.linalg.norm(w) ** 2 for w in self.weights)


random.seed(3), np.random.seed(3)
data = [(x, np.array([[1.0 if x[0, 0] > 0 else 0.0], [1.0 if x[1, 0] * x[0, 0] > 0 else 0.0]]))
        for x in np.random.randn(50, 2, 1)]
net = Network([2, 6, 6, 2])
net.train(data, 26, 10, 0.5, 0.1)

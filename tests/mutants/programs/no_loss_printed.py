#!/usr/bin/env python
# -*- coding: utf-8 -*-
import numpy as np


class neural_network:
    def __init__(self, layers, seed=2):
        np.random.seed(seed)
        self.L = len(layers) - 1
        self.W = {}
        self.B = {}
        for k in range(1, self.L + 1):
            self.W[k] = np.random.randn(layers[k], layers[k - 1]) * 0.7
            self.B[k] = np.random.randn(layers[k], 1) * 0.1

    def f(self, x):
        return 2 / (1 + np.exp(-2 * x)) - 1      # tansig

    def df(self, y):
        return 1 - y * y

    def run(self, x):
        self.Y = {0: x}
        for k in range(1, self.L + 1):
            v = self.W[k] @ self.Y[k - 1] + self.B[k]
            self.Y[k] = self.f(v)
        return self.Y[self.L]

    def learn(self, x, d, eta):
        self.run(x)
        delta = {}
        delta[self.L] = (d - self.Y[self.L]) * self.df(self.Y[self.L])
        for k in range(self.L - 1, 0, -1):
            delta[k] = (self.W[k + 1].T @ delta[k + 1]) * self.df(self.Y[k])
        for k in range(1, self.L + 1):
            self.W[k] = self.W[k] + eta * delta[k] @ self.Y[k - 1].T
            self.B[k] = self.B[k] + eta * np.sum(delta[k], axis=1, keepdims=True)


P = np.array([[-1, -1, 1, 1, 0, 0], [-1, 1, -1, 1, 0.5, -0.5]])
D = np.array([[-0.9, 0.9, 0.9, -0.9, 0.2, -0.2], [0.5, -0.5, 0.5, -0.5, 0.1, 0.1]])
net = neural_network([2, 4, 4, 2])
for i in range(800):
    net.learn(P, D, 0.05)

print(np.round(net.run(P), 3))

import numpy as np
from sklearn.datasets import load_breast_cancer


class LogisticRegression:
    def __init__(self, lr=0.3, n_iters=200):
        self.lr = lr
        self.n_iters = n_iters
        self.weights = None
        self.bias = None

    def fit(self, X, y):
        n_samples, n_features = X.shape
        self.weights = np.zeros(n_features)
        self.bias = 0
        for i in range(self.n_iters):
            linear_pred = np.dot(X, self.weights) + self.bias
            predictions = self._sigmoid(linear_pred)

            dw = (1 / n_samples) * np.dot(X.T, (predictions - y))
            db = (1 / n_samples) * np.sum(predictions - y)

            self.weights = self.weights - self.lr * dw
            self.bias = self.bias - self.lr * db
            if i % 50 == 0:
                print("iter", i, "log loss", self._loss(y, predictions))

    def predict(self, X):
        linear_pred = np.dot(X, self.weights) + self.bias
        y_pred = self._sigmoid(linear_pred)
        return [0 if p <= 0.5 else 1 for p in y_pred]

    def _sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def _loss(self, y, p, eps=1e-15):
        p = np.clip(p, eps, 1 - eps)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


bc = load_breast_cancer()
X, y = bc.data[:, :10], bc.target
X = (X - X.mean(axis=0)) / X.std(axis=0)
clf = LogisticRegression()
clf.fit(X[:400], y[:400])
y_pred = clf.predict(X[400:])
print("accuracy", np.sum(y_pred == y[400:]) / len(y[400:]))

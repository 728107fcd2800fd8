import numpy as np


class SVM:
    """linear support vector machine: hinge loss + lambda * |w|^2, one sample at a time"""

    def __init__(self, learning_rate=0.005, lambda_param=0.01, n_iters=60):
        self.lr = learning_rate
        self.lambda_param = lambda_param
        self.n_iters = n_iters
        self.w = None
        self.b = None

    def fit(self, X, y):
        y_ = np.where(y <= 0, -1, 1)
        n_samples, n_features = X.shape
        self.w = np.zeros(n_features)
        self.b = 0
        for _ in range(self.n_iters):
            for idx, x_i in enumerate(X):
                condition = y_[idx] * (np.dot(x_i, self.w) + self.b) >= 1
                if condition:
                    self.w -= self.lr * (2 * self.lambda_param * self.w)
                else:
                    self.w -= self.lr * (2 * self.lambda_param * self.w - x_i * y_[idx])
                    self.b -= self.lr * (-y_[idx])

    def objective(self, X, y):
        y_ = np.where(y <= 0, -1, 1)
        margins = np.maximum(0, 1 - y_ * (X @ self.w + self.b))
        return np.mean(margins) + self.lambda_param * np.dot(self.w, self.w)

    def predict(self, X):
        return np.sign(np.dot(X, self.w) + self.b)


rng = np.random.default_rng(123)
X = np.vstack([rng.normal([2, 1], 0.8, (30, 2)), rng.normal([-1, -1], 0.8, (30, 2))])
y = np.array([1] * 30 + [0] * 30)
order = rng.permutation(60)
X, y = X[order], y[order]

clf = SVM()
clf.fit(X, y)
print("w", clf.w, "b", clf.b)
print("objective", clf.objective(X, y))
print("accuracy", np.mean(clf.predict(X) == np.where(y <= 0, -1, 1)))

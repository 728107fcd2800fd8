import numpy as np
from sklearn.datasets import load_iris


class Linear:
    def __init__(self, n_in, n_out, rng):
        self.W = rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out))
        self.b = np.zeros((1, n_out))

    def forward(self, x, training):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad, lr):
        dx = grad @ self.W.T
        self.W = self.W - lr * (self.x.T @ grad)
        self.b = self.b - lr * grad.sum(axis=0, keepdims=True)
        return dx


class BatchNorm:
    def __init__(self, n, momentum=0.9):
        self.g = np.ones((1, n))
        self.b = np.zeros((1, n))
        self.running_mean = np.zeros((1, n))
        self.running_var = np.ones((1, n))
        self.momentum = momentum

    def forward(self, x, training):
        if training:
            mean = x.mean(axis=0, keepdims=True)
            var = x.var(axis=0, keepdims=True)
            self.std = np.sqrt(var + 1e-5)
            self.xhat = (x - mean) / self.std
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean
            self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
            return self.g * self.xhat + self.b
        return self.g * (x - self.running_mean) / np.sqrt(self.running_var + 1e-5) + self.b

    def backward(self, grad, lr):
        n = grad.shape[0]
        dxhat = grad * self.g
        dx = (n * dxhat - dxhat.sum(0) - self.xhat * (dxhat * self.xhat).sum(0)) / (n * self.std)
        self.g = self.g - lr * (grad * self.xhat).sum(axis=0, keepdims=True)
        self.b = self.b - lr * grad.sum(axis=0, keepdims=True)
        return dx


class ReLU:
    def forward(self, x, training):
        self.mask = x > 0
        return x * self.mask

    def backward(self, grad, lr):
        return grad * self.mask


def softmax_cross_entropy(logits, y):
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    p[np.arange(len(y)), y] -= 1
    return loss, p / len(y)


rng = np.random.default_rng(4)
X, y = load_iris(return_X_y=True)
layers = [Linear(4, 8, rng), BatchNorm(8), ReLU(), Linear(8, 8, rng), BatchNorm(8), ReLU(), Linear(8, 3, rng)]
for epoch in range(20):
    order = rng.permutation(len(X))
    total = 0
    for k in range(0, len(X), 30):
        batch = order[k:k + 30]
        out = X[batch]
        for layer in layers:
            out = layer.forward(out, training=True)
        loss, grad = softmax_cross_entropy(out, y[batch])
        total += loss
        for layer in layers[::-1]:
            grad = layer.backward(grad, 0.1)
    if epoch % 5 == 4:
        print(f'epoch {epoch + 1} mean loss {total / 5:.4f}')

out = X
for layer in layers:
    out = layer.forward(out, training=False)
print('accuracy', (out.argmax(axis=1) == y).mean())

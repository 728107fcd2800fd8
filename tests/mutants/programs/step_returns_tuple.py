import numpy as np

np.random.seed(42)

x = np.linspace(-3, 3, 30).reshape(-1, 1)
y = np.sin(x) + 0.05 * np.random.randn(30, 1)


def model(x, w1, b1, w2, b2):
    hidden = np.tanh(x @ w1 + b1)
    return hidden, hidden @ w2 + b2


def train_step(x, y, w1, b1, w2, b2, lr):
    hidden, yhat = model(x, w1, b1, w2, b2)
    err = yhat - y
    loss = 0.5 * np.mean(err ** 2)

    grad_out = err / x.shape[0]
    grad_w2 = hidden.T @ grad_out
    grad_b2 = grad_out.sum(0)
    grad_hidden = grad_out @ w2.T
    grad_pre = grad_hidden * (1 - hidden * hidden)
    grad_w1 = x.T @ grad_pre
    grad_b1 = grad_pre.sum(0)

    return w1 - lr * grad_w1, b1 - lr * grad_b1, w2 - lr * grad_w2, b2 - lr * grad_b2, loss


w1 = np.random.randn(1, 8)
b1 = np.random.randn(8)
w2 = np.random.randn(8, 1) * 0.3
b2 = np.zeros(1)

for i in range(800):
    w1, b1, w2, b2, loss = train_step(x, y, w1, b1, w2, b2, 0.05)
    if i % 200 == 0:
        print('step', i, 'loss', loss)

_, pred = model(np.array([[0.0], [1.57]]), w1, b1, w2, b2)
print(pred.ravel())

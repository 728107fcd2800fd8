import numpy as np
from sklearn.datasets import load_iris

# one body, two heads: petal width (regression) and species (classification)
np.random.seed(44)
data = load_iris()
X = (data.data[:, :3] - data.data[:, :3].mean(axis=0)) / data.data[:, :3].std(axis=0)
width = data.data[:, 3:]
species = data.target
onehot = np.zeros((150, 3))
onehot[np.arange(150), species] = 1

Wb = np.random.randn(3, 8) * 0.5
bb = np.zeros((1, 8))
Wr = np.random.randn(8, 1) * 0.5
br = np.zeros((1, 1))
Wc = np.random.randn(8, 3) * 0.5
bc = np.zeros((1, 3))
alpha = 0.3      # how much the regression counts
lr = 0.3

for epoch in range(1, 301):
    # body
    body = np.tanh(X @ Wb + bb)
    # heads
    w_hat = body @ Wr + br
    logits = body @ Wc + bc
    exps = np.exp(logits)
    probs = exps / exps.sum(axis=1, keepdims=True)

    loss_r = np.mean((w_hat - width) ** 2)
    loss_c = -np.sum(onehot * np.log(probs)) / 150
    loss = alpha * loss_r + loss_c

    d_w = alpha * 2 * (w_hat - width) / 150
    d_logits = (probs - onehot) / 150
    d_body = d_w @ Wr.T + d_logits @ Wc.T
    d_pre = d_body * (1 - body ** 2)

    Wr -= lr * body.T @ d_w
    br -= lr * d_w.sum(axis=0, keepdims=True)
    Wc -= lr * body.T @ d_logits
    bc -= lr * d_logits.sum(axis=0, keepdims=True)
    Wb -= lr * X.T @ d_pre
    bb -= lr * d_pre.sum(axis=0, keepdims=True)
    if epoch % 100 == 0:
        print("Epoch %d: total %.5f, regression %.5f, classes %.5f" % (epoch, loss, loss_r, loss_c))

print("accuracy", np.mean(probs.argmax(axis=1) == species))

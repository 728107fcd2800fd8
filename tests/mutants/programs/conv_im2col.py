import numpy as np
from sklearn.datasets import load_digits

rng = np.random.default_rng(17)
digits = load_digits(n_class=4)
X = digits.images[:160] / 16.0
y = digits.target[:160]

K = 3  # kernel size
F = 4  # filters
OUT = 8 - K + 1


def im2col(images):
    cols = np.empty((len(images), OUT * OUT, K * K))
    for i in range(OUT):
        for j in range(OUT):
            cols[:, i * OUT + j, :] = images[:, i:i + K, j:j + K].reshape(len(images), -1)
    return cols


def maxpool(a):
    # 2x2, stride 2 on (N, 6, 6, F)
    N = len(a)
    windows = a.reshape(N, 3, 2, 3, 2, F).transpose(0, 1, 3, 5, 2, 4).reshape(N, 3, 3, F, 4)
    return windows.max(axis=-1), windows.argmax(axis=-1)


def maxpool_back(d, arg):
    N = len(d)
    windows = np.zeros((N, 3, 3, F, 4))
    np.put_along_axis(windows, arg[..., None], d[..., None], axis=-1)
    return windows.reshape(N, 3, 3, F, 2, 2).transpose(0, 1, 4, 2, 5, 3).reshape(N, 6, 6, F)


kernel = rng.normal(0, 0.3, (K * K, F))
kbias = np.zeros(F)
W = rng.normal(0, 0.2, (9 * F, 4))
b = np.zeros(4)

lr = 0.2
for step in range(60):
    batch = rng.choice(len(X), 32, replace=False)
    xb, yb = X[batch], y[batch]
    # forward
    cols = im2col(xb)
    conv = cols @ kernel + kbias
    relu = np.maximum(0, conv).reshape(-1, OUT, OUT, F)
    pooled, arg = maxpool(relu)
    flat = pooled.reshape(len(xb), -1)
    scores = flat @ W + b
    scores -= scores.max(axis=1, keepdims=True)
    probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(len(yb)), yb]).mean()
    # backward
    dscores = probs.copy()
    dscores[np.arange(len(yb)), yb] -= 1
    dscores /= len(yb)
    dW = flat.T @ dscores
    db = dscores.sum(axis=0)
    dpooled = (dscores @ W.T).reshape(pooled.shape)
    drelu = maxpool_back(dpooled, arg)
    dconv = drelu.reshape(conv.shape) * (conv > 0)
    dkernel = np.einsum('npk,npf->kf', cols, dconv)
    dkbias = dconv.sum(axis=(0, 1))
    # update
    kernel -= lr * dkernel
    kbias -= lr * dkbias
    W -= lr * dW
    b -= lr * db
    if step % 10 == 0:
        print('step', step, 'loss', loss)
print('done', loss)

import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
# 8x8 -> 4x4 by averaging, keeps the net small
images = digits.images[:600].reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16) / 16.0
labels = digits.target[:600]
onehot = np.eye(10)[labels]

rs = np.random.RandomState(0)
params = {
    'W1': rs.randn(16, 20) * np.sqrt(2.0 / 16), 'b1': np.zeros((1, 20)),
    'W2': rs.randn(20, 10) * np.sqrt(2.0 / 20), 'b2': np.zeros((1, 10)),
}
m = {k: np.zeros_like(p) for k, p in params.items()}
v = {k: np.zeros_like(p) for k, p in params.items()}
beta1, beta2, eps = 0.9, 0.999, 1e-8
lr = 0.01
batch_size = 50
epochs = 15
t = 0


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def forward(X):
    z1 = X @ params['W1'] + params['b1']
    a1 = np.maximum(z1, 0)
    z2 = a1 @ params['W2'] + params['b2']
    return z1, a1, softmax(z2)


for epoch in range(epochs):
    perm = rs.permutation(len(images))
    for start in range(0, len(images), batch_size):
        idx = perm[start:start + batch_size]
        xb, yb = images[idx], onehot[idx]
        z1, a1, probs = forward(xb)

        dz2 = (probs - yb) / len(xb)
        da1 = dz2 @ params['W2'].T
        dz1 = da1 * (z1 > 0)
        grads = {
            'W2': a1.T @ dz2, 'b2': dz2.sum(axis=0, keepdims=True),
            'W1': xb.T @ dz1, 'b1': dz1.sum(axis=0, keepdims=True),
        }

        t += 1
        for k in params:
            m[k] = beta1 * m[k] + (1 - beta1) * grads[k]
            v[k] = beta2 * v[k] + (1 - beta2) * grads[k] ** 2
            m_hat = m[k] / (1 - beta1 ** t)
            v_hat = v[k] / (1 - beta2 ** t)
            params[k] -= lr * m_hat / (np.sqrt(v_hat) + eps)

    _, _, p_all = forward(images)
    loss = -np.mean(np.sum(onehot * np.log(p_all + 1e-8), axis=1))
    acc = np.mean(p_all.argmax(axis=1) == labels)
    print(f'Epoch {epoch + 1:02d}: loss={loss:.4f} acc={acc:.3f}')

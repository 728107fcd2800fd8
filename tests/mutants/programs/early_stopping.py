import numpy as np

rng = np.random.default_rng(77)
x = rng.uniform(-1, 1, (60, 1))
y = x ** 3 - 0.5 * x + 0.05 * rng.standard_normal((60, 1))
x_train, y_train = x[:40], y[:40]
x_val, y_val = x[40:], y[40:]

W1 = rng.standard_normal((1, 10))
b1 = rng.standard_normal(10) * 0.5
W2 = rng.standard_normal((10, 1)) * 0.3
b2 = np.zeros(1)


def predict(x):
    return np.tanh(x @ W1 + b1) @ W2 + b2


def validation_loss():
    return np.mean((predict(x_val) - y_val) ** 2)


best = np.inf
best_weights = None
patience, waited = 10, 0
epoch = 0
while True:
    # one pass over the training set in batches of 8
    order = rng.permutation(len(x_train))
    for s in range(0, len(order), 8):
        rows = order[s:s + 8]
        xb, yb = x_train[rows], y_train[rows]
        a = np.tanh(xb @ W1 + b1)
        out = a @ W2 + b2
        d_out = 2 * (out - yb) / len(xb)
        d_a = d_out @ W2.T
        d_z = d_a * (1 - a ** 2)
        W2 -= 0.05 * (a.T @ d_out)
        b2 -= 0.05 * d_out.sum(axis=0)
        W1 -= 0.05 * (xb.T @ d_z)
        b1 -= 0.05 * d_z.sum(axis=0)

    val = validation_loss()
    if val < best - 1e-5:
        best, waited = val, 0
        best_weights = [w.copy() for w in (W1, b1, W2, b2)]
    else:
        waited += 1
        if waited >= patience or epoch >= 150:
            print("early stopping at epoch", epoch)
            break
    epoch += 1

W1, b1, W2, b2 = best_weights
print("best validation loss", best, "train loss", np.mean((predict(x_train) - y_train) ** 2))

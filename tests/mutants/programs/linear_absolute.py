import numpy as np

rng = np.random.default_rng(8)
X = rng.normal(size=(60, 3))
true_w = np.array([1.5, -2.0, 0.7])
y = X @ true_w + 0.4
y[::9] += 12.0  # a few outliers, so use the absolute error

w = np.zeros(3)
b = 0.0
lr = 0.05

for step in range(400):
    pred = X @ w + b
    residual = pred - y
    loss = np.mean(np.abs(residual))
    sign = np.sign(residual)
    grad_w = X.T @ sign / len(y)
    grad_b = np.mean(sign)
    w -= lr * grad_w
    b -= lr * grad_b
    if step % 80 == 0:
        print(f"step {step}: MAE = {loss:.5f}")

print("weights", w, "bias", b)

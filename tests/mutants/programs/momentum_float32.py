import numpy as np

np.random.seed(3)
dtype = np.float32

# noisy circle -> radius regression
angles = np.random.uniform(0, 2 * np.pi, 64)
radius = np.random.uniform(0.5, 1.5, 64)
inputs = np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1).astype(dtype)
targets = radius.reshape(-1, 1).astype(dtype)

w_hidden = (np.random.randn(2, 10) * 0.8).astype(dtype)
b_hidden = np.zeros((1, 10), dtype=dtype)
w_out = (np.random.randn(10, 1) * 0.3).astype(dtype)
b_out = np.zeros((1, 1), dtype=dtype)

v_w_hidden = np.zeros_like(w_hidden)
v_b_hidden = np.zeros_like(b_hidden)
v_w_out = np.zeros_like(w_out)
v_b_out = np.zeros_like(b_out)

lr0 = dtype(0.05)
momentum = dtype(0.9)

for epoch in range(250):
    lr = lr0 / dtype(1 + 0.01 * epoch)

    hidden = np.tanh(inputs @ w_hidden + b_hidden)
    output = hidden @ w_out + b_out

    error = output - targets
    if epoch % 50 == 0:
        print("epoch", epoch, "lr %.4f" % lr, "mse %.5f" % np.mean(error ** 2))

    grad_output = 2 * error / len(inputs)
    grad_w_out = hidden.T @ grad_output
    grad_b_out = grad_output.sum(axis=0, keepdims=True)
    grad_hidden = (grad_output @ w_out.T) * (1 - hidden ** 2)
    grad_w_hidden = inputs.T @ grad_hidden
    grad_b_hidden = grad_hidden.sum(axis=0, keepdims=True)

    v_w_out = momentum * v_w_out + grad_w_out
    v_b_out = momentum * v_b_out + grad_b_out
    v_w_hidden = momentum * v_w_hidden + grad_w_hidden
    v_b_hidden = momentum * v_b_hidden + grad_b_hidden

    w_out -= lr * v_w_out
    b_out -= lr * v_b_out
    w_hidden -= lr * v_w_hidden
    b_hidden -= lr * v_b_hidden

print("mse", np.mean((np.tanh(inputs @ w_hidden + b_hidden) @ w_out + b_out - targets) ** 2), w_out.dtype)

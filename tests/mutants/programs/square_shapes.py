import numpy as np

np.random.seed(40)

# 4 inputs, 4 examples (columns), 4 hidden units, 4 outputs: everything is square
X = np.array([[0., 0., 1., 1.],
              [0., 1., 0., 1.],
              [1., 0.5, 0., -1.],
              [-1., 1., 1., -1.]])
Y = np.array([[0.1, 0.9, 0.9, 0.1],
              [0.1, 0.1, 0.1, 0.9],
              [0.1, 0.9, 0.9, 0.9],
              [0.9, 0.1, 0.1, 0.1]])
m = X.shape[1]

W1 = np.random.randn(4, 4)
B1 = np.zeros((4, 1))
W2 = np.random.randn(4, 4)
B2 = np.zeros((4, 1))


def S(z):
    return 1.0 / (1.0 + np.exp(-z))


for epoch in range(1000):
    # forward
    Z1 = W1 @ X + B1
    A1 = S(Z1)
    Z2 = W2 @ A1 + B2
    A2 = S(Z2)
    J = np.sum((Y - A2) ** 2) / (2 * m)

    # backward
    dZ2 = (A2 - Y) * S(Z2) * (1 - S(Z2))
    dW2 = dZ2 @ A1.T / m
    dB2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = (W2.T @ dZ2) * S(Z1) * (1 - S(Z1))
    dW1 = dZ1 @ X.T / m
    dB1 = np.sum(dZ1, axis=1, keepdims=True) / m

    W1 = W1 - 1.5 * dW1
    B1 = B1 - 1.5 * dB1
    W2 = W2 - 1.5 * dW2
    B2 = B2 - 1.5 * dB2
    if epoch % 250 == 0:
        print("J =", J)
print("J =", J)
print(A2.round(2))

import numpy as np
from numpy import log

# machine learning course, exercise 4 in python: everything unrolled in one vector

input_layer_size = 3
hidden_layer_size = 5
num_labels = 3
m = 24
split = hidden_layer_size * (input_layer_size + 1)


def debug_weights(fan_out, fan_in):
    W = np.sin(np.arange(1, fan_out * (fan_in + 1) + 1))
    return W.reshape(fan_out, fan_in + 1) / 2


def g(z):
    return 1.0 / (1.0 + np.exp(-z))


def g_gradient(z):
    return g(z) * (1 - g(z))


def nn_cost(theta, X, y, lam):
    Theta1 = theta[:split].reshape(hidden_layer_size, input_layer_size + 1)
    Theta2 = theta[split:].reshape(num_labels, hidden_layer_size + 1)
    m = X.shape[0]
    Y = np.eye(num_labels)[y]

    a1 = np.hstack([np.ones((m, 1)), X])
    z2 = a1 @ Theta1.T
    a2 = np.hstack([np.ones((m, 1)), g(z2)])
    z3 = a2 @ Theta2.T
    h = g(z3)

    J = np.sum(-Y * log(h) - (1 - Y) * log(1 - h)) / m
    J += lam / (2 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))

    d3 = h - Y
    d2 = (d3 @ Theta2[:, 1:]) * g_gradient(z2)
    Theta1_grad = d2.T @ a1 / m
    Theta2_grad = d3.T @ a2 / m
    Theta1_grad[:, 1:] += lam / m * Theta1[:, 1:]
    Theta2_grad[:, 1:] += lam / m * Theta2[:, 1:]
    grad = np.concatenate([Theta1_grad.ravel(), Theta2_grad.ravel()])
    return J, grad


X = debug_weights(m, input_layer_size - 1) * 2
y = np.arange(m) % num_labels
X = X + np.eye(3)[y]

theta = np.concatenate([debug_weights(hidden_layer_size, input_layer_size).ravel(),
                        debug_weights(num_labels, hidden_layer_size).ravel()])
alpha = 0.8
J_history = []
for it in range(400):
    J, grad = nn_cost(theta, X, y, lam=0.2)
    theta = theta - alpha * grad
    J_history.append(J)

print("first cost", J_history[0])
print("last cost", J_history[-1])

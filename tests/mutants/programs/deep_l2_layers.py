import numpy as np


def relu(Z):
    return np.maximum(0, Z)


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def init_params(layer_dims, seed=0):
    rng = np.random.RandomState(seed)
    params = {}
    for l in range(1, len(layer_dims)):
        params["W" + str(l)] = rng.randn(layer_dims[l], layer_dims[l - 1]) * np.sqrt(2 / layer_dims[l - 1])
        params["b" + str(l)] = np.zeros((layer_dims[l], 1))
    return params


def L_model_forward(X, params):
    caches = []
    A = X
    L = len(params) // 2
    for l in range(1, L + 1):
        A_prev = A
        Z = params["W" + str(l)].dot(A_prev) + params["b" + str(l)]
        A = sigmoid(Z) if l == L else relu(Z)
        caches.append((A_prev, Z))
    return A, caches


def compute_cost_reg(AL, Y, params, lambd):
    m = Y.shape[1]
    L = len(params) // 2
    ce = -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m
    l2 = 0
    for l in range(1, L + 1):
        l2 += np.sum(np.square(params["W" + str(l)]))
    return ce + lambd / (2 * m) * l2


def L_model_backward(AL, Y, caches, params, lambd):
    grads = {}
    L = len(caches)
    m = Y.shape[1]
    dZ = AL - Y
    for l in reversed(range(1, L + 1)):
        A_prev, Z = caches[l - 1]
        W = params["W" + str(l)]
        grads["dW" + str(l)] = dZ.dot(A_prev.T) / m + lambd / m * W
        grads["db" + str(l)] = np.sum(dZ, axis=1, keepdims=True) / m
        if l > 1:
            dA_prev = W.T.dot(dZ)
            Z_prev = caches[l - 2][1]
            dZ = np.array(dA_prev, copy=True)
            dZ[Z_prev <= 0] = 0
    return grads


def update(params, grads, lr):
    for l in range(1, len(params) // 2 + 1):
        params["W" + str(l)] -= lr * grads["dW" + str(l)]
        params["b" + str(l)] -= lr * grads["db" + str(l)]
    return params


rng = np.random.RandomState(1)
X = rng.randn(2, 150)
Y = (X[0] ** 2 + X[1] ** 2 < 1.2).astype(float).reshape(1, -1)

params = init_params([2, 5, 5, 1])
for i in range(600):
    AL, caches = L_model_forward(X, params)
    cost = compute_cost_reg(AL, Y, params, lambd=0.1)
    grads = L_model_backward(AL, Y, caches, params, lambd=0.1)
    params = update(params, grads, lr=0.5)
    if i % 100 == 0:
        print("Cost after iteration {}: {}".format(i, np.squeeze(cost)))

AL, _ = L_model_forward(X, params)
print("train acc", np.mean((AL > 0.5) == (Y > 0.5)))

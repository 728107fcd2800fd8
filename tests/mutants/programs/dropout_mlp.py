import numpy as np

np.random.seed(1)

m = 100
X = np.random.randn(3, m)
Y = ((X[0] + X[1] * X[2]) > 0).astype(int).reshape(1, m)


def relu(x):
    return np.maximum(0, x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def forward_with_dropout(X, p, keep_prob):
    Z1 = np.dot(p['W1'], X) + p['b1']
    A1 = relu(Z1)
    D1 = np.random.rand(*A1.shape) < keep_prob
    A1 = A1 * D1
    A1 = A1 / keep_prob
    Z2 = np.dot(p['W2'], A1) + p['b2']
    A2 = relu(Z2)
    D2 = np.random.rand(*A2.shape) < keep_prob
    A2 = A2 * D2
    A2 = A2 / keep_prob
    Z3 = np.dot(p['W3'], A2) + p['b3']
    A3 = sigmoid(Z3)
    return A3, (Z1, D1, A1, Z2, D2, A2)


def backward_with_dropout(X, Y, p, A3, cache, keep_prob):
    Z1, D1, A1, Z2, D2, A2 = cache
    m = X.shape[1]
    dZ3 = A3 - Y
    dW3 = 1. / m * np.dot(dZ3, A2.T)
    db3 = 1. / m * np.sum(dZ3, axis=1, keepdims=True)
    dA2 = np.dot(p['W3'].T, dZ3)
    dA2 = dA2 * D2
    dA2 = dA2 / keep_prob
    dZ2 = np.multiply(dA2, np.int64(A2 > 0))
    dW2 = 1. / m * np.dot(dZ2, A1.T)
    db2 = 1. / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(p['W2'].T, dZ2)
    dA1 = dA1 * D1 / keep_prob
    dZ1 = np.multiply(dA1, np.int64(A1 > 0))
    dW1 = 1. / m * np.dot(dZ1, X.T)
    db1 = 1. / m * np.sum(dZ1, axis=1, keepdims=True)
    return {'W1': dW1, 'b1': db1, 'W2': dW2, 'b2': db2, 'W3': dW3, 'b3': db3}


params = {'W1': np.random.randn(10, 3) * 0.6, 'b1': np.zeros((10, 1)),
          'W2': np.random.randn(6, 10) * 0.4, 'b2': np.zeros((6, 1)),
          'W3': np.random.randn(1, 6) * 0.5, 'b3': np.zeros((1, 1))}
for i in range(500):
    A3, cache = forward_with_dropout(X, params, keep_prob=0.86)
    grads = backward_with_dropout(X, Y, params, A3, cache, keep_prob=0.86)
    for key in params:
        params[key] = params[key] - 0.3 * grads[key]
    if i % 100 == 0:
        cost = -np.mean(Y * np.log(A3) + (1 - Y) * np.log(1 - A3))
        print("Cost after iteration {}: {}".format(i, cost))

A1 = relu(params['W1'] @ X + params['b1'])
A2 = relu(params['W2'] @ A1 + params['b2'])
print("train accuracy:", np.mean((sigmoid(params['W3'] @ A2 + params['b3']) > 0.5) == Y))

# 8-3-8 autoencoder on one-hot vectors
from numpy import array, dot, exp, eye, mean, random, round, zeros

random.seed(14)
X = eye(8)

enc_w = random.uniform(-1, 1, (8, 3))
enc_b = zeros((1, 3))
dec_w = random.uniform(-1, 1, (3, 8))
dec_b = zeros((1, 8))


def sigmoid(x):
    return 1 / (1 + exp(-x))


def dsigmoid(s):
    return s * (1 - s)


def encode(x):
    return sigmoid(dot(x, enc_w) + enc_b)


def decode(code):
    return sigmoid(dot(code, dec_w) + dec_b)


lr = 2.0
for epoch in range(1501):
    code = encode(X)
    out = decode(code)
    cost = mean(((out - X) ** 2).sum(axis=1)) / 2

    d_out = (out - X) / len(X) * dsigmoid(out)
    d_code = dot(d_out, dec_w.T) * dsigmoid(code)

    dec_w -= lr * dot(code.T, d_out)
    dec_b -= lr * d_out.sum(axis=0, keepdims=True)
    enc_w -= lr * dot(X.T, d_code)
    enc_b -= lr * d_code.sum(axis=0, keepdims=True)

    if epoch % 300 == 0:
        print('epoch', epoch, 'reconstruction error', cost)

print(round(encode(X), 1))
print('decoded', decode(array([[0.5, 0.5, 0.5]])).argmax())

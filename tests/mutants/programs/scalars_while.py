import math
import random

# learning OR-but-not-both with nothing but plain python floats
random.seed(4)
w1, w2, w3, w4 = [random.uniform(-1, 1) for _ in range(4)]
w5, w6 = random.uniform(-1, 1), random.uniform(-1, 1)
b1 = b2 = b3 = 0.0
lr = 0.6

samples = [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]


def sig(t):
    return 1 / (1 + math.exp(-t))


epoch = 0
loss = 1.0
while loss > 0.02 and epoch < 1500:
    gw1 = gw2 = gw3 = gw4 = gw5 = gw6 = 0.0
    gb1 = gb2 = gb3 = 0.0
    loss = 0.0
    for x1, x2, t in samples:
        h1 = math.tanh(w1 * x1 + w2 * x2 + b1)
        h2 = math.tanh(w3 * x1 + w4 * x2 + b2)
        o = sig(w5 * h1 + w6 * h2 + b3)
        loss += 0.5 * (o - t) ** 2
        d = (o - t) * o * (1 - o)
        gw5 += d * h1
        gw6 += d * h2
        gb3 += d
        d1 = d * w5 * (1 - h1 ** 2)
        d2 = d * w6 * (1 - h2 ** 2)
        gw1 += d1 * x1
        gw2 += d1 * x2
        gb1 += d1
        gw3 += d2 * x1
        gw4 += d2 * x2
        gb2 += d2
    w1 -= lr * gw1
    w2 -= lr * gw2
    w3 -= lr * gw3
    w4 -= lr * gw4
    w5 -= lr * gw5
    w6 -= lr * gw6
    b1 -= lr * gb1
    b2 -= lr * gb2
    b3 -= lr * gb3
    if epoch % 100 == 0:
        print(epoch, loss)
    epoch += 1

print("stopped after", epoch, "epochs with loss", loss)
for x1, x2, t in samples:
    h1 = math.tanh(w1 * x1 + w2 * x2 + b1)
    h2 = math.tanh(w3 * x1 + w4 * x2 + b2)
    print(x1, x2, "->", round(sig(w5 * h1 + w6 * h2 + b3), 3), "want", t)

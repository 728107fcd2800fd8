import numpy as np

# sensor that is switched on late: the first samples are all zero and their target is zero too,
# so the first updates are exactly zero. After that the gradients are tiny (saturated tanh).
np.random.seed(19)
T = 60
signal = np.zeros((T, 3))
signal[8:] = np.random.randn(T - 8, 3) * 3
target = np.zeros((T, 1))
target[8:, 0] = np.tanh(signal[8:, 0]) * 0.5

Wi = np.random.randn(3, 5) * 2
Wo = np.random.randn(5, 1) * 0.1
eta = 0.05

for sweep in range(20):
    total = 0.0
    for t in range(T):
        x = signal[t:t + 1]
        hid = np.tanh(x @ Wi)
        out = hid @ Wo
        err = out - target[t:t + 1]
        total += float(err[0, 0] ** 2)

        gWo = hid.T @ (2 * err)
        gHid = 2 * err @ Wo.T
        gWi = x.T @ (gHid * (1 - hid ** 2))
        Wo = Wo - eta * gWo
        Wi = Wi - eta * gWi
    if sweep % 4 == 0:
        print("sweep", sweep, "squared error", total / T)

print(Wo.ravel())

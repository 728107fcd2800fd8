import numpy as np

np.random.seed(18)
H = 5   # hidden
D = 2   # inputs
T = 6   # time steps


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


Wf, Wi, Wc, Wo = [np.random.randn(H, H + D) * 0.4 for _ in range(4)]
bf, bi, bc, bo = np.ones((H, 1)), np.zeros((H, 1)), np.zeros((H, 1)), np.zeros((H, 1))
Wy = np.random.randn(1, H) * 0.4
by = np.zeros((1, 1))

# adding problem: sum of the two marked numbers
N = 20
values = np.random.rand(N, T)
marks = np.zeros((N, T))
for n in range(N):
    marks[n, np.random.choice(T, 2, replace=False)] = 1
answers = (values * marks).sum(axis=1)

lr = 0.05
for epoch in range(40):
    epoch_loss = 0
    for n in range(N):
        h, c = np.zeros((H, 1)), np.zeros((H, 1))
        tape = []
        for t in range(T):
            z = np.vstack((h, [[values[n, t]], [marks[n, t]]]))
            f = sigmoid(Wf @ z + bf)
            i = sigmoid(Wi @ z + bi)
            g = np.tanh(Wc @ z + bc)
            o = sigmoid(Wo @ z + bo)
            c_prev = c
            c = f * c_prev + i * g
            h = o * np.tanh(c)
            tape.append((z, f, i, g, o, c_prev, c))
        y = Wy @ h + by
        diff = y - answers[n]
        epoch_loss += 0.5 * diff[0, 0] ** 2

        dWy, dby = diff @ h.T, diff
        dh, dc = Wy.T @ diff, np.zeros((H, 1))
        dWf, dWi, dWc, dWo = [np.zeros((H, H + D)) for _ in range(4)]
        dbf, dbi, dbc, dbo = [np.zeros((H, 1)) for _ in range(4)]
        for z, f, i, g, o, c_prev, c in reversed(tape):
            do = dh * np.tanh(c) * o * (1 - o)
            dc = dc + dh * o * (1 - np.tanh(c) ** 2)
            df = dc * c_prev * f * (1 - f)
            di = dc * g * i * (1 - i)
            dg = dc * i * (1 - g ** 2)
            dWf += df @ z.T
            dWi += di @ z.T
            dWc += dg @ z.T
            dWo += do @ z.T
            dbf += df
            dbi += di
            dbc += dg
            dbo += do
            dz = Wf.T @ df + Wi.T @ di + Wc.T @ dg + Wo.T @ do
            dh = dz[:H]
            dc = f * dc
        for W, dW in zip((Wf, Wi, Wc, Wo, Wy, bf, bi, bc, bo, by), (dWf, dWi, dWc, dWo, dWy, dbf, dbi, dbc, dbo, dby)):
            W -= lr * dW
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", epoch_loss / N)
print("loss", epoch_loss / N)

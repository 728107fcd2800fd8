import numpy as np

# movie recommender: users x movies, 0 = not seen
R = np.array([
    [5, 3, 0, 1, 4],
    [4, 0, 0, 1, 3],
    [1, 1, 0, 5, 2],
    [1, 0, 0, 4, 0],
    [0, 1, 5, 4, 0],
    [2, 1, 3, 0, 5],
])
N, M = R.shape
K = 2
np.random.seed(2)
P = np.random.rand(N, K)
Q = np.random.rand(M, K)
bu = np.zeros(N)
bi = np.zeros(M)
mean_rating = R[R > 0].mean()
alpha, beta = 0.01, 0.02
samples = [(u, i, R[u, i]) for u in range(N) for i in range(M) if R[u, i] > 0]


def rmse():
    err = [(r - (mean_rating + bu[u] + bi[i] + P[u] @ Q[i])) ** 2 for u, i, r in samples]
    return np.sqrt(np.mean(err))


for step in range(200):
    np.random.shuffle(samples)
    for u, i, r in samples:
        e = r - (mean_rating + bu[u] + bi[i] + P[u, :].dot(Q[i, :].T))
        bu[u] += alpha * (e - beta * bu[u])
        bi[i] += alpha * (e - beta * bi[i])
        P_u = P[u, :].copy()
        P[u, :] += alpha * (e * Q[i, :] - beta * P[u, :])
        Q[i, :] += alpha * (e * P_u - beta * Q[i, :])
    if (step + 1) % 40 == 0:
        print("Iteration: %d ; error = %.4f" % (step + 1, rmse()))

print(np.round(mean_rating + bu[:, None] + bi[None, :] + P @ Q.T, 2))

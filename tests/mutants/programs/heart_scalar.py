"""one feature, two numbers to learn: does cholesterol predict the disease?"""
import math

import numpy as np

chol = np.array([175., 180, 190, 202, 210, 215, 221, 230, 238, 240, 251, 260, 264, 270, 283, 290])
sick = np.array([0., 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1])

x = (chol - chol.mean()) / chol.std()
w, b = 0.0, 0.0
alpha = 0.8


def cost(w, b):
    total = 0
    for i in range(len(x)):
        p = 1 / (1 + math.exp(-(w * x[i] + b)))
        total += sick[i] * math.log(p) + (1 - sick[i]) * math.log(1 - p)
    return -total / len(x)


history = [cost(w, b)]
while True:
    p = 1 / (1 + np.exp(-(w * x + b)))
    dw = np.mean((p - sick) * x)
    db = np.mean(p - sick)
    w, b = w - alpha * dw, b - alpha * db
    history.append(cost(w, b))
    if history[-2] - history[-1] < 1e-6:
        break

print("iterations:", len(history))
print("w = %.5f, b = %.5f, cost = %.6f" % (w, b, history[-1]))
level = (-b / w) * chol.std() + chol.mean()
print("50 percent at %.1f" % level)

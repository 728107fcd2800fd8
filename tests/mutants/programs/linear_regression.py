import numpy as np
import matplotlib.pyplot as plt

# Hours studied vs marks
hours = np.array([1.1, 2.5, 3.2, 3.8, 4.5, 5.1, 5.9, 6.9, 7.7, 8.5])
marks = np.array([17, 21, 27, 35, 41, 47, 62, 76, 85, 75])

m = 0
c = 0
L = 0.02
epochs = 1000
n = float(len(hours))

for i in range(epochs):
    Y_pred = m * hours + c
    D_m = (-2 / n) * sum(hours * (marks - Y_pred))
    D_c = (-2 / n) * sum(marks - Y_pred)
    m = m - L * D_m
    c = c - L * D_c
    if i % 200 == 0:
        print("epoch", i, "mse", np.mean((marks - Y_pred) ** 2))

print("slope", m, "intercept", c)
Y_pred = m * hours + c
plt.scatter(hours, marks)
plt.plot([min(hours), max(hours)], [min(Y_pred), max(Y_pred)], color='red')
plt.show()

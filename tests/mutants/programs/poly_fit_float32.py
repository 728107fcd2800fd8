import numpy as np


def main():
    rng = np.random.RandomState(1)
    # fit sin(x) with a third order polynomial
    x = np.linspace(-np.pi, np.pi, 200, dtype=np.float32)
    y = np.sin(x).astype(np.float32)
    a, b, c, d = rng.randn(4).astype(np.float32) * np.float32(0.1)

    learning_rate = np.float32(1e-5)
    for t in range(1000):
        y_pred = a + b * x + c * x ** 2 + d * x ** 3
        loss = np.square(y_pred - y).sum()
        if t % 200 == 199:
            print(t, loss)

        grad_y_pred = 2 * (y_pred - y)
        grad_a = grad_y_pred.sum()
        grad_b = (grad_y_pred * x).sum()
        grad_c = (grad_y_pred * x ** 2).sum()
        grad_d = (grad_y_pred * x ** 3).sum()

        a -= learning_rate * grad_a
        b -= learning_rate * grad_b
        c -= learning_rate * grad_c
        d -= learning_rate * grad_d

    print(f'Result: y = {a:.4f} + {b:.4f} x + {c:.4f} x^2 + {d:.4f} x^3')


if __name__ == '__main__':
    main()

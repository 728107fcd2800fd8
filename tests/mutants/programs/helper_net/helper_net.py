import numpy as np

from nn_helpers import make_blobs, one_hot, sigmoid, softmax, xavier


def train(X, Y, hidden=7, epochs=150, lr=0.5, batch=16):
    rng = np.random.default_rng(1)
    W1, b1 = xavier(rng, X.shape[1], hidden)
    W2, b2 = xavier(rng, hidden, Y.shape[1])
    history = []
    for epoch in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch):
            sel = order[start:start + batch]
            xb, yb = X[sel], Y[sel]

            A1 = sigmoid(xb @ W1 + b1)
            P = softmax(A1 @ W2 + b2)

            dZ2 = (P - yb) / len(sel)
            dZ1 = (dZ2 @ W2.T) * sigmoid(A1, derivative=True)
            W2 -= lr * A1.T @ dZ2
            b2 -= lr * dZ2.sum(axis=0)
            W1 -= lr * xb.T @ dZ1
            b1 -= lr * dZ1.sum(axis=0)

        # loss on everything, after the batches
        P = softmax(sigmoid(X @ W1 + b1) @ W2 + b2)
        history.append(-np.sum(Y * np.log(P + 1e-8)) / len(X))
        if epoch % 30 == 0:
            print("Epoch", epoch, "loss", history[-1])
    return W1, b1, W2, b2


def main():
    X, labels = make_blobs(seed=3)
    Y = one_hot(labels, 3)
    W1, b1, W2, b2 = train(X, Y)
    guess = softmax(sigmoid(X @ W1 + b1) @ W2 + b2).argmax(axis=1)
    print("accuracy", np.mean(guess == labels))
    print("norms", np.linalg.norm(W1), np.linalg.norm(W2), b1.sum(), b2)


if __name__ == "__main__":
    main()

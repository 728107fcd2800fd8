import numpy as np

corpus = """the quick brown fox jumps over the lazy dog the dog sleeps
and the fox runs over the hill while the lazy dog sleeps""".split()
vocab = sorted(set(corpus))
word2id = {w: i for i, w in enumerate(vocab)}
ids = np.array([word2id[w] for w in corpus])
V = len(vocab)
d = 6

# context = two words before and two words after
contexts, targets = [], []
for i in range(2, len(ids) - 2):
    contexts.append([ids[i - 2], ids[i - 1], ids[i + 1], ids[i + 2]])
    targets.append(ids[i])
contexts, targets = np.array(contexts), np.array(targets)
N = len(targets)

np.random.seed(8)
E = np.random.randn(V, d) * 0.5
W = np.random.randn(d, V) * 0.5
lr = 0.5

for epoch in range(200):
    emb = E[contexts]            # N, 4, d  (a word may come twice in one context)
    h = emb.mean(axis=1)
    scores = h @ W
    scores = scores - scores.max(axis=1, keepdims=True)
    exps = np.exp(scores)
    probs = exps / exps.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(N), targets] + 1e-8).mean()

    dscores = probs
    dscores[np.arange(N), targets] -= 1
    dscores /= N
    dW = h.T @ dscores
    dh = dscores @ W.T
    dE = np.zeros_like(E)
    for c in range(4):
        np.add.at(dE, contexts[:, c], dh / 4)

    W -= lr * dW
    E -= lr * dE
    if epoch % 40 == 0:
        print(f"epoch {epoch}: loss {loss:.4f}")

pred = (E[contexts].mean(axis=1) @ W).argmax(axis=1)
print("hits:", (pred == targets).sum(), "of", N)
for w in ("fox", "dog"):
    print(w, np.round(E[word2id[w]], 3))

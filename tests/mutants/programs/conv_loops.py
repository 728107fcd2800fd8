import numpy as np

# tiny CNN with plain loops: 6x6 images with a horizontal or a vertical line
np.random.seed(6)


def make_image(kind):
    img = np.random.rand(6, 6) * 0.2
    k = np.random.randint(6)
    if kind == 0:
        img[k, :] += 1
    else:
        img[:, k] += 1
    return img


labels = [i % 2 for i in range(30)]
images = [make_image(l) for l in labels]

n_filters = 2
filters = np.random.randn(n_filters, 3, 3) / 9
filter_bias = np.zeros(n_filters)
W = np.random.randn(n_filters * 4 * 4) * 0.1
b = 0.0
lr = 0.05


def conv_forward(img):
    out = np.zeros((n_filters, 4, 4))
    for f in range(n_filters):
        for i in range(4):
            for j in range(4):
                out[f, i, j] = np.sum(img[i:i + 3, j:j + 3] * filters[f]) + filter_bias[f]
    return out


for epoch in range(12):
    total_loss, correct = 0, 0
    for img, label in zip(images, labels):
        conv = conv_forward(img)
        act = np.maximum(conv, 0)
        flat = act.flatten()
        p = 1 / (1 + np.exp(-(np.dot(W, flat) + b)))
        total_loss += -(label * np.log(p) + (1 - label) * np.log(1 - p))
        correct += int((p > 0.5) == label)

        # backward
        dlogit = p - label
        dW = dlogit * flat
        db = dlogit
        dact = (dlogit * W).reshape(act.shape)
        dconv = dact.copy()
        dconv[conv <= 0] = 0
        dfilters = np.zeros_like(filters)
        dbias = np.zeros_like(filter_bias)
        for f in range(n_filters):
            for i in range(4):
                for j in range(4):
                    dfilters[f] += dconv[f, i, j] * img[i:i + 3, j:j + 3]
            dbias[f] = dconv[f].sum()

        W -= lr * dW
        b -= lr * db
        filters -= lr * dfilters
        filter_bias -= lr * dbias
    print('epoch', epoch, 'loss', total_loss / len(images), 'correct', correct)

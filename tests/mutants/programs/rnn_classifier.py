import numpy as np


class RNN:
    """many-to-one RNN: reads a word list, says whether it is happy"""

    def __init__(self, input_size, output_size, hidden_size=6):
        rnd = np.random.RandomState(0)
        self.Whh = rnd.randn(hidden_size, hidden_size) / 4
        self.Wxh = rnd.randn(hidden_size, input_size) / 4
        self.Why = rnd.randn(output_size, hidden_size) / 4
        self.bh = np.zeros((hidden_size, 1))
        self.by = np.zeros((output_size, 1))

    def forward(self, inputs):
        h = np.zeros((self.Whh.shape[0], 1))
        self.last_inputs = inputs
        self.last_hs = {0: h}
        for i, x in enumerate(inputs):
            h = np.tanh(self.Wxh @ x + self.Whh @ h + self.bh)
            self.last_hs[i + 1] = h
        return self.Why @ h + self.by

    def backprop(self, d_y, learn_rate=0.1):
        n = len(self.last_inputs)
        d_Why = d_y @ self.last_hs[n].T
        d_by = d_y
        d_Whh = np.zeros(self.Whh.shape)
        d_Wxh = np.zeros(self.Wxh.shape)
        d_bh = np.zeros(self.bh.shape)
        d_h = self.Why.T @ d_y
        for t in reversed(range(n)):
            temp = (1 - self.last_hs[t + 1] ** 2) * d_h
            d_bh += temp
            d_Whh += temp @ self.last_hs[t].T
            d_Wxh += temp @ self.last_inputs[t].T
            d_h = self.Whh.T @ temp
        # clip by the norm of each gradient
        for d in [d_Wxh, d_Whh, d_Why, d_bh, d_by]:
            size = np.linalg.norm(d)
            if size > 0.5:
                d *= 0.5 / size
        self.Whh -= learn_rate * d_Whh
        self.Wxh -= learn_rate * d_Wxh
        self.Why -= learn_rate * d_Why
        self.bh -= learn_rate * d_bh
        self.by -= learn_rate * d_by


train_data = {'good': True, 'bad': False, 'happy': True, 'sad': False, 'not good': False, 'not bad': True,
              'not happy': False, 'not sad': True, 'very good': True, 'very bad': False, 'i am happy': True,
              'this is sad right now': False, 'i am not sad': True, 'this is not good at all': False}
vocab = sorted({w for text in train_data for w in text.split(' ')})


def create_inputs(text):
    return [np.eye(len(vocab))[:, [vocab.index(w)]] for w in text.split(' ')]


def softmax(xs):
    return np.exp(xs) / sum(np.exp(xs))


rnn = RNN(len(vocab), 2)
for epoch in range(150):
    loss = 0
    num_correct = 0
    for text, label in train_data.items():
        target = int(label)
        probs = softmax(rnn.forward(create_inputs(text)))
        loss -= np.log(probs[target, 0])
        num_correct += int(np.argmax(probs) == target)
        d_L_d_y = probs
        d_L_d_y[target] -= 1
        rnn.backprop(d_L_d_y)
    if epoch % 30 == 29:
        print('--- Epoch %d\nTrain:\tLoss %.3f | Accuracy: %.3f' % (epoch + 1, loss / len(train_data), num_correct / len(train_data)))

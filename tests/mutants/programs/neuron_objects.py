import math
import random


class Neuron:
    def __init__(self, n_inputs, bias):
        self.bias = bias
        self.weights = [random.uniform(-0.5, 0.5) for _ in range(n_inputs)]

    def calculate_output(self, inputs):
        self.inputs = inputs
        self.output = self.squash(self.calculate_total_net_input())
        return self.output

    def calculate_total_net_input(self):
        total = 0
        for i in range(len(self.inputs)):
            total += self.inputs[i] * self.weights[i]
        return total + self.bias

    def squash(self, total_net_input):
        return 1 / (1 + math.exp(-total_net_input))

    def pd_error_wrt_total_net_input(self, target):
        return -(target - self.output) * self.pd_output_wrt_net()

    def pd_output_wrt_net(self):
        return self.output * (1 - self.output)

    def error(self, target):
        return 0.5 * (target - self.output) ** 2


class NeuronLayer:
    def __init__(self, n_neurons, n_inputs):
        self.neurons = [Neuron(n_inputs, 0.35) for _ in range(n_neurons)]

    def feed_forward(self, inputs):
        return [n.calculate_output(inputs) for n in self.neurons]


class NeuralNetwork:
    LEARNING_RATE = 0.5

    def __init__(self, n_inputs, n_hidden, n_outputs):
        self.hidden = NeuronLayer(n_hidden, n_inputs)
        self.out = NeuronLayer(n_outputs, n_hidden)

    def feed_forward(self, inputs):
        return self.out.feed_forward(self.hidden.feed_forward(inputs))

    def train(self, inputs, targets):
        self.feed_forward(inputs)
        # 1. output deltas
        d_out = [n.pd_error_wrt_total_net_input(targets[o]) for o, n in enumerate(self.out.neurons)]
        # 2. hidden deltas
        d_hidden = [0] * len(self.hidden.neurons)
        for h, neuron in enumerate(self.hidden.neurons):
            s = 0
            for o in range(len(self.out.neurons)):
                s += d_out[o] * self.out.neurons[o].weights[h]
            d_hidden[h] = s * neuron.pd_output_wrt_net()
        # 3. update output neurons, then hidden neurons
        for o, neuron in enumerate(self.out.neurons):
            for w in range(len(neuron.weights)):
                neuron.weights[w] -= self.LEARNING_RATE * d_out[o] * neuron.inputs[w]
            neuron.bias -= self.LEARNING_RATE * d_out[o]
        for h, neuron in enumerate(self.hidden.neurons):
            for w in range(len(neuron.weights)):
                neuron.weights[w] -= self.LEARNING_RATE * d_hidden[h] * neuron.inputs[w]
            neuron.bias -= self.LEARNING_RATE * d_hidden[h]

    def total_error(self, training_sets):
        total = 0
        for inputs, targets in training_sets:
            self.feed_forward(inputs)
            for o, t in enumerate(targets):
                total += self.out.neurons[o].error(t)
        return total


random.seed(0)
training_sets = [([0.05, 0.9], [0.1, 0.8]), ([0.7, 0.2], [0.9, 0.3]), ([0.4, 0.5], [0.2, 0.2])]
nn = NeuralNetwork(2, 3, 2)
for i in range(400):
    inputs, targets = random.choice(training_sets)
    nn.train(inputs, targets)
    if i % 80 == 0:
        print(i, round(nn.total_error(training_sets), 9))
print(nn.feed_forward([0.05, 0.9]))

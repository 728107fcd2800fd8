import numpy
import scipy.special


# neural network class definition
class neuralNetwork:

    def __init__(self, inputnodes, hiddennodes, outputnodes, learningrate):
        self.inodes = inputnodes
        self.hnodes = hiddennodes
        self.onodes = outputnodes
        # link weight matrices, wih and who (no biases)
        self.wih = numpy.random.normal(0.0, pow(self.inodes, -0.5), (self.hnodes, self.inodes))
        self.who = numpy.random.normal(0.0, pow(self.hnodes, -0.5), (self.onodes, self.hnodes))
        self.lr = learningrate
        self.activation_function = lambda x: scipy.special.expit(x)

    # train the neural network with one example
    def train(self, inputs_list, targets_list):
        inputs = numpy.array(inputs_list, ndmin=2).T
        targets = numpy.array(targets_list, ndmin=2).T

        hidden_inputs = numpy.dot(self.wih, inputs)
        hidden_outputs = self.activation_function(hidden_inputs)
        final_inputs = numpy.dot(self.who, hidden_outputs)
        final_outputs = self.activation_function(final_inputs)

        # output layer error is the (target - actual)
        output_errors = targets - final_outputs
        output_grad = output_errors * final_outputs * (1.0 - final_outputs)
        # hidden layer error is the output_grad, split by weights
        hidden_errors = numpy.dot(self.who.T, output_grad)

        self.who += self.lr * numpy.dot(output_grad, numpy.transpose(hidden_outputs))
        self.wih += self.lr * numpy.dot((hidden_errors * hidden_outputs * (1.0 - hidden_outputs)),
                                        numpy.transpose(inputs))

    # query the neural network
    def query(self, inputs_list):
        inputs = numpy.array(inputs_list, ndmin=2).T
        hidden_inputs = numpy.dot(self.wih, inputs)
        hidden_outputs = self.activation_function(hidden_inputs)
        final_inputs = numpy.dot(self.who, hidden_outputs)
        return self.activation_function(final_inputs)


numpy.random.seed(11)
# 3x3 "pictures": horizontal bar, vertical bar, diagonal
bar_h = [0, 0, 0, 1, 1, 1, 0, 0, 0]
bar_v = [0, 1, 0, 0, 1, 0, 0, 1, 0]
diag = [1, 0, 0, 0, 1, 0, 0, 0, 1]
data = [(bar_h, 0), (bar_v, 1), (diag, 2)]

n = neuralNetwork(9, 6, 3, 0.3)
for e in range(150):
    for record, label in data:
        # scale and shift the inputs
        inputs = (numpy.asarray(record, dtype=float) * 0.99) + 0.01
        targets = numpy.zeros(3) + 0.01
        targets[label] = 0.99
        n.train(inputs, targets)

scorecard = []
for record, label in data:
    outputs = n.query((numpy.asarray(record, dtype=float) * 0.99) + 0.01)
    print(outputs.ravel())
    scorecard.append(1 if numpy.argmax(outputs) == label else 0)
print("performance = ", numpy.asarray(scorecard).sum() / len(scorecard))

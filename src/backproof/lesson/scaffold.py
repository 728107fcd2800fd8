"""The lines around the steps, in both programs: what each of them is for, in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from backproof.program.derivation import Step

BOTH = {
    r"import base64": "This module turns packed text back into bytes.",
    r"import zlib": "This module unpacks the bytes of arrays that are too long to be written out.",
    r"import numpy as np": "NumPy computes with whole arrays at once. `np` is its usual short name.",
    r"from scipy.special import erf": "The error function, which NumPy does not have.",
    r"def unpack\(": "This function gives back an array that was packed into text, to the last bit.",
    r"return np.frombuffer\(zlib": "The text becomes bytes, the bytes become numbers, and the numbers get their shape.",
    r"random = np.random.RandomState\(": "All chance comes from a seed, so that the same weights are drawn every time.",
    r"(\w+, )*\w+ = \(array.astype": "The weights are brought to single precision.",
    r"generator = np.random.default_rng\(": "The order of the rows, and whatever is dropped, come from this generator.",
    r"epochs = ": "The program goes through the data so many times.",
    r"batch_size = ": "So many rows are taken for one step.",
    r"patience = ": "Training stops after so many epochs without a better loss.",
    r"losses = \[\]": "The loss of every epoch will be kept in this list.",
    r"best_loss, best_epoch = float\(": "Nothing has been reached yet, so any loss is better than the best one.",
    r"for epoch in range\(epochs\):": "One epoch is one time through the data.",
    r"total = 0.0": "The losses of the batches will be added up here.",
    r"for start in range\(0, len\(order\), batch_size\):": "Batch after batch is taken from the shuffled rows.",
    r"rows = order\[start": "These are the numbers of the rows in this batch.",
    r"x, y = x_train\[rows\], y_train\[rows\]": "The batch is made of these rows.",
    r"total = total \+ .*len\(rows\)": "The batch's loss is a mean, so it counts once for every row of the batch.",
    r"total = total \+ ": "The batch's loss is added.",
    r"losses.append\(total / len\(order\)\)": (
        "The sum over the rows, divided by their number, is the epoch's mean loss."
    ),
    r"losses.append\(total\)": "The sum over the batches is the loss of the epoch.",
    r"if epoch % ": "The loss is printed only every so many epochs.",
    r"print\(f\"epoch": "The number of the epoch and its loss are printed.",
    r"if (validation_loss|losses\[-1\]) < best_loss": "Has the loss become better than ever before?",
    r"best_loss, best_epoch = ": "Then this loss and this epoch are the ones to beat.",
    r"elif epoch - best_epoch >= patience:": "If nothing has become better for a while, it is time to stop.",
    r"break": "The loop ends here.",
    r"(x|x_train) = ": "`x` is what the network is given: a row for every sample.",
    r"(y|y_train) = ": "`y` is what it should answer to every row.",
    r"x_validation = ": "These rows are not learnt from: they tell how the network does on what it has not seen.",
    r"y_validation = ": "These are the right answers to them.",
    r"x_new = ": "These rows are new to the network.",
    r"np.seterr\(": "NumPy need not warn of an infinity that leads to the right number.",
}
"""Patterns of lines that both programs have, and what the lines do."""
NUMPY = {
    r"order = generator.permutation": "The rows are put into a new order in every epoch.",
    r"losses.append\(float\(loss\)\)": "The loss is kept as an ordinary number.",
    r"validation_loss = float\(evaluate\(": (
        "The loss on the rows that are not learnt from tells whether it only learns by heart."
    ),
    r"best = ": "The parameters are remembered. No line writes into an array, so nothing can change them.",
    r"(\w+,? ?)+ = best": "The best parameters are taken back.",
    r"print\(predict\(x_new\)\)": "The trained network answers to the new rows.",
    r"(\w+) = np.zeros_like\(": "The optimizer's memory of this parameter starts at zero.",
    r"(\w+) = np.full_like\(": "The optimizer's memory of this parameter starts at this number.",
    r"t = 0": "No step has been taken yet.",
    r"def evaluate\(": "This function gives the loss on rows that are not learnt from.",
    r"def predict\(": (
        "This function gives the trained network's answer: the forward lines once more, and nothing else."
    ),
    r"return ": "This is what the function gives back.",
    r"learning_rate = ": (
        "The learning rate says how long a step is: each parameter moves by its gradient times this number."
    ),
    r"momentum = ": "Each step keeps so large a part of the step before it.",
    r"dampening = ": "So large a part of a new gradient is held back.",
    r"weight_decay = ": "Every weight is pulled towards zero, by so large a part of itself.",
    r"beta1 = ": "The running mean of the gradient keeps so large a part of itself.",
    r"beta2 = ": "The running mean of the squared gradient keeps so large a part of itself.",
    r"alpha = ": "The running mean of the squared gradient keeps so large a part of itself.",
    r"eps = ": "This small number keeps the division from dividing by zero.",
    r"lr_decay = ": "The learning rate falls with every step, by so much.",
    r"clip_norm = ": "All gradients together may be so long.",
    r"(w|b|gain|shift|running_mean|running_var)\d+ = ": "The parameter starts from these numbers.",
}
TORCH = {
    r"import torch$": "PyTorch computes with arrays, too, and remembers how each of them came about.",
    r"from torch import nn, optim": "`nn` has layers, activations and losses; `optim` has the optimizers.",
    r"torch.set_default_dtype": "NumPy computes with 64 bits a number. PyTorch is told to do the same.",
    r"class Network\(nn.Module\):": (
        "A network in PyTorch is a class built on `nn.Module`, which finds all parameters in it."
    ),
    r"class \w+\(nn.Module\):": (
        "PyTorch has this module with a chance of its own; this one shares the NumPy program's."
    ),
    r"def __init__\(self.*": "This is run once, when the network is made. It makes the layers.",
    r"super\(\).__init__\(\)": (
        "`nn.Module` sets up its own bookkeeping first. Without this line no layer could be registered."
    ),
    r"self.linear\d+ = ": "A layer of weighted sums. Its weight and its bias are parameters that autograd follows.",
    r"self.\w+\d+ = ": "The module does what the op of the same name does.",
    r"self.\w+ = ": "The setting is kept with the module.",
    r"def forward\(self, x.*": "This says how the data flows. `model(x)` calls it.",
    r"\w+ = self.linear\d+\(": "The weighted sums of the layer, with its bias.",
    r"\w+ = self.\w+\(": "The numbers go through this module.",
    r"return ": "This is what the network answers.",
    r"if not self.training": "When the network predicts, nothing is dropped.",
    r"mask = ": "Each number is kept or dropped by chance.",
    r"model = Network\(\)": "One network is made, with first weights of PyTorch's own.",
    r"with torch.no_grad\(\):": (
        "Inside this block PyTorch does not remember what is computed, because nothing is to be learnt from it."
    ),
    r"model.\w+\d+.weight.copy_\(torch.from_numpy\(\w+.T\)\)": (
        "The first weights are NumPy's. PyTorch keeps them the other way round, so they are transposed."
    ),
    r"model.\w+\d+.\w+.copy_": "The first numbers of this parameter are NumPy's.",
    r"criterion = ": "This is the loss. It is a module as well.",
    r"optimizer = ": "The optimizer is handed all parameters of the network, and moves them when it is told to.",
    r"scheduler = ": "The scheduler changes the learning rate from epoch to epoch.",
    r"order = torch.from_numpy\(generator": "The rows are put into the order that the NumPy program draws.",
    r"output = model\(x\)": "Forward: the network answers, and autograd writes down every operation on the way.",
    r"loss = ": "The loss compares the answers with the targets, and is written down, too.",
    r"optimizer.zero_grad\(\)": (
        "The gradients of the step before are thrown away. PyTorch would add the new ones to them."
    ),
    r"loss.backward\(\)": (
        "Autograd goes back through all that it wrote down, and leaves a gradient at every parameter."
    ),
    r"nn.utils.clip_grad_norm_": "If all gradients together are too long, they are shortened.",
    r"optimizer.step\(\)": "Every parameter moves against its gradient.",
    r"losses.append\(loss.item\(\)\)": "`item()` takes the plain number out of the loss, without its history.",
    r"scheduler.step\(\)": "The epoch is over, and the learning rate may change.",
    r"model.eval\(\)": "The network is told that it is not being trained, which matters to layers such as dropout.",
    r"model.train\(\)": "The network is told that it is being trained again.",
    r"validation_loss = ": "The loss on the rows that are not learnt from.",
    r"best = ": "The parameters are copied, because the optimizer writes into them.",
    r"model.load_state_dict\(best\)": "The best parameters are taken back.",
    r"print\(model\(x_new\)\)": "The trained network answers to the new rows.",
    r"(w|b|gain|shift|running_mean|running_var)\d+ = ": (
        "The parameter's first numbers, made by NumPy as in the other program."
    ),
}


PACKED = " The array is too long to be written out, so it is packed into the line."


def explain_line(line: str, own: Mapping[str, str]) -> str:
    """The sentence for a line that is no step; empty for a comment or an empty line.

    `own` is NUMPY or TORCH. Raises KeyError for a line that nobody has explained.
    """
    code = line.strip()
    if not code or code.startswith(("#", '"""')) or code in ("]", ")", "])"):
        return ""
    for pattern, sentence in (*own.items(), *BOTH.items()):
        if re.match(pattern, code):
            return sentence + (PACKED if 'unpack("' in code else "")
    raise KeyError(code)


def explain_lines(
    lines: Iterable[str], own: Mapping[str, str], steps: Iterable[Step] = ()
) -> tuple[tuple[str, str], ...]:
    """Lines of a program with their sentences; `steps` are those among them whose sentence is the op's own.

    Numbers of an array that runs over several lines are left out. A line that nobody has explained, as in a module of
    the reader's own, stands there by itself.
    """
    known = {step.code: as_sentence(step.sentence) for step in steps}
    rows = []
    inside = False
    for line in lines:
        code = line.strip()
        if inside:
            inside = not code.startswith("]")
            continue
        try:
            sentence = known[code] if code in known else explain_line(line, own)
        except KeyError:
            sentence = "This line belongs to a module that is not PyTorch's own."
        if sentence:
            inside = code.endswith("[")
            rows.append((code + (" … ]" if inside else ""), sentence))
    return tuple(rows)


def as_sentence(comment: str) -> str:
    """A comment of an op as a sentence. Without one, the line starts a scale, a shift or a running number."""
    if not comment:
        return "This parameter starts at numbers that change nothing yet."
    return comment[:1].upper() + comment[1:] + ("" if comment.endswith((".", "?", "!")) else ".")

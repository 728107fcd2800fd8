"""The lines around the steps, in both programs: what each of them is for, in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter

from backproof.program.derivation import Step

BOTH = {
    r"import base64": "This module turns packed text back into bytes.",
    r"import zlib": "This module unpacks the bytes of arrays that are too long to be written out.",
    r"import numpy as np": "NumPy computes with whole arrays at once. `np` is its usual short name.",
    r"from scipy.special import erf": "The error function, which NumPy does not have.",
    r"def unpack\(": "This function gives back an array that was packed into text, to the last bit.",
    r"return np.frombuffer\(zlib": ("This is what the function gives back."),
    r"random = np.random.RandomState\(": ("The random numbers start from a seed, so they are the same every time."),
    r"[\w, ]+ = \(array.astype": "The weights are brought to single precision.",
    r"generator = np.random.default_rng\(": ("What chance decides during the training comes from this generator."),
    r"epochs = ": ("The program goes through the data this many times."),
    r"batch_size = ": ("Each step takes this many rows."),
    r"patience = ": ("Training stops when this many epochs have brought no better loss."),
    r"losses = \[\]": "The loss of every epoch will be kept in this list.",
    r"best_loss, best_epoch = float\(": ("The best loss so far is infinite, so that the first loss is better."),
    r"for epoch in range\(epochs\):": "One epoch is one time through the data.",
    r"total = 0.0": "The losses of the batches will be added up here.",
    r"for start in range\(0, len\(order\), batch_size\):": (
        "The shuffled rows are taken in batches, one after the other."
    ),
    r"rows = order\[start": "These are the numbers of the rows in this batch.",
    r"x, y = x_train\[rows\], y_train\[rows\]": "The batch is made of these rows.",
    r"total = total \+ .*len\(rows\)": "The batch's loss is a mean, so it counts once for every row of the batch.",
    r"total = total \+ ": "The batch's loss is added.",
    r"losses.append\(total / len\(order\)\)": (
        "The sum over the rows, divided by their number, is the epoch's mean loss."
    ),
    r"losses.append\(total\)": "The sum over the batches is the loss of the epoch.",
    r"if epoch % ": ("Now and then the loss is printed."),
    r"print\(f\"epoch": "The number of the epoch and its loss are printed.",
    r"if (validation_loss|losses\[-1\]) < best_loss": ("Is this loss better than every one before it?"),
    r"best_loss, best_epoch = ": "Then this loss and this epoch are the ones to beat.",
    r"elif epoch - best_epoch >= patience:": "If nothing has become better for a while, it is time to stop.",
    r"break": "The loop ends here.",
    r"(x|x_train) = ": ("`x` is what the network is given. Each row is a sample."),
    r"(y|y_train) = ": ("`y` is the right answer for every row."),
    r"x_validation = ": (
        "The network does not learn from these rows. They show how it does on rows that it has not seen."
    ),
    r"y_validation = ": ("These are the right answers for them."),
    r"x_new = ": ("These are the rows to predict."),
    r"np.seterr\(": (
        "On the way to a right number there may be an infinity, as in 1/infinity, which is 0. NumPy need not warn "
        "of it."
    ),
}
"""Patterns of lines that both programs have, and what the lines do."""
NUMPY = {
    r"order = generator.permutation": "The rows are put into a new order in every epoch.",
    r"losses.append\(float\(loss\)\)": "The loss is kept as an ordinary number.",
    r"validation_loss = float\(evaluate\(": (
        "The loss on the other rows shows whether the network only learns the rows by heart."
    ),
    r"best = ": ("The parameters are remembered. Every update makes a new array, so these stay as they are."),
    r"[\w, ]+ = best$": "The best parameters are taken back.",
    r"print\(predict\(x_new\)\)": ("The trained network predicts the new rows."),
    r"(\w+) = np.zeros_like\(": "The optimizer's memory of this parameter starts at zero.",
    r"(\w+) = np.full_like\(": "The optimizer's memory of this parameter starts at this number.",
    r"t = 0": "No step has been taken yet.",
    r"def evaluate\(": "This function gives the loss on rows that are not learnt from.",
    r"def predict\(": (
        "This function gives the trained network's prediction. It has no loss, no gradient and no update."
    ),
    r"return ": "This is what the function gives back.",
    r"learning_rate = ": ("The learning rate sets how long the steps are."),
    r"momentum = ": ("Each step keeps this fraction of the one before."),
    r"dampening = ": ("This fraction of a new gradient is held back."),
    r"weight_decay = ": ("Every parameter is pulled towards zero. This number says how hard."),
    r"beta1 = ": ("The running mean of the gradient keeps this fraction of itself in each step."),
    r"beta2 = ": ("The running mean of the squared gradient keeps this fraction of itself in each step."),
    r"alpha = ": ("The running mean of the squared gradient keeps this fraction of itself in each step."),
    r"eps = ": "This small number keeps the division from dividing by zero.",
    r"lr_decay = ": ("The larger this number, the faster the learning rate falls."),
    r"clip_norm = ": ("The gradients of all parameters together may be this long."),
    r"(w|b|gain|shift|running_mean|running_var)\d+ = ": "The parameter starts from these numbers.",
}
TORCH = {
    r"import torch$": ("PyTorch computes with arrays, too. It can record how each of them was computed."),
    r"from torch import nn, optim": "`nn` has layers, activations and losses; `optim` has the optimizers.",
    r"torch.set_default_dtype": "NumPy computes with 64 bits a number. PyTorch is told to do the same.",
    r"class Network\(nn.Module\):": (
        "A network in PyTorch is a class built on `nn.Module`, which finds all parameters in it."
    ),
    r"class \w+\(nn.Module\):": (
        "PyTorch has this module with a chance of its own; this one shares the NumPy program's."
    ),
    r"def __init__\(self.*": ("This is run once, when the network is made."),
    r"super\(\).__init__\(\)": (
        "This calls the constructor of the parent class. `nn.Module` sets up its bookkeeping there."
    ),
    r"self.linear\d+ = nn.Linear\((\d+), (\d+).*": (
        r"A layer of weighted sums. Of every row, the numbers that go in are \1, and those that come out are \2."
    ),
    r"self.\w+\d+ = ": ("A module that does what the op of the same name does."),
    r"self.\w+ = ": "The setting is kept with the module.",
    r"def forward\(self, \w+.*": "This says how the data flows. `model(x)` calls it.",
    r"\w+ = self.linear\d+\(": "The weighted sums of the layer, with its bias.",
    r"\w+ = self.\w+\(": ("The numbers go through this module."),
    r"return ": "This is the network's output.",
    r"if not self.training": "When the network predicts, nothing is dropped.",
    r"mask = ": "Each number is kept or dropped by chance.",
    r"model = Network\(\)": "One network is made, with first weights of PyTorch's own.",
    r"with torch.no_grad\(\):": ("Inside this block autograd records nothing."),
    r"model.\w+\d+.weight.copy_\(torch.from_numpy\(\w+.T\)\)": (
        "The first weights are NumPy's. PyTorch keeps them the other way round, so they are transposed."
    ),
    r"model.\w+\d+.\w+.copy_": "The first numbers of this parameter are NumPy's.",
    r"criterion = ": ("This is the loss, the same as in the NumPy program."),
    r"optimizer = ": ("The optimizer is handed all parameters of the network. `lr` is the learning rate."),
    r"scheduler = ": "The scheduler changes the learning rate from epoch to epoch.",
    r"order = torch.from_numpy\(generator": "The rows are put into the order that the NumPy program draws.",
    r"output = model\(x\)": ("Forward: `model(x)` calls `forward`, and autograd records every operation on the way."),
    r"loss = ": ("The loss compares the output with the targets. Autograd records this as well."),
    r"optimizer.zero_grad\(\)": (
        "The gradients of the step before are thrown away. PyTorch would add the new ones to them."
    ),
    r"loss.backward\(\)": (
        "Autograd goes back through its record and leaves a gradient at every parameter, in `.grad`."
    ),
    r"nn.utils.clip_grad_norm_": "If all gradients together are too long, they are shortened.",
    r"optimizer.step\(\)": ("The optimizer moves every parameter."),
    r"losses.append\(loss.item\(\)\)": ("`item()` takes the plain number out of the loss."),
    r"scheduler.step\(\)": "The epoch is over, and the learning rate may change.",
    r"model.eval\(\)": ("The network is told that it is not being trained. That matters to layers such as dropout."),
    r"model.train\(\)": "The network is told that it is being trained again.",
    r"validation_loss = ": "The loss on the rows that are not learnt from.",
    r"best = ": "The parameters are copied, because the optimizer writes into them.",
    r"model.load_state_dict\(best\)": "The best parameters are taken back.",
    r"print\(model\(x_new\)\)": ("The trained network predicts the new rows."),
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
        if match := re.match(pattern, code):
            return match.expand(sentence) + (PACKED if 'unpack("' in code else "")
    raise KeyError(code)


def explain_lines(
    lines: Iterable[str], own: Mapping[str, str], known: Mapping[str, str] | None = None
) -> tuple[tuple[str, str], ...]:
    """Lines of a program with their sentences. `known` are lines that have a sentence of their own in this program.

    Lines that follow each other and do the same stand together. Numbers of an array that runs over several lines are
    left out. A line that nobody has explained, as in a module of
    the reader's own, stands there by itself.
    """
    known = known or {}
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
    # what is the same for several lines in a row is said once
    groups = groupby(rows, key=itemgetter(1))
    return tuple(("\n".join(code for code, _ in group), sentence) for sentence, group in groups)


def sentences(steps: Iterable[Step]) -> dict[str, str]:
    """The lines of steps, each with the sentence of its op."""
    return {step.code: as_sentence(step.sentence) for step in steps}


def as_sentence(comment: str) -> str:
    """A comment of an op as a sentence. Without one, the line starts a scale, a shift or a running number."""
    if not comment:
        return "It starts at numbers that change nothing yet."
    return comment[:1].upper() + comment[1:] + ("" if comment.endswith((".", "?", "!")) else ".")

"""Updates that are never made."""

from tests.mutants.catalogue.mutant import Mutant

BIAS_FIXED = "bias never updated"
WEIGHT_FIXED = "weight never updated"

UPDATES: tuple[Mutant, ...] = (
    Mutant(
        "adagrad_elu.py", BIAS_FIXED, "        biases[i] -= lr * gb / (np.sqrt(cache_b[i]) + 1e-8)\n", "", (48, 47, 42)
    ),
    Mutant("adaline_gd.py", BIAS_FIXED, "            self.w_[0] += self.eta * errors.sum()\n", "", (26,)),
    Mutant("autoencoder_tied.py", BIAS_FIXED, "            self.bv -= lr * dR.sum(axis=0)\n", "", (30, 21)),
    Mutant("char_rnn.py", BIAS_FIXED, "zip([Wxh, Whh, Why, bh, by],", "zip([Wxh, Whh, Why, bh, by.copy()],", (75, 43)),
    Mutant("class_attributes.py", BIAS_FIXED, "        cls.b1 -= cls.eta * cls.gb1\n", "", (32, 28)),
    Mutant("conv_loops.py", BIAS_FIXED, "        filter_bias -= lr * dbias\n", "", (64, 60)),
    Mutant(
        "deep_l2_layers.py", BIAS_FIXED, '        params["b" + str(l)] -= lr * grads["db" + str(l)]\n', "", (52, 63)
    ),
    Mutant("dropout_mlp.py", BIAS_FIXED, "for key in params:", "for key in ['W1', 'W2', 'W3', 'b3']:", (61,)),
    Mutant("early_stopping.py", BIAS_FIXED, "        b2 -= 0.05 * d_out.sum(axis=0)\n", "", (38,)),
    Mutant("layer_objects_xor.py", BIAS_FIXED, "        self.bias -= learning_rate * output_gradient\n", "", (30,)),
    Mutant("layer_rates.py", BIAS_FIXED, "        b[name] -= RATES[name] * d.mean(axis=0, keepdims=True)\n", "", (36,)),
    Mutant("layernorm_inner.py", BIAS_FIXED, "        self.shift -= lr * g_shift\n", "", (34, 28)),
    Mutant(
        "lists_of_dicts.py", BIAS_FIXED, "            neuron['weights'][-1] -= l_rate * neuron['delta']\n", "", (63, 53)
    ),
    Mutant("logistic_cancer.py", BIAS_FIXED, "            self.bias = self.bias - self.lr * db\n", "", (23, 21)),
    Mutant("matrix_factors.py", BIAS_FIXED, "        bi[i] += alpha * (e - beta * bi[i])\n", "", (33,)),
    Mutant("momentum_float32.py", BIAS_FIXED, "    b_out -= lr * v_b_out\n", "", (43, 47, 37)),
    Mutant(
        "neuron_objects.py", BIAS_FIXED, "            neuron.bias -= self.LEARNING_RATE * d_hidden[h]\n", "", (70, 62)
    ),
    Mutant(
        "no_loss_printed.py",
        BIAS_FIXED,
        "            self.B[k] = self.B[k] + eta * np.sum(delta[k], axis=1, keepdims=True)\n",
        "",
        (36,),
    ),
    Mutant("params_dict_class.py", BIAS_FIXED, "for name in self.params:", "for name in ('W1', 'W2', 'b2'):", (51, 39)),
    Mutant(
        "planar_dicts.py",
        BIAS_FIXED,
        'b2 = parameters["b2"] - learning_rate * grads["db2"]',
        'b2 = parameters["b2"]',
        (58, 68),
    ),
    Mutant(
        "residual_net.py",
        BIAS_FIXED,
        "return [(self.W, self.dW), (self.b, self.db), (self.V, self.dV)]",
        "return [(self.W, self.dW), (self.V, self.dV)]",
        (24, 61),
    ),
    Mutant("rnn_classifier.py", BIAS_FIXED, "        self.by -= learn_rate * d_by\n", "", (46, 27)),
    Mutant(
        "scalar_weights_class.py",
        BIAS_FIXED,
        "                self.b3 -= learn_rate * d_L_d_ypred * d_ypred_d_b3\n",
        "",
        (74, 55),
    ),
    Mutant("scalars_while.py", BIAS_FIXED, "    b2 -= lr * gb2\n", "", (40, 47)),
    Mutant("step_returns_tuple.py", BIAS_FIXED, "b2 - lr * grad_b2, loss", "b2, loss", (21,)),
    Mutant("svm_hinge.py", BIAS_FIXED, "                    self.b -= self.lr * (-y_[idx])\n", "", (25,)),
    Mutant("two_heads.py", BIAS_FIXED, "    bb -= lr * d_pre.sum(axis=0, keepdims=True)\n", "", (44,)),
    Mutant("batchnorm_steps.py", WEIGHT_FIXED, "    gamma -= lr * dgamma\n", "", (63, 23)),
    Mutant("bias_column.py", WEIGHT_FIXED, "        Ws[1] -= lr * a1.T.dot(g2)\n", "", (47, 51)),
    Mutant("binary_addition.py", WEIGHT_FIXED, "    synapse_h += synapse_h_update * alpha\n", "", (69, 64)),
    Mutant("class_attributes.py", WEIGHT_FIXED, "        cls.W1 -= cls.eta * cls.gW1\n", "", (27,)),
    Mutant("conv_im2col.py", WEIGHT_FIXED, "    kernel -= lr * dkernel\n", "", (64,)),
    Mutant("momentum_float32.py", WEIGHT_FIXED, "    w_hidden -= lr * v_w_hidden\n", "", (44, 48, 39)),
    Mutant("spiral_softmax.py", WEIGHT_FIXED, "    W2 += -step_size * dW2\n", "", (56, 49)),
    Mutant("xor_nonlin.py", WEIGHT_FIXED, "    syn0 += l0.T.dot(l1_delta)\n", "", (36, 34)),
)

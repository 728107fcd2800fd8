"""One small file for each of the optimizers."""

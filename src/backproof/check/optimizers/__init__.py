"""What stands between a gradient and a move: the optimizers that are known, held against what was seen."""

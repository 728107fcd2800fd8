"""Recorded steps are computed again in PyTorch, so that autograd can say what their gradients are."""

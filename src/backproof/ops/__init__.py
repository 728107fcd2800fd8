"""The pieces that networks are made of, each an ordinary NumPy function with its hand-derived backward."""

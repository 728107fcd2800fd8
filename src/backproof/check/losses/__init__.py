"""The losses that a program may descend, and whether its moves are the gradient of one."""

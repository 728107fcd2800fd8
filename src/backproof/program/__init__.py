"""From a network to the straight-line program that trains it, and to its text."""

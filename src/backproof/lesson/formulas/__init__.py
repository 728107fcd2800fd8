"""Mathematics: a line of a program as a formula, by its names and with the numbers of a run."""

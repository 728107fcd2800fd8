"""A file is rewritten so that it tells what it computes, and what it computed is kept: a node for each operation."""

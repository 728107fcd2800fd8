"""A stranger's file is run in a process of its own, with limits, and what it did is brought back."""

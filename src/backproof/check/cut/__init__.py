"""A record is cut into trainings and their steps: what is trained shows by what happens to it."""

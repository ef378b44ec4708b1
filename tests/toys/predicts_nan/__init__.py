"""A family that predicts what is no number."""

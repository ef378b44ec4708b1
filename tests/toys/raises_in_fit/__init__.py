"""A family whose algorithm has a bug in ``fit``."""

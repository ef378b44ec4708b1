"""Whole scenarios on real data, each a notebook, and what runs them without a browser: ``python -m examples``."""

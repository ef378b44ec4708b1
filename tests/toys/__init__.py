"""Tiny algorithm families: one that works, and one for each mistake that an algorithm can make."""

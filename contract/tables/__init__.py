"""Rows of numbers and categories: how channels and requests become tables, and tables answers."""

"""Nearest neighbours: records are answered from the indexed ones that lie closest."""

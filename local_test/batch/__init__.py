"""Batch transform: the files of a folder become requests, their answers become files."""

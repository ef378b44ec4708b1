"""Bytes that several kinds of data share: frames, records, lines and JSON bodies, each read and written once."""

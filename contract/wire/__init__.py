"""Bytes that several kinds of data share: frames, records, lines, JSON bodies and answers, each written once."""

"""The error of the examples."""


class ExampleError(Exception):
    """The message is one clear line with the remedy."""

"""What can go wrong with an example."""


class ExampleError(Exception):
    """The message is one clear line with the remedy."""

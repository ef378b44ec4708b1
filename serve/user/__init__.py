"""The user's own inference code: which of the steps it takes over."""

"""The user's own inference code, which takes over some of the steps."""

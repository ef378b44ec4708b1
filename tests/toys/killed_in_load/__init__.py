"""A family whose model is too much for the machine."""

"""A server of many models, each in a process of its own."""

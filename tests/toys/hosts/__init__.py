"""A family that trains on several hosts, goes on from an earlier model, and reads a companion channel."""

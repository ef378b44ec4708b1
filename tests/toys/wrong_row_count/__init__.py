"""A family that forgets a record."""

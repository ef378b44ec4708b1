"""A family that gets stuck on some records."""

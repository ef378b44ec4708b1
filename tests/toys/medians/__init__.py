"""A family that is judged by what is no mean over records."""

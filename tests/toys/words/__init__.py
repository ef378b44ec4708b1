"""A family of one toy, whose records are texts and whose answers are lists of texts."""

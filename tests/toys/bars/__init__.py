"""A family of one toy, whose answer to a record is a picture."""

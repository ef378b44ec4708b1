"""What is particular to one family."""

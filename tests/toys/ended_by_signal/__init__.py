"""What native libraries do to a process over damaged files."""

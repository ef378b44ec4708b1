"""Media types: bytes in, tables out, and back."""

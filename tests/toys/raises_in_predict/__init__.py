"""A family whose library fails."""

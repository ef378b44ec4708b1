"""Wrong input of every kind, through the real programs: a clear error each time, and nothing breaks."""

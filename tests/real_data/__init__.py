"""Real data sets against the scores that the plain library reaches with the same settings."""

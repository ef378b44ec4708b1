"""K-means: clusters around the means of a stream of records."""

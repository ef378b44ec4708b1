"""A family of one algorithm on numpy alone, so that train and serve are tested in milliseconds."""

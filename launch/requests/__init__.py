"""Pure functions: a job description becomes the service's own requests, as dictionaries."""

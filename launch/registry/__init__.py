"""Images: preflight of a local image, its repository in ECR, and the check of what was pushed."""

"""A fitted column transformer, the first container of an inference pipeline."""

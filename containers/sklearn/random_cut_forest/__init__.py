"""Random Cut Forest: unsupervised anomaly scores from trees that cut at random."""

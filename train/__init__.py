"""The training side of the contract: from /opt/ml to a model, metrics and a report."""

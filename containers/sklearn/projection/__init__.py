"""Principal component analysis: the directions in which records vary most."""

"""The training loop that every network of this family shares: hosts, checkpoints, epochs, the network as a file."""

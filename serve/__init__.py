"""The hosting side of the contract: ``serve`` answers /ping and /invocations for any algorithm's model."""

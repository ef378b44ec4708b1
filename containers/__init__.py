"""The contract that every algorithm signs (the modules here) and the families that sign it (the folders here)."""

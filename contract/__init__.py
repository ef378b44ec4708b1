"""The contract: what an algorithm signs, and all that ``train``, ``serve`` and ``launch`` know of it."""

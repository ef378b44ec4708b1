"""Images: what is wrong with one before it is pushed, the repository that it goes to, and what arrived there."""

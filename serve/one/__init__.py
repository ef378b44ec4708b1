"""A server of one model: its steps, its processes, its memory."""

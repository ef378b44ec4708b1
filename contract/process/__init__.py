"""The process around a program: what the container may use of the machine, and how the program exits."""

"""Writing to the terminal and to folders."""

"""Reading arguments, files and standard input."""

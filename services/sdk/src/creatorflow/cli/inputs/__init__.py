"""The inputs of the commands: arguments, files, standard input, the environment."""

"""The outputs of the commands: the terminal and the folder of `--out`."""

"""The implementations of the commands, on top of the client."""

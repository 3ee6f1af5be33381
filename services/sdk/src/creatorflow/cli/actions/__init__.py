"""Carrying out the commands against the client."""

"""The commands, their options and help."""

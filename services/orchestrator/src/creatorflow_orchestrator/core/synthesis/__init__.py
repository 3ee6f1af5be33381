"""Synthesis: the one result of a saga, made from the results of its steps."""

"""Queries and operators' commands, answered beside the batches."""

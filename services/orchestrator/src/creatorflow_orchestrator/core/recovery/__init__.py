"""Decisions for failed attempts, and carrying them out."""

"""Rendering answers as text and tables."""

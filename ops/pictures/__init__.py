"""`make pictures`: records the pictures of the documentation from the real system."""

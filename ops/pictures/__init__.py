"""`make pictures`: what a user sees, recorded from the real system."""

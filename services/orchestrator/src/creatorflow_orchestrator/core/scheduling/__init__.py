"""The scheduling of steps, and changes of a plan while it runs."""

"""Guards and loop checks in CEL."""

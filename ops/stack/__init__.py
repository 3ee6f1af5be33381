"""`make stack`: builds the system of compose.yaml, uses it, injects failures, and checks that nothing is lost."""

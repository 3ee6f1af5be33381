"""The planning of a request: from its text to an analysis, agents and steps."""

"""From the words of a request to a plan: analysis, agents, steps."""

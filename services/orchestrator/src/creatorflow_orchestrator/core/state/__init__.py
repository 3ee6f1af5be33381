"""Values of the state machine: saga, steps, events, commands."""

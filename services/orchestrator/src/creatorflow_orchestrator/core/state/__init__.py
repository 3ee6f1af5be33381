"""The values that the state machine works on: saga, steps, events, commands."""

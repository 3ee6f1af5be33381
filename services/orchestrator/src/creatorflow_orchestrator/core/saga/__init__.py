"""The state machine of a saga: `advance(saga, event)`."""

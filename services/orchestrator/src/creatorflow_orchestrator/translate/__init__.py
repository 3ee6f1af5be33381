"""The translation between contract models and core values, in both directions. No other package knows both."""

"""Between the wire and the core: contract models in, core values out, and back. No other place knows both."""

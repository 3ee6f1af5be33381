"""Which steps may start, and how a plan is changed while it runs."""

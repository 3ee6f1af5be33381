"""Work beside the batches: wake-ups, load limit, retention, background tasks."""

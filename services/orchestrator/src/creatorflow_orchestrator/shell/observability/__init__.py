"""Spans, log lines and metrics of committed batches."""

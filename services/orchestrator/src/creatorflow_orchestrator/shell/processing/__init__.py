"""Processing batches: the worker, the batch processor and the handlers of messages."""

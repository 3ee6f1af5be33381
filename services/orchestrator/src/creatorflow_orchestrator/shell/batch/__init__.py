"""One batch: its items, the state of its sagas, and the rows that it writes."""

"""Messages in and out: the consumers of queues and the relay of the outbox."""

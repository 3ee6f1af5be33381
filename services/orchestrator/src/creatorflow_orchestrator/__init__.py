"""Analyses a request, plans it, delegates its steps over RabbitMQ, recovers, and synthesises one result."""

__version__ = "1.0.0"

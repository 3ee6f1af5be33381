"""The broker's client, and the only package that knows it: connections, channels, its errors mapped to ours.

Rules for this package: it decides nothing. What is borrowed from inside the client stands in `fast_publish` alone.
"""

from .channel import Channel
from .connection import BrokerConnection

__all__ = ["BrokerConnection", "Channel"]

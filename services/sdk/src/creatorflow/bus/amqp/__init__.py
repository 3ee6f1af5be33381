"""Adapter of the broker's client: connections, channels, its errors mapped to ours. No other package imports it.

Rules for this package: it makes no decisions. Private parts of the client are used in `fast_publish` only.
"""

from .channel import Channel
from .connection import BrokerConnection

__all__ = ["BrokerConnection", "Channel"]

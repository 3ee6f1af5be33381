"""The message bus: confirmed publishing, resilient consuming, declaration of the topology."""

from .bus import REPLY_QUEUE, Bus, QueueCounts
from .consumer import Consumer, Sink
from .errors import (
    BrokerRefused,
    BusError,
    BusUnavailable,
    MessageRefused,
    Nacked,
    NotFound,
    PublishRefused,
    Unroutable,
)
from .messages import IncomingMessage, OutgoingMessage, ack_all
from .traced_publish import carried_by, publish_traced

__all__ = [
    "REPLY_QUEUE",
    "BrokerRefused",
    "Bus",
    "BusError",
    "BusUnavailable",
    "Consumer",
    "IncomingMessage",
    "MessageRefused",
    "Nacked",
    "NotFound",
    "OutgoingMessage",
    "PublishRefused",
    "QueueCounts",
    "Sink",
    "Unroutable",
    "ack_all",
    "carried_by",
    "publish_traced",
]

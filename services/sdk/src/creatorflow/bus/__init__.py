"""The message bus: publish with confirmation, consume for ever, declare what must exist."""

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

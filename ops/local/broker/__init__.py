"""The ways to a RabbitMQ, tried in order: `ladder.obtain`. What is had is a `Broker`."""

from ops.local.broker.model import Broker, BrokerUrl, Node
from ops.local.broker.probe import probe

__all__ = ["Broker", "BrokerUrl", "Node", "probe"]

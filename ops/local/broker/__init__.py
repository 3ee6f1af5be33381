"""The ways to get a RabbitMQ, tried in order by `ladder.obtain`, which returns a `Broker`."""

from ops.local.broker.model import Broker, BrokerUrl, Node
from ops.local.broker.probe import probe

__all__ = ["Broker", "BrokerUrl", "Node", "probe"]

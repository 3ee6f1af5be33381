"""What this package raises.

    ContractsError
    ├── NameInvalid      a name that cannot stand in a routing key or a queue's name
    ├── BrokerTooOld     a broker that lacks what the topology needs
    └── CardsInvalid     an agent card in the package's data that cannot be read

Messages that arrive are never answered by raising: the door returns a `Problem`.
"""

from __future__ import annotations


class ContractsError(Exception):
    """Root of everything this package raises."""


class NameInvalid(ContractsError, ValueError):
    """A name is lower-case words joined by '-' or '_', at most 64 characters, and none of the reserved ones."""


class BrokerTooOld(ContractsError):
    """The broker is older than RabbitMQ 3.10, the first with dead letters that are never lost."""


class CardsInvalid(ContractsError):
    """An agent card in the package's data cannot be read."""

"""The exceptions of this package.

    ContractsError
    ├── NameInvalid      a name that cannot be part of a routing key or a queue's name
    ├── BrokerTooOld     a broker that lacks what the topology needs
    ├── CardsInvalid     an agent card in the package's data that cannot be read
    └── NamesInvalid     a file of named things in the package's data that cannot be read

An invalid message raises none of them: the ingress returns a `Problem`.
"""

from __future__ import annotations


class ContractsError(Exception):
    """Base class of this package's exceptions."""


class NameInvalid(ContractsError, ValueError):
    """A name is not lower-case words joined by '-' or '_' of at most 64 characters, or it is reserved."""


class BrokerTooOld(ContractsError):
    """The broker is older than RabbitMQ 3.10, the first with dead letters that are never lost."""


class CardsInvalid(ContractsError):
    """An agent card in the package's data cannot be read."""


class NamesInvalid(ContractsError):
    """A file of named things in the package's data cannot be read."""

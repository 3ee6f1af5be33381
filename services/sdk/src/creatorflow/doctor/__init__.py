"""Comparison of a live broker with the topology, which reports every difference and changes nothing.

Existence, arguments and the user's permissions are checked over AMQP, with the user's own rights. Bindings and policies
can be read only from the management API; without it they are reported as not checked.
"""

from .examine import examine
from .finding import Finding, Severity

__all__ = ["Finding", "Severity", "examine"]

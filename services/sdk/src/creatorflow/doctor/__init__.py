"""Compares a live broker with the topology and says, thing by thing, what differs. It changes nothing.

What plain AMQP can tell is asked there, with the user's own rights: what exists, with which arguments, and what the
user may do. Bindings and policies can be read only from the management API; without it they are reported as not
checked.
"""

from .examine import examine
from .finding import Finding, Severity

__all__ = ["Finding", "Severity", "examine"]

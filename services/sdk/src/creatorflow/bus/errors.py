"""The errors of the bus.

BusError
├── BusUnavailable        not now: no connection, or no confirm in time; try again with the same stable id
├── BrokerRefused         wrong credentials, no such virtual host, a broker too old: an operator must act
├── PublishRefused        the broker has refused a message
│   ├── Unroutable        nothing is bound to that exchange under that key
│   ├── Nacked            a queue is full (`reject-publish`), or could not store it
│   └── MessageRefused    this message can never be sent: too large, headers too large, no such exchange, not permitted
└── ChannelFailed         the broker has closed a channel
    ├── NotFound          no such queue or exchange
    ├── NotPermitted      the user's permissions do not allow it
    ├── Locked            an exclusive queue of another connection
    └── Mismatch          it exists with other arguments
"""

from __future__ import annotations


class BusError(Exception):
    """Base class of the bus's errors."""


class BusUnavailable(BusError):
    """The broker cannot be reached, or did not confirm in time.

    `may_have_arrived` is False if the message was certainly not sent. If it is True the message may have arrived: send
    it again with the same id in its body, the receiver ignores a duplicate.
    """

    def __init__(self, message: str, *, may_have_arrived: bool = False) -> None:
        super().__init__(message)
        self.may_have_arrived = may_have_arrived


class BrokerRefused(BusError):
    """The broker refused the connection permanently: credentials, virtual host or version."""


class PublishRefused(BusError):
    """The broker has received the message and not accepted it."""


class Unroutable(PublishRefused):
    """No queue is bound for this key; the message is in no queue."""


class Nacked(PublishRefused):
    """A queue did not accept it: full, or unable to store. It may accept it later."""


class MessageRefused(PublishRefused):
    """This message cannot be sent in this form, now or later."""


class ChannelFailed(BusError):
    """The broker has closed the channel; the text is the broker's reason."""


class NotFound(ChannelFailed):
    """There is no such queue or exchange."""


class NotPermitted(ChannelFailed):
    """The user may not do this."""


class Locked(ChannelFailed):
    """The queue belongs to another connection."""


class Mismatch(ChannelFailed):
    """It exists, with other arguments than required."""

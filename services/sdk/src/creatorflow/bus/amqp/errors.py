"""Mapping of the errors of the broker's client to ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import aiormq
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, DeliveryError, PublishError

from creatorflow.bus.errors import (
    BrokerRefused,
    BusError,
    BusUnavailable,
    ChannelFailed,
    Locked,
    Mismatch,
    Nacked,
    NotFound,
    NotPermitted,
    Unroutable,
)

CLIENT_ERRORS = (*CONNECTION_EXCEPTIONS, TimeoutError)

_CHANNEL_ERRORS: Mapping[type[BaseException], type[ChannelFailed]] = {
    aiormq.exceptions.ChannelAccessRefused: NotPermitted,
    aiormq.exceptions.ChannelNotFoundEntity: NotFound,
    aiormq.exceptions.ChannelLockedResource: Locked,
    aiormq.exceptions.ChannelPreconditionFailed: Mismatch,
}
_REFUSALS = (
    aiormq.exceptions.AuthenticationError,
    aiormq.exceptions.ProbableAuthenticationError,
    aiormq.exceptions.ConnectionNotAllowed,
    aiormq.exceptions.IncompatibleProtocolError,
)


def map_error(error: BaseException | None) -> BusError:
    """Return our error for one of the client's. Connection errors of any kind are BusUnavailable, outcome unknown."""
    if isinstance(error, BusError):
        return error
    if isinstance(error, PublishError):
        returned: Any = error.frame
        return Unroutable(f"no queue takes {returned.routing_key} on {returned.exchange}")
    if isinstance(error, DeliveryError):
        return Nacked("the broker did not accept the message: a queue is full or cannot store it")
    if isinstance(error, aiormq.exceptions.AMQPChannelError):
        kind = next((ours for theirs, ours in _CHANNEL_ERRORS.items() if isinstance(error, theirs)), ChannelFailed)
        return kind(" ".join(str(part) for part in error.args if part) or "the broker closed the channel")
    if isinstance(error, _REFUSALS):
        return BrokerRefused(" ".join(str(part) for part in error.args if part))
    reason = f"{type(error).__name__}: {error}" if error is not None and str(error) else type(error).__name__
    return BusUnavailable(f"the connection to the broker is lost ({reason})", may_have_arrived=True)


@contextmanager
def mapped() -> Iterator[None]:
    """Map errors of the client that are raised inside."""
    try:
        yield
    except BusError:
        raise
    except CLIENT_ERRORS as error:
        raise map_error(error) from error

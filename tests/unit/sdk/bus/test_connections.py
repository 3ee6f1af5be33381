"""Connection errors that end a process, and those after which it retries."""

from __future__ import annotations

import errno

import pytest
from creatorflow.bus import BrokerRefused, BusUnavailable
from creatorflow.bus.amqp import BrokerConnection


@pytest.mark.parametrize(
    ("url", "error", "raised"),
    [
        ("amqp://broker/", PermissionError(errno.EPERM, "a firewall's no"), BusUnavailable),
        ("amqp://broker/", PermissionError(errno.EACCES, "a policy's no"), BusUnavailable),
        ("amqps://broker/", PermissionError(errno.EPERM, "a firewall's no"), BusUnavailable),
        ("amqps://broker/", FileNotFoundError(errno.ENOENT, "no such certificate"), BrokerRefused),
        ("amqps://broker/", PermissionError(errno.EACCES, "not for this user"), BrokerRefused),
    ],
)
async def test_an_unreadable_tls_file_is_final_and_a_network_error_is_not(
    monkeypatch: pytest.MonkeyPatch, url: str, error: OSError, raised: type[Exception]
) -> None:
    async def connect(*_: object) -> None:
        raise error

    monkeypatch.setattr("creatorflow.bus.amqp.connection.RobustConnection.connect", connect)
    with pytest.raises(raised):
        await BrokerConnection(url, name="tries", app_id="test", heartbeat=10).open(1)

"""The broker of `make up`: one for all commands, restarted after a crash on the same address, removed completely."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ops.local.broker import Broker, BrokerUrl, probe
from ops.local.broker.container import Container
from ops.local.broker.kept import KeptBroker
from ops.local.broker.server import PrivateNode
from ops.local.console import Unavailable
from ops.local.docker import docker


@pytest.fixture
def kept(broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptBroker:
    """A kept broker with its own state folder, started in the same way as the tests' broker."""
    if broker.way == "url":
        pytest.skip("the broker was given by URL: it is not started by us")
    monkeypatch.setenv("LOCAL_BROKER", broker.way)
    return KeptBroker(tmp_path, tmp_path)


def test_a_crashed_broker_is_restarted_with_its_vhosts_and_removed_completely(kept: KeptBroker) -> None:
    first = kept.obtain()
    try:
        assert kept.obtain().url == first.url
        assert (kept.state / "broker.json").stat().st_mode & 0o777 == 0o600
        vhost = first.new_vhost()
        first.own.kill()
        assert kept.obtain().url == first.url
        assert probe(vhost)
    finally:
        kept.remove()
    assert gone(first)
    kept.remove()


def gone(broker: Broker) -> bool:
    """True if there is no listener, no container, no epmd and no folder left."""
    with pytest.raises(Unavailable):
        probe(broker.url)
    if isinstance(broker.node, Container):
        return broker.node.name not in docker("ps", "--all", "--format", "{{.Names}}").split()
    assert isinstance(broker.node, PrivateNode)
    with socket.socket() as epmd, pytest.raises(ConnectionRefusedError):
        epmd.connect((BrokerUrl.parse(broker.url).host, broker.node.ports.epmd))
    return not broker.node.folder.exists()


def test_a_broker_given_by_url_is_neither_started_nor_removed(
    broker: Broker, broker_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREATORFLOW_AMQP_URL", broker_url)
    kept = KeptBroker(tmp_path, tmp_path)
    given = kept.obtain()
    assert (given.way, given.url, given.node, kept.is_ours()) == ("url", broker_url, None, False)
    kept.remove()
    assert probe(broker_url) == broker.version

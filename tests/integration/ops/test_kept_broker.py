"""The broker of `make up`: one for all commands, back after a crash on the same address, gone without a trace."""

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
    """A memory of its own; the way is that of the tests' broker, which has shown that it works."""
    if broker.way == "url":
        pytest.skip("the broker was given by URL: it is not started by us")
    monkeypatch.setenv("LOCAL_BROKER", broker.way)
    return KeptBroker(tmp_path, tmp_path)


def test_it_comes_back_after_a_crash_with_its_vhosts_and_leaves_nothing_behind(kept: KeptBroker) -> None:
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
    """No listener, no container, no epmd, no folder."""
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

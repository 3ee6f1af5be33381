"""The ways to a broker are tried in order; a failed one is reported, and nothing is left broken."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

from ops.local import apt
from ops.local.broker import Broker, BrokerUrl
from ops.local.broker.ladder import by_server, by_url, obtain
from ops.local.broker.server import Ports, PrivateNode, find_sbin, new_folder
from ops.local.console import Refused, Unavailable
from ops.local.docker import docker

HAD = Broker("docker", "amqp://localhost/", None, None)


def fails(reason: str) -> Broker:
    raise Unavailable(reason)


def test_a_failed_way_to_a_broker_is_reported_in_one_line_and_the_next_is_tried(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ways = (("url", lambda: fails("no login")), ("docker", lambda: HAD), ("server", lambda: fails("never asked")))
    assert obtain(ways, {"CREATORFLOW_AMQP_URL": "amqp://nowhere/"}) is HAD
    assert capsys.readouterr().err == "broker: url: no login; trying the next way\n"


def test_an_unset_url_is_not_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    obtain((("url", lambda: fails("not set")), ("docker", lambda: HAD)), {})
    assert capsys.readouterr().err == ""


def test_without_any_broker_one_line_explains_the_remedy() -> None:
    with pytest.raises(Refused, match="set CREATORFLOW_AMQP_URL, or start a Docker engine, or install") as refusal:
        obtain((("docker", lambda: fails("no engine")),), {})
    assert "\n" not in str(refusal.value)


def test_a_single_way_can_be_selected() -> None:
    ways = (("docker", lambda: fails("not to be asked")), ("server", lambda: HAD))
    assert obtain(ways, {"LOCAL_BROKER": "server"}) is HAD
    with pytest.raises(Refused, match="LOCAL_BROKER is not one of url, docker, server"):
        obtain(ways, {"LOCAL_BROKER": "kafka"})


@pytest.mark.parametrize("url", ["amqp://guest:guest@127.0.0.1:1/", "amqp://127.0.0.1:notaport/", "nonsense"])
def test_an_unreachable_url_is_a_failed_way_and_its_password_is_hidden(url: str) -> None:
    with pytest.raises(Unavailable) as failure:
        by_url(url)
    assert "guest" not in str(failure.value)


@pytest.mark.parametrize(
    "url",
    [
        "amqp://user:pass%2Fword@host:5673/my%2Fhost",
        "amqps://u:p@host:5671/%2F?heartbeat=10",
        "amqp://u:p@[::1]:5672/%2F",
    ],
)
def test_a_url_survives_parsing_and_formatting(url: str) -> None:
    assert str(BrokerUrl.parse(url)) == url


def test_a_url_gets_another_vhost_and_keeps_everything_else() -> None:
    url = BrokerUrl.parse("amqp://u:p@host/mine?heartbeat=10").with_vhost("a/b")
    assert str(url) == "amqp://u:p@host:5672/a%2Fb?heartbeat=10"


def test_without_a_server_apt_is_tried_only_by_root_on_debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "can_install", lambda: False)
    monkeypatch.setattr("ops.local.broker.server.find_sbin", lambda: None)
    _, run = by_server(lambda: tmp_path, Ports.choose, tmp_path / "log")
    with pytest.raises(Unavailable, match="no rabbitmq-server on this machine, and only root on Debian or Ubuntu"):
        run()


def test_a_server_is_installed_with_its_missing_runtime_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def install(packages: Sequence[str], log: Path, out: object) -> None:
        asked.extend(packages)
        fails("apt-get is not for tests")

    monkeypatch.setattr(apt, "can_install", lambda: True)
    monkeypatch.setattr(apt, "nothing_starts", nullcontext)
    monkeypatch.setattr(apt, "_install", install)
    monkeypatch.setattr("ops.local.broker.server.find_sbin", lambda: None)
    _, run = by_server(lambda: tmp_path, Ports.choose, tmp_path / "log")
    with pytest.raises(Unavailable):
        run()
    assert asked == ["rabbitmq-server", "netbase"]


def test_a_port_taken_in_the_meantime_causes_a_second_start_on_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = Ports(1, 2, 3, 4)

    def run(folder: Path, ports: Ports) -> Broker:
        return fails("ended at once") if ports == taken else HAD

    monkeypatch.setattr("ops.local.broker.server.find_sbin", lambda: tmp_path)
    monkeypatch.setattr("ops.local.broker.server.run", run)
    _, run_by_server = by_server(lambda: tmp_path, lambda: taken, tmp_path / "log")
    assert run_by_server() is HAD
    assert "once more, on other ports" in capsys.readouterr().err


@pytest.mark.parametrize("before", [None, "#!/bin/sh\nexit 104\n"])
def test_the_machines_policy_is_restored_after_an_installation(tmp_path: Path, before: str | None) -> None:
    policy = tmp_path / "policy-rc.d"
    if before is not None:
        policy.write_text(before)
        policy.chmod(0o750)
    with pytest.raises(RuntimeError), apt.nothing_starts(policy):
        assert policy.read_text().endswith("exit 101\n")
        raise RuntimeError("apt failed")
    if before is None:
        assert not policy.exists()
    else:
        assert (policy.read_text(), policy.stat().st_mode & 0o777) == (before, 0o750)


def test_the_newest_installed_server_is_found(tmp_path: Path) -> None:
    assert find_sbin(tmp_path) is None
    for version in ("3.10.8", "4.0.5"):
        script = tmp_path / f"rabbitmq_server-{version}" / "sbin" / "rabbitmq-server"
        script.parent.mkdir(parents=True)
        script.touch()
    found = find_sbin(tmp_path)
    assert found is not None
    assert found.parent.name == "rabbitmq_server-4.0.5"


def test_a_private_node_ignores_the_machines_settings_and_listens_on_loopback(tmp_path: Path) -> None:
    node = PrivateNode(tmp_path, Path("/sbin"), "/bin/epmd", Ports(1, 2, 3, 4))
    node.write_settings()
    assert "listeners.tcp.local = 127.0.0.1:1\n" in (tmp_path / "rabbitmq.conf").read_text()
    environment = node.environment()
    inside = {name for name, value in environment.items() if value.startswith(str(tmp_path))}
    assert {"HOME", "RABBITMQ_MNESIA_BASE", "RABBITMQ_LOG_BASE", "RABBITMQ_CONFIG_FILE"} <= inside
    assert {"RABBITMQ_ENABLED_PLUGINS_FILE", "RABBITMQ_CONF_ENV_FILE", "RABBITMQ_PID_FILE"} <= inside
    assert environment["ERL_EPMD_ADDRESS"] == "127.0.0.1"


def test_a_node_file_is_private_and_survives_the_round_trip(tmp_path: Path) -> None:
    node = PrivateNode(tmp_path, Path("/sbin"), "/bin/epmd", Ports(1, 2, 3, 4))
    node.save(tmp_path / "node.json")
    assert PrivateNode.load(tmp_path / "node.json") == node
    assert (tmp_path / "node.json").stat().st_mode & 0o777 == 0o600
    assert node.password not in repr(node)


def test_a_folder_with_a_space_is_not_passed_to_the_servers_scripts(tmp_path: Path) -> None:
    folder = new_folder(tmp_path / "a b")
    assert " " not in str(folder)
    folder.rmdir()
    assert new_folder(tmp_path / "ab") == tmp_path / "ab"


def test_a_missing_docker_command_is_a_reason_and_not_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unavailable, match="no docker command"):
        docker("info")

"""TLS to the broker and to PostgreSQL, with certificates of an authority that the test creates; certificates of
another authority are refused with exit code 78 and one line."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from creatorflow.bus import BrokerRefused, Bus
from creatorflow.settings import Settings
from creatorflow_orchestrator.settings import OrchestratorSettings
from creatorflow_orchestrator.shell.store import Store, StoreMisconfigured

from ops.local.broker.container import IMAGE as RABBITMQ
from ops.local.console import Unavailable
from ops.local.docker import docker, need_image, remove
from ops.local.ports import LOOPBACK, free_port
from tests.servers.postgres import IMAGE as POSTGRES
from tests.waiting import patient, until

BIN = Path(sys.executable).parent
RABBITMQ_CONF = """\
listeners.tcp = none
listeners.ssl.default = 5671
ssl_options.cacertfile = /tls/ca.pem
ssl_options.certfile = /tls/server.pem
ssl_options.keyfile = /tls/server.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
"""
POSTGRES_START = (
    "install -o postgres -m 600 /tls/server.pem /tls/server.key /tmp && exec docker-entrypoint.sh postgres "
    "-c fsync=off -c ssl=on -c ssl_cert_file=/tmp/server.pem -c ssl_key_file=/tmp/server.key"
)


@dataclass(frozen=True)
class Files:
    """The paths of the certificate files: a trusted authority, another one, server and client certificates and keys."""

    folder: Path

    def __getattr__(self, name: str) -> str:
        return str(self.folder / name.replace("_", "."))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("tls")
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    other.cert_pem.write_to_path(folder / "other.pem")
    for name, cert in (("server", authority.issue_cert(LOOPBACK)), ("client", authority.issue_cert("client.test"))):
        cert.private_key_pem.write_to_path(folder / f"{name}.key")
        cert.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
        (folder / f"{name}.key").chmod(0o644)
    (folder / "rabbitmq.conf").write_text(RABBITMQ_CONF)
    folder.chmod(0o755)
    return Files(folder)


def _container(image: str, files: Files, port: int, inside: int, *options: str, command: tuple[str, ...] = ()) -> str:
    """Starts a container that contains the certificates."""
    name = f"creatorflow-tls-{secrets.token_hex(4)}"
    docker("create", "--name", name, "--publish", f"{LOOPBACK}:{port}:{inside}", *options, image, *command)
    docker("cp", f"{files.folder}/.", f"{name}:/tls")
    docker("start", name)
    return name


def _skip_without_image(image: str) -> None:
    try:
        need_image(image, "TLS")
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def broker_url(files: Files) -> Iterator[str]:
    _skip_without_image(RABBITMQ)
    port = free_port()
    login = ("--env", "RABBITMQ_DEFAULT_USER=tls", "--env", "RABBITMQ_DEFAULT_PASS=geheim")
    settings = ("--env", "RABBITMQ_CONFIG_FILE=/tls/rabbitmq.conf")
    name = _container(RABBITMQ, files, port, 5671, *login, *settings)
    until(lambda: "completed with" in docker("logs", name), "RabbitMQ with TLS")
    yield f"amqps://tls:geheim@{LOOPBACK}:{port}/"
    remove([name])


@pytest.fixture(scope="module")
def store_url(files: Files) -> Iterator[str]:
    _skip_without_image(POSTGRES)
    port = free_port()
    options = ("--env", "POSTGRES_PASSWORD=geheim", "--entrypoint", "sh")
    name = _container(POSTGRES, files, port, 5432, *options, command=("-c", POSTGRES_START))
    ready = ("exec", name, "pg_isready", "-q", "-h", "127.0.0.1")

    def answers() -> bool:
        try:
            docker(*ready)
        except Unavailable:
            return False
        return True

    until(answers, "PostgreSQL with TLS")
    yield f"postgresql://postgres:geheim@{LOOPBACK}:{port}/postgres?sslmode=verify-full&sslrootcert="
    remove([name])


@pytest.fixture
def broker_settings(monkeypatch: pytest.MonkeyPatch, files: Files, broker_url: str) -> pytest.MonkeyPatch:
    """Settings in the environment with which services reach the broker."""
    monkeypatch.setenv("CREATORFLOW_AMQP_URL", broker_url)
    monkeypatch.setenv("CREATORFLOW_AMQP_CA_FILE", files.ca_pem)
    monkeypatch.setenv("CREATORFLOW_AMQP_CERT_FILE", files.client_pem)
    monkeypatch.setenv("CREATORFLOW_AMQP_KEY_FILE", files.client_key)
    return monkeypatch


async def _connect() -> None:
    async with Bus.connect(Settings.load().amqp_url.get_secret_value(), name="tls") as bus:
        assert bus.is_connected


async def test_a_service_and_a_broker_that_trust_each_other_connect(broker_settings: pytest.MonkeyPatch) -> None:
    await _connect()


async def test_a_broker_of_another_authority_is_refused(broker_settings: pytest.MonkeyPatch, files: Files) -> None:
    broker_settings.setenv("CREATORFLOW_AMQP_CA_FILE", files.other_pem)
    with pytest.raises(BrokerRefused, match="certificate is not trusted"):
        await _connect()


async def test_a_broker_without_a_certificate_of_a_system_authority_is_refused(
    broker_settings: pytest.MonkeyPatch,
) -> None:
    broker_settings.delenv("CREATORFLOW_AMQP_CA_FILE")
    with pytest.raises(BrokerRefused, match="certificate is not trusted"):
        await _connect()


async def test_a_broker_under_another_name_is_refused(broker_settings: pytest.MonkeyPatch, broker_url: str) -> None:
    broker_settings.setenv("CREATORFLOW_AMQP_URL", broker_url.replace(LOOPBACK, "localhost"))
    with pytest.raises(BrokerRefused, match="certificate is not trusted"):
        await _connect()


async def test_a_broker_that_requires_a_client_certificate_refuses_connections_without_one(
    broker_settings: pytest.MonkeyPatch,
) -> None:
    broker_settings.delenv("CREATORFLOW_AMQP_CERT_FILE")
    broker_settings.delenv("CREATORFLOW_AMQP_KEY_FILE")
    with pytest.raises(BrokerRefused, match="TLS with it cannot be established"):
        await _connect()


async def test_the_store_is_reached_by_tls(files: Files, store_url: str) -> None:
    store = await Store.open(store_url + files.ca_pem, owner="tls")
    assert await store.open_count() == 0
    await store.close()


@pytest.mark.parametrize("wrong", ["other_pem", "missing_pem"])
async def test_a_store_that_cannot_be_trusted_is_refused(files: Files, store_url: str, wrong: str) -> None:
    with pytest.raises(StoreMisconfigured):
        await Store.open(store_url + getattr(files, wrong), owner="tls")


@pytest.mark.parametrize(
    "command",
    [
        ("creatorflow-orchestrator", "serve"),
        ("creatorflow-specialist", "ui-ux-specialist"),
        ("creatorflow", "list"),
    ],
)
def test_a_broker_of_another_authority_gives_exit_code_78_and_one_line(
    broker_settings: pytest.MonkeyPatch, files: Files, tmp_path: Path, command: tuple[str, ...]
) -> None:
    broker_settings.setenv("CREATORFLOW_AMQP_CA_FILE", files.other_pem)
    broker_settings.setenv("CREATORFLOW_STATE_DIR", str(tmp_path))
    done = _run(command)
    assert done.returncode == 78, done.stderr
    assert "certificate is not trusted" in " ".join(done.stderr.split())
    assert "geheim" not in done.stdout + done.stderr
    assert command[0] == "creatorflow" or len(_plain_lines(done.stderr)) == 1


def test_a_store_of_another_authority_gives_exit_code_78_and_one_line(
    broker_settings: pytest.MonkeyPatch, files: Files, store_url: str
) -> None:
    broker_settings.setenv("CREATORFLOW_STORE_URL", store_url + files.other_pem)
    assert OrchestratorSettings.load().store.startswith("postgresql")
    done = _run(("creatorflow-orchestrator", "serve"))
    assert done.returncode == 78, done.stderr
    assert len(_plain_lines(done.stderr)) == 1
    assert "geheim" not in done.stdout + done.stderr


def _run(command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    program = [str(BIN / command[0]), *command[1:]]
    return subprocess.run(program, capture_output=True, text=True, timeout=patient(), check=False, env=dict(os.environ))


def _plain_lines(text: str) -> list[str]:
    """The lines for people: log lines are JSON."""
    return [line for line in text.splitlines() if not line.startswith("{")]

"""Servers for the tests: one RabbitMQ and one PostgreSQL a run, a virtual host and a database of its own a test.

    broker               the RabbitMQ of this run (ops.local.broker.Broker): version, new_vhost, close_connections, ...
    broker_url           the URL of a virtual host that only this test uses
    module_broker_url    the same, one for all tests of a module
    stoppable_broker     the broker, for a test that stops, kills or freezes it; it runs again afterwards
    postgres             the PostgreSQL of this run (tests.servers.postgres.Postgres)
    postgres_url         SQLAlchemy's URL (asyncpg) of an empty database that only this test uses
    module_postgres_url  the same, one for all tests of a module
    node_modules         the folder of the Node packages that ops/node/package.json names

An unavailable server is a failure where CI=true, and elsewhere a skip with the way to get it.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest
import structlog
from creatorflow import logs
from hypothesis import HealthCheck, settings

from ops.local.broker import Broker
from ops.local.console import Refused
from tests.servers.broker import broker_for_tests
from tests.servers.postgres import Postgres, postgres_for_tests
from tests.waiting import patient

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so it is in a shell's background job; tests press Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

logging.getLogger("pika").setLevel(logging.CRITICAL)  # it logs every attempt to reach a broker that is still starting

Server = TypeVar("Server")

# a property may take its time: what counts is whether it holds
settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("CREATORFLOW_TEST_EXAMPLES", "40")),
)
settings.load_profile("patient")

SETTINGS = dict(os.environ)
LONGEST_FIRST = ("tests/system/test_long_tasks.py", "tests/bus", "tests/integration", "tests/properties")
"""The processes of a run take modules in the order of their tests: long ones begin first, beside the others."""
WITHOUT_SERVERS = ("tests/unit/", "tests/contracts/", "tests/properties/")
SERVERS = {"_broker_or_reason", "_postgres_or_reason"}


def pytest_configure(config: pytest.Config) -> None:
    """Remove the settings of the person who runs the tests, so that they do not reach the services that tests start."""
    if config.getoption("dist", "no") == "no":
        for name in SETTINGS:
            if name.startswith(("CREATORFLOW_", "OTEL_")):
                os.environ.pop(name, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put long tests first, and multiply every test's time limit by the patience of the run."""
    items.sort(key=_place)
    for item in items:
        own = item.get_closest_marker("timeout")
        seconds = float(own.args[0] if own else config.getini("timeout"))
        item.add_marker(pytest.mark.timeout(patient(seconds)), append=False)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Keep servers out of the first tier."""
    if item.nodeid.startswith(WITHOUT_SERVERS) and SERVERS.intersection(getattr(item, "fixturenames", ())):
        pytest.fail("it needs a server, which make check does without: move it to tests/integration", pytrace=False)


def _place(item: pytest.Item) -> int:
    return next((at for at, path in enumerate(LONGEST_FIRST) if item.nodeid.startswith(path)), len(LONGEST_FIRST))


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    """Restore the logging set-up after a service or a command has run in the test's process."""
    root = logging.getLogger()
    handlers, level, chain = list(root.handlers), root.level, list(logs._chain)
    yield
    logs._chain[:] = chain
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()


def _without(reason: str) -> NoReturn:
    if SETTINGS.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def _server_or_reason(start: AbstractContextManager[Server]) -> Iterator[Server | str]:
    """Provide the server, or the reason why there is none. An error of a test that uses it is no such reason."""
    with ExitStack() as stack:
        try:
            server: Server | str = stack.enter_context(start)
        except Refused as reason:
            server = str(reason)
        yield server


def _required(server: Server | str) -> Server:
    return _without(server) if isinstance(server, str) else server


@pytest.fixture(scope="session")
def _broker_or_reason() -> Iterator[Broker | str]:
    with _server_or_reason(broker_for_tests(SETTINGS)) as server:
        yield server


@pytest.fixture(scope="session")
def broker(_broker_or_reason: Broker | str) -> Broker:
    """Provide the RabbitMQ of this run."""
    return _required(_broker_or_reason)


def _vhost(broker: Broker) -> Iterator[str]:
    url = broker.new_vhost()
    yield url
    broker.drop_vhost(url)


@pytest.fixture
def broker_url(broker: Broker) -> Iterator[str]:
    """Provide the URL of a virtual host that only this test uses."""
    yield from _vhost(broker)


@pytest.fixture(scope="module")
def module_broker_url(broker: Broker) -> Iterator[str]:
    """Provide the URL of a virtual host that the tests of one module share."""
    yield from _vhost(broker)


@pytest.fixture
def stoppable_broker(broker: Broker) -> Iterator[Broker]:
    """Provide the broker, to be stopped, killed or frozen through `.own` and started by `.start()`; it runs again
    after the test."""
    if broker.node is None:
        pytest.skip("the broker was given by URL: it is not stopped by tests (unset CREATORFLOW_AMQP_URL)")
    yield broker
    broker.own.thaw()
    broker.start()


@pytest.fixture(scope="session")
def _postgres_or_reason() -> Iterator[Postgres | str]:
    with _server_or_reason(postgres_for_tests(SETTINGS)) as server:
        yield server


@pytest.fixture(scope="session")
def postgres(_postgres_or_reason: Postgres | str) -> Postgres:
    """Provide the PostgreSQL of this run."""
    return _required(_postgres_or_reason)


def _database(postgres: Postgres) -> Iterator[str]:
    url = postgres.new_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """Provide the URL of an empty database that only this test uses."""
    yield from _database(postgres)


@pytest.fixture(scope="module")
def module_postgres_url(postgres: Postgres) -> Iterator[str]:
    """Provide the URL of an empty database that the tests of one module share."""
    yield from _database(postgres)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Return the folder in which `make setup` installed the Node packages that tests need."""
    folder = Path(__file__).resolve().parents[1] / ".local" / "node" / "node_modules"
    if not folder.is_dir():
        _without("no Node packages: run make setup")
    return folder

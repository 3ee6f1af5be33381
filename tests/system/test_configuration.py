"""An invalid configuration ends the orchestrator with 78 and one line: what, where, what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from creatorflow_contracts import BrokerTooOld, topology

from .processes import System

SECRET = "hush-hush"  # noqa: S105 - it must not be shown


def start_refused(system: System, **settings: str) -> str:
    """Starts an orchestrator that must end with 78 and one line; returns that line."""
    process = system.start_orchestrator(**settings)
    assert process.wait_for_end() == 78, process.tail()
    lines = [line for line in process.log.read_text().splitlines() if not line.startswith("{")]
    assert len(lines) == 1, process.tail()
    assert lines[0].startswith("creatorflow-orchestrator: ")
    assert SECRET not in process.log.read_text()
    return lines[0]


def test_a_wrong_password_is_reported_with_the_brokers_address_and_without_the_password(system: System) -> None:
    parts = urlsplit(system.broker_url)
    place = f"{parts.hostname}:{parts.port}"
    url = urlunsplit(parts._replace(netloc=f"nobody:{SECRET}@{place}"))
    output = start_refused(system, CREATORFLOW_AMQP_URL=url)
    assert place in output
    assert "CREATORFLOW_AMQP_URL" in output


def test_a_missing_virtual_host_is_named(system: System) -> None:
    url = urlunsplit(urlsplit(system.broker_url)._replace(path="/not-there"))
    output = start_refused(system, CREATORFLOW_AMQP_URL=url)
    assert "not-there" in output
    assert "virtual host" in output


def test_a_misspelt_setting_is_named(system: System) -> None:
    assert "CREATORFLOW_STORE_ULR" in start_refused(system, CREATORFLOW_STORE_ULR="sqlite:///x")


@pytest.mark.parametrize("value", ["0", "abc"])
def test_a_setting_with_an_invalid_value_is_named(system: System, value: str) -> None:
    assert "CREATORFLOW_SILENCE_S" in start_refused(system, CREATORFLOW_SILENCE_S=value)


def test_a_fault_point_that_does_not_exist_is_refused(system: System) -> None:
    assert "CREATORFLOW_FAULT" in start_refused(system, CREATORFLOW_FAULT="nowhere:kill")


def test_a_store_of_a_later_release_is_not_changed(system: System) -> None:
    with sqlite3.connect(system.database) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('v9999')")
    assert "v9999" in start_refused(system)
    assert system.rows("alembic_version") == 1


@pytest.mark.parametrize("store", ["mysql://localhost/x", "sqlite:///{folder}"])
def test_an_invalid_store_is_refused(system: System, tmp_path: Path, store: str) -> None:
    (tmp_path / "folder").mkdir()
    assert "store" in start_refused(system, CREATORFLOW_STORE_URL=store.format(folder=tmp_path / "folder"))


def test_a_database_that_refuses_the_login_is_reported_without_its_password(system: System, postgres_url: str) -> None:
    parts = urlsplit(postgres_url)
    url = f"postgresql://{parts.username}:{SECRET}@{parts.hostname}:{parts.port}/not-there"
    assert "database cannot be used as configured" in start_refused(system, CREATORFLOW_STORE_URL=url)


def test_a_broker_that_is_too_old_is_refused_by_its_version() -> None:
    with pytest.raises(BrokerTooOld, match=r"3\.9"):
        topology.check_broker((3, 9))

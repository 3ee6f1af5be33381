"""The brokers and databases of the fixtures are isolated, and can be stopped and started."""

from __future__ import annotations

import asyncio

import aio_pika
import asyncpg
import pytest
from aio_pika.exceptions import AMQPException

from ops.local.broker import Broker, BrokerUrl, probe
from ops.local.broker.ladder import by_url
from ops.local.console import Unavailable
from tests.servers.postgres import Postgres
from tests.waiting import in_time


async def test_a_queue_of_one_vhost_is_not_seen_in_another(broker: Broker, broker_url: str) -> None:
    async with await aio_pika.connect(broker_url) as connection:
        await (await connection.channel()).declare_queue("mine", durable=True, arguments={"x-queue-type": "quorum"})
    other = broker.new_vhost()
    try:
        async with await aio_pika.connect(other) as connection:
            with pytest.raises(AMQPException, match="NOT_FOUND"):
                await (await connection.channel()).declare_queue("mine", passive=True)
    finally:
        broker.drop_vhost(other)


async def test_an_operator_closes_the_connections_of_one_vhost(broker: Broker, broker_url: str) -> None:
    closed = asyncio.Event()
    connection = await aio_pika.connect(broker_url)
    connection.close_callbacks.add(lambda *_: closed.set())
    await asyncio.to_thread(broker.close_connections, broker_url)
    await in_time(closed.wait())


def test_a_url_with_a_wrong_password_is_refused(broker: Broker) -> None:
    password = BrokerUrl.parse(broker.url).password
    with pytest.raises(Unavailable, match="no login"):
        by_url(broker.url.replace(password, "wrong"))


def test_the_version_is_that_of_the_broker(broker: Broker) -> None:
    assert broker.version >= (3, 10, 0)


async def test_a_killed_broker_restarts_on_the_same_address_with_its_vhosts(
    stoppable_broker: Broker, broker_url: str
) -> None:
    stoppable_broker.own.kill()
    with pytest.raises(Unavailable):
        probe(broker_url)
    stoppable_broker.start()
    assert probe(broker_url) == stoppable_broker.version


def test_a_frozen_broker_answers_after_thawing(stoppable_broker: Broker) -> None:
    stoppable_broker.own.freeze()
    with pytest.raises(Unavailable):
        probe(stoppable_broker.url, seconds=1)
    stoppable_broker.own.thaw()
    assert stoppable_broker.version


async def test_each_database_starts_empty(postgres_url: str, module_postgres_url: str) -> None:
    assert postgres_url != module_postgres_url
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    try:
        tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    assert tables == 0


def test_a_killed_postgres_restarts_on_the_same_address(postgres: Postgres) -> None:
    if postgres.node is None:
        pytest.skip("PostgreSQL was given by URL: it is not stopped by tests")
    url = postgres.new_database()
    postgres.node.kill()
    postgres.start()
    postgres.drop_database(url)

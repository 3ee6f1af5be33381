"""The broker of the tests: tried in the same ways as for `make up`, with testcontainers where there is Docker."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ops.local.broker import Broker
from ops.local.broker.container import IMAGE, Container, broker_in
from ops.local.broker.ladder import by_server, by_url, obtain
from ops.local.broker.server import Ports
from ops.local.console import Unavailable
from ops.local.docker import need_image
from tests.servers.containers import publish, use_reaper_if_available

LOG = Path(__file__).resolve().parents[2] / ".local" / "logs" / "apt.log"


def by_testcontainers(cleanup: ExitStack) -> Broker:
    """Starts a container with fixed ports, which outlive a stop and a start.

    Raises:
        Unavailable: no engine, no image, or it does not answer.
    """
    need_image(IMAGE, "broker")
    from testcontainers.community.rabbitmq import RabbitMqContainer  # only where there is Docker

    use_reaper_if_available()
    container = RabbitMqContainer(IMAGE, username="creatorflow", password=secrets.token_hex(12))
    port, web_port = publish(container, 5672), publish(container, 15672)
    try:
        container.start()
    except Exception as failure:  # the engine's client raises many: the next way is tried
        container.stop()
        raise Unavailable(f"{type(failure).__name__}: {failure}") from failure
    cleanup.callback(container.stop)
    host = container.get_container_host_ip()
    node = Container(container.get_wrapped_container().id)
    return broker_in(node, host, port, web_port, container.username, container.password)


@contextmanager
def broker_for_tests(settings: Mapping[str, str]) -> Iterator[Broker]:
    """Provides a broker on which tests may create virtual hosts; ended afterwards unless it was given by URL.

    Raises:
        Refused: no broker is available.
    """
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="creatorflow-rabbit-")))

        def by_settings() -> Broker:
            broker = by_url(settings.get("CREATORFLOW_AMQP_URL"), settings.get("LOCAL_BROKER_MANAGEMENT"))
            if broker.management is None:
                raise Unavailable(
                    "its management API is needed for a virtual host of the tests' own, and does not answer "
                    "(LOCAL_BROKER_MANAGEMENT=http://user:password@host:15672)"
                )
            try:  # without this right another broker is used
                broker.drop_vhost(broker.new_vhost())
            except Unavailable as reason:
                raise Unavailable(f"its user may not make a virtual host for the tests ({reason})") from reason
            return broker

        ways = (
            ("url", by_settings),
            ("docker", lambda: by_testcontainers(cleanup)),
            by_server(lambda: folder, Ports.choose, LOG),
        )
        broker = obtain(ways, settings)
        if broker.way == "server":
            cleanup.callback(broker.own.remove)
        yield broker

"""Settings that all containers of the tests share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ops.local.console import Unavailable
from ops.local.docker import need_image
from ops.local.ports import LOOPBACK, free_port

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer


def use_reaper_if_available() -> None:
    """Disables testcontainers' reaper if its image is not available.

    The reaper removes the containers of a killed run; otherwise the fixtures remove their containers themselves.
    """
    from testcontainers.core.config import testcontainers_config as config

    if config.ryuk_disabled or os.environ.get("TESTCONTAINERS_RYUK_DISABLED"):
        return
    try:
        need_image(config.ryuk_image, "containers")
    except Unavailable:
        config.ryuk_disabled = True


def publish(container: DockerContainer, port: int) -> int:
    """Publishes a port of the container on a fixed port of the host, which outlives a stop and a start; returns it.

    The port is on the loopback if testcontainers reaches the engine there; tests that run inside a container connect
    from outside the host's loopback.
    """
    from testcontainers.core.config import ConnectionMode

    host_port = free_port()
    client = container.get_docker_client()
    by_host = client.get_connection_mode() is ConnectionMode.docker_host
    local = by_host and client.host() in ("localhost", LOOPBACK)
    container.ports[str(port)] = (LOOPBACK, host_port) if local else host_port  # type: ignore[assignment]
    return host_port

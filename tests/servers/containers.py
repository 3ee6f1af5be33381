"""What the containers of the tests have in common."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ops.local.console import Unavailable
from ops.local.docker import need_image
from ops.local.ports import LOOPBACK, free_port

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer


def use_reaper_if_it_can_be_had() -> None:
    """testcontainers' reaper removes the containers of a run that was killed.

    Do without it where its image is not to be had: the fixtures remove their containers themselves.
    """
    from testcontainers.core.config import testcontainers_config as config

    if config.ryuk_disabled or os.environ.get("TESTCONTAINERS_RYUK_DISABLED"):
        return
    try:
        need_image(config.ryuk_image, "containers")
    except Unavailable:
        config.ryuk_disabled = True


def publish(container: DockerContainer, port: int) -> int:
    """Give a port of the container a fixed one of the host, which outlives a stop and a start.

    On the loopback where that is how testcontainers reaches the engine; where the tests run inside a container
    themselves, they come from outside the host's loopback.
    """
    from testcontainers.core.config import ConnectionMode

    outside = free_port()
    client = container.get_docker_client()
    by_host = client.get_connection_mode() is ConnectionMode.docker_host
    nearby = by_host and client.host() in ("localhost", LOOPBACK)
    container.ports[str(port)] = (LOOPBACK, outside) if nearby else outside  # type: ignore[assignment]
    return outside

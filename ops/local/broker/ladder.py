"""The ways to get a broker, in order. If one fails, a line says why, and the next one is tried.

1. url     CREATORFLOW_AMQP_URL
2. docker  an engine that answers and has rabbitmq:4-management, or can pull it within a minute
3. server  a `rabbitmq-server` on this machine, as a private node; if it is not installed, root on Debian or Ubuntu
           installs it by apt-get first, without starting its service

LOCAL_BROKER=url, docker or server allows that way only.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from ops.local import apt
from ops.local.broker import server
from ops.local.broker.management import Management
from ops.local.broker.model import Broker, BrokerUrl
from ops.local.broker.probe import probe
from ops.local.console import Refused, Unavailable, say

WAYS = ("url", "docker", "server")
NONE = (
    "broker: none is available: set CREATORFLOW_AMQP_URL, or start a Docker engine, or install rabbitmq-server "
    "(Debian: apt-get install rabbitmq-server)"
)
Way = tuple[str, Callable[[], Broker]]


def by_url(url: str | None, management: str | None = None) -> Broker:
    """Connect to the broker at `url`; its management API is at `management`, or at the usual port of the same host.

    Raises:
        Unavailable: no URL, or the login fails.
    """
    if not url:
        raise Unavailable("CREATORFLOW_AMQP_URL is not set")
    probe(url)
    parts = BrokerUrl.parse(url)
    api = Management(f"http://{parts.host}:15672", parts.user, parts.password)
    if management:
        given = urlsplit(management)
        api = Management(
            f"{given.scheme}://{given.hostname}:{given.port or 15672}",
            given.username or parts.user,
            given.password or parts.password,
        )
    try:
        api.ask("GET", "whoami")
    except Unavailable:
        return Broker("url", url, None, None)
    return Broker("url", url, api, None)


def by_server(folder: Callable[[], Path], ports: Callable[[], server.Ports], log: Path) -> Way:
    """Make the way that starts a private node of the server, which apt installs first if it is missing."""

    def run() -> Broker:
        # Without netbase a minimal system has no /etc/hosts, and no node starts where `localhost` is unknown.
        apt.need("rabbitmq-server", lambda: server.find_sbin() is not None, log, "netbase")
        try:
            return server.run(folder(), ports())
        except Unavailable as reason:  # a port may have been taken between the check and the start, 4 s later
            say(f"broker: server: {reason}; once more, on other ports")
            return server.run(folder(), server.Ports.choose())

    return "server", run


def obtain(ways: Sequence[Way], settings: Mapping[str, str] = os.environ) -> Broker:
    """Try the ways in order; return the first broker.

    Raises:
        Refused: no way works, or LOCAL_BROKER names no way.
    """
    only = settings.get("LOCAL_BROKER", "")
    if only and only not in WAYS:
        raise Refused(f"broker: LOCAL_BROKER is not one of {', '.join(WAYS)}")
    for name, way in ways:
        if only and name != only:
            continue
        try:
            return way()
        except Unavailable as reason:
            if name != "url" or settings.get("CREATORFLOW_AMQP_URL"):
                say(f"broker: {name}: {reason}; trying the next way")
    raise Refused(NONE)

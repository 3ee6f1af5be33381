"""The whole examination of a broker, in the order in which its findings are useful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.permissions import SERVICE_USERS
from creatorflow_contracts.topology import OLDEST_BROKER, agent_queue, agent_topology, orchestrator_topology

from creatorflow.bus.amqp import BrokerConnection
from creatorflow.settings import without_password

from .finding import Finding
from .management import Management, look_at_bindings, look_at_policies
from .probes import is_agent, look_at_exchanges, look_at_permissions, look_at_queues
from .required_rights import RequiredRights, required_rights

RECOMMENDED = (4, 0)
CONNECT_TIMEOUT = 5.0


async def examine(url: str, *, agents: Sequence[str] | None = None, management: str | None = None) -> list[Finding]:
    """List the differences between the broker at `url` and the needs of our services; empty if there are none.

    `agents`: the agents to check; by default those of the cards. `management`: the management API's address; by default
    port 15672 on the broker's host, or 15671 with TLS if the broker's URL uses TLS.
    Raises BusUnavailable and BrokerRefused for a broker that cannot be examined, and ValueError for an invalid address
    of the management API.
    """
    api = Management(url, management)
    link = BrokerConnection(url, name="creatorflow doctor", app_id="creatorflow-doctor", heartbeat=10)
    await link.open(CONNECT_TIMEOUT)
    try:
        return await _examine(link, api, url, agents)
    finally:
        await link.close()


async def _examine(link: BrokerConnection, api: Management, url: str, agents: Sequence[str] | None) -> list[Finding]:
    findings = _version(link.server_version, url)
    if link.server_version < OLDEST_BROKER:
        return findings
    names = [card.name for card in load_cards()] if agents is None else list(agents)
    user = unquote(urlsplit(url).username or "guest")
    if user not in (*names, *SERVICE_USERS) and await is_agent(link.channel, user):
        names.append(user)  # an agent of the user's own
    topology = orchestrator_topology(link.server_version)
    for name in names:
        topology += agent_topology(name, link.server_version)
    optional = frozenset(agent_queue(name) for name in names)
    exchanges = await look_at_exchanges(link.channel, topology)
    queues = await look_at_queues(link.channel, topology, optional)
    missing = frozenset(queue.where.removeprefix("queue ") for queue in queues if queue.what == "missing")
    needs = required_rights(user, names, [queue.name for queue in topology.queues if queue.name not in missing])
    findings = [
        *findings,
        *exchanges,
        *queues,
        *await look_at_bindings(api, topology, missing),
        *await look_at_permissions(link, needs, user),
        *await look_at_policies(api),
    ]
    return _merge_denied(findings, user, needs)


def _merge_denied(findings: Sequence[Finding], user: str, needs: RequiredRights) -> list[Finding]:
    """Merge all checks that this user may not make into one finding."""
    denied = [finding for finding in findings if finding.denied]
    if not denied:
        return list(findings)
    things = Counter(finding.where.partition(" ")[0] for finding in denied)
    parts = [f"the arguments of {things[kind]} {kind}s" for kind in ("exchange", "queue") if things[kind]]
    parts += ["bindings and policies"] if things["bindings"] else []
    parts += [f"the permissions of other users than {user}"] if needs.service else []
    what = f"not checked, because user {user} may not: {', '.join(parts)}"
    hint = "check as the administrator: creatorflow doctor --url amqp://admin:PASSWORD@HOST:PORT/VHOST"
    merged = Finding(what, "other parts of the broker", hint, "unchecked", denied=True)
    return [*(finding for finding in findings if not finding.denied), merged]


def _version(version: tuple[int, int], url: str) -> list[Finding]:
    text = f"RabbitMQ {version[0]}.{version[1]}"
    if version < OLDEST_BROKER:
        return [Finding(f"{text} is too old", broker_address(url), "upgrade to 3.10 or newer, best to 4.x")]
    if version < RECOMMENDED:
        hint = "upgrade to 4.x: it ignores forged x-death headers, and its quorum queues are faster"
        return [Finding(f"{text} works, 4.x is recommended", broker_address(url), hint, "warning")]
    return []


def broker_address(url: str) -> str:
    """Return the broker's address without its password."""
    return f"broker {without_password(url)}"

"""Checks over AMQP: existence, arguments, permissions. Each on its own channel, because the broker closes the channel
with every refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from creatorflow_contracts.topology import Exchange, Queue, Topology, agent_queue
from creatorflow_contracts.v1.base import is_name

from creatorflow.bus.errors import ChannelFailed, Mismatch, NotFound, NotPermitted

from .finding import Finding, Severity
from .required_rights import PrivateQueue, RequiredRights

if TYPE_CHECKING:
    from creatorflow.bus.amqp import BrokerConnection, Channel

OpenChannel = Callable[[], Awaitable["Channel"]]
Question = Callable[["Channel"], Awaitable[object]]

_PERMIT = "rabbitmqctl set_permissions -p VHOST USER CONFIGURE WRITE READ"


async def refusal_of(open_channel: OpenChannel, question: Question) -> ChannelFailed | None:
    """Return the broker's refusal, or None."""
    channel = await open_channel()
    try:
        await question(channel)
    except ChannelFailed as no:
        return no
    if channel.is_open:
        await channel.close()
    return None


async def is_agent(open_channel: OpenChannel, user: str) -> bool:
    """Return True if a user of the broker is an agent's, that is, if the agent's queue exists."""
    return is_name(user) and await refusal_of(open_channel, _count(agent_queue(user), [])) is None


async def look_at_exchanges(open_channel: OpenChannel, topology: Topology) -> list[Finding]:
    """List exchanges that are missing or of another type."""
    findings = []
    for exchange in topology.exchanges:
        if await refusal_of(open_channel, _exists(exchange.name)):
            hint = "start the orchestrator with a user that may declare it, or declare it yourself"
            findings.append(Finding("missing", f"exchange {exchange.name}", hint))
        elif no := await refusal_of(open_channel, _declare_exchange(exchange)):
            findings += _difference(f"exchange {exchange.name}", no)
    return findings


async def look_at_queues(open_channel: OpenChannel, topology: Topology, optional: frozenset[str]) -> list[Finding]:
    """List queues that are missing (a warning for optional ones), have other arguments, or no consumers."""
    findings = []
    for queue in topology.queues:
        where = f"queue {queue.name}"
        consumers: list[int] = []
        if await refusal_of(open_channel, _count(queue.name, consumers)):
            severity: Severity = "warning" if queue.name in optional else "error"
            findings.append(Finding("missing", where, "start the service that owns it", severity))
            continue
        if no := await refusal_of(open_channel, _declare_queue(queue)):
            findings += _difference(where, no)
        if not consumers[0]:
            findings.append(Finding("has no consumers", where, "start the service that owns it", "warning"))
    return findings


async def look_at_permissions(link: BrokerConnection, needs: RequiredRights, user: str) -> list[Finding]:
    """List the permissions that this user lacks for the work of its service."""
    findings: list[Finding] = []
    open_channel, confirming = link.channel, partial(link.channel, confirms=True)
    findings += [
        _forbidden(user, "consume from it", "read", f"queue {queue}")
        for queue in needs.consumes
        if isinstance(await refusal_of(open_channel, _read(queue)), NotPermitted)
    ]
    findings += [
        _forbidden(user, "publish to it", "write", f"exchange {exchange}")
        for exchange, key in needs.publishes
        if isinstance(await refusal_of(confirming, _write(exchange, key)), NotPermitted)
    ]
    for listening in needs.listens:
        findings += await _own_queue(open_channel, user, listening)
    return findings


async def _own_queue(open_channel: OpenChannel, user: str, wanted: PrivateQueue) -> list[Finding]:
    """Check that a user can bind its own exclusive queue to an exchange; the queue is deleted with its channel."""

    async def listen(channel: Channel) -> None:
        name = await channel.declare_queue(wanted.queue, durable=False, exclusive=True, auto_delete=True, arguments={})
        await channel.bind(name, wanted.exchange, wanted.key)
        await channel.delete_queue(name)

    no = await refusal_of(open_channel, listen)
    if not isinstance(no, NotPermitted):
        return []
    bound = f"'{wanted.exchange}'" in str(no)
    where = f"exchange {wanted.exchange}" if bound else "queues creatorflow.control.*"
    likely = "read" if bound else "configure"  # brokers before 3.11 do not name the access they refuse
    right = next((right for right in ("configure", "write", "read") if f"{right} access" in str(no)), likely)
    return [_forbidden(user, f"listen to {wanted.exchange}", right, where)]


def _difference(where: str, no: ChannelFailed) -> list[Finding]:
    if isinstance(no, Mismatch):
        hint = "delete it when it is empty and let its service declare it again"
        return [Finding(f"differs: {no}", where, hint)]
    if isinstance(no, NotPermitted):
        hint = "check with a user that may configure it"
        return [Finding("arguments not checked: this user may not configure it", where, hint, "unchecked", denied=True)]
    return [] if isinstance(no, NotFound) else [Finding(str(no), where, "see the broker's log")]


def _forbidden(user: str, act: str, right: str, where: str) -> Finding:
    return Finding(f"user {user} may not {act}: no {right} permission", where, _PERMIT)


def _exists(name: str) -> Question:
    return lambda channel: channel.exchange_exists(name)


def _read(queue: str) -> Question:
    return lambda channel: channel.probe_read(queue)


def _write(exchange: str, key: str) -> Question:
    return lambda channel: channel.probe_write(exchange, key)


def _count(name: str, consumers: list[int]) -> Question:
    async def count(channel: Channel) -> None:
        consumers.append((await channel.count(name))[1])

    return count


def _declare_exchange(exchange: Exchange) -> Question:
    """Declare an existing exchange: the broker compares, and reports what differs."""
    return lambda channel: channel.declare_exchange(exchange.name, exchange.type, durable=exchange.durable)


def _declare_queue(queue: Queue) -> Question:
    return lambda channel: channel.declare_queue(
        queue.name,
        durable=queue.durable,
        exclusive=queue.exclusive,
        auto_delete=queue.auto_delete,
        arguments=queue.arguments,
    )

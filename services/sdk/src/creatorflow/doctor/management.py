"""Checks that need the management API: bindings and policies, read over HTTP."""

from __future__ import annotations

import asyncio
import base64
import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from creatorflow_contracts.topology import POLICIES, Binding, Topology

from .finding import Finding

TIMEOUT_S = 3.0
PORTS = {"amqp": ("http", 15672), "amqps": ("https", 15671)}
"""Scheme and port of the default address, by the broker's scheme: with TLS if the broker's URL has TLS."""


class NoManagement(Exception):
    """The management API cannot be used; the text is the reason. `denied`: this user lacks the permission."""

    denied = False


class Management:
    """The management API of one virtual host. Raises ValueError for an address that is not http(s)."""

    def __init__(self, amqp_url: str, management_url: str | None = None) -> None:
        amqp = urlsplit(amqp_url)
        base = urlsplit(management_url or _beside(amqp))
        if base.scheme not in ("http", "https") or not base.hostname or base.port == 0:
            raise ValueError("the management API has an http or https address")
        login = base if base.username else amqp
        credentials = f"{unquote(login.username or 'guest')}:{unquote(login.password or 'guest')}"
        self._authorization = "Basic " + base64.b64encode(credentials.encode()).decode()
        self.address = f"{base.scheme}://{base.netloc.rpartition('@')[2]}{base.path.rstrip('/')}/api"
        self._vhost = quote(unquote(amqp.path[1:]) or "/", safe="")

    async def bindings(self) -> list[Binding]:
        """Return every binding from an exchange to a queue."""
        rows = await self._get(f"/bindings/{self._vhost}")
        return [
            Binding(row["source"], row["destination"], row["routing_key"])
            for row in rows
            if row["source"] and row["destination_type"] == "queue"
        ]

    async def policies(self) -> set[str]:
        """Return the names of the policies."""
        return {policy["name"] for policy in await self._get(f"/policies/{self._vhost}")}

    async def _get(self, path: str) -> list[dict[str, Any]]:
        headers = {"Authorization": self._authorization}
        request = urllib.request.Request(self.address + path, headers=headers)  # noqa: S310 - http or https: __init__
        try:
            answer = await asyncio.to_thread(_read, request)
        except urllib.error.HTTPError as error:
            with error:
                denied = error.code in (401, 403)
                no = NoManagement("this user may not use it" if denied else f"it answers {error.code}")
            no.denied = denied
            raise no from error
        except (OSError, ValueError) as error:
            raise NoManagement(f"it does not answer ({type(error).__name__})") from error
        if not isinstance(answer, list):
            raise NoManagement("its answer cannot be read")
        return answer


def _beside(amqp: SplitResult) -> str:
    scheme, port = PORTS[amqp.scheme]
    host = amqp.netloc.rpartition("@")[2].removesuffix(f":{amqp.port}")
    return f"{scheme}://{host}:{port}"


async def look_at_bindings(management: Management, topology: Topology, missing_queues: frozenset[str]) -> list[Finding]:
    """List missing bindings, and unexpected ones on our queues."""
    hint = "give a user that may use it, or its address"
    try:
        present = set(await management.bindings())
    except NoManagement as reason:
        what = f"not checked: the management API is needed, and {reason}"
        return [Finding(what, "bindings and policies", hint, "unchecked", reason.denied)]
    wanted = {binding for binding in topology.bindings if binding.queue not in missing_queues}
    ours = {binding.queue for binding in wanted}
    hint = "restart the service that owns the queue"
    lost = [Finding("missing", _text(binding), hint) for binding in wanted - present]
    extra = [
        Finding("not part of the topology", _text(binding), "remove it if you do not know it", "warning")
        for binding in present - wanted
        if binding.queue in ours
    ]
    return sorted(lost, key=lambda finding: finding.where) + sorted(extra, key=lambda finding: finding.where)


async def look_at_policies(management: Management) -> list[Finding]:
    """List the recommended policies that are not set."""
    try:
        names = await management.policies()
    except NoManagement:
        return []  # reported with the bindings
    hint = "without a length limit only a full disk stops the queue"
    lacking = [policy for policy in POLICIES if policy.name not in names]
    return [Finding("recommended and not set", f"policy {policy.name}", hint, "warning") for policy in lacking]


def _text(binding: Binding) -> str:
    return f"binding {binding.exchange} -> {binding.queue} ({binding.key})"


def _read(request: urllib.request.Request) -> Any:
    """Read the answer, without a proxy: the machine's proxy for outside addresses must not be used here."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=TIMEOUT_S) as answer:
        return json.load(answer)

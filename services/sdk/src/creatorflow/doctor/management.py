"""What only the management API tells: bindings and policies, read over HTTP."""

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
"""How the broker's host is asked unless an address is given: never in plain text where the broker itself is not."""


class NoManagement(Exception):
    """The management API cannot be asked; the text says why. `denied`: this user may not, another may."""

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
        """Every binding from an exchange to a queue."""
        found = await self._get(f"/bindings/{self._vhost}")
        return [
            Binding(each["source"], each["destination"], each["routing_key"])
            for each in found
            if each["source"] and each["destination_type"] == "queue"
        ]

    async def policies(self) -> set[str]:
        """The names of the policies."""
        return {each["name"] for each in await self._get(f"/policies/{self._vhost}")}

    async def _get(self, path: str) -> list[dict[str, Any]]:
        request = urllib.request.Request(self.address + path, headers={"Authorization": self._authorization})  # noqa: S310
        try:
            answer = await asyncio.to_thread(_read, request)
        except urllib.error.HTTPError as error:
            with error:
                denied = error.code in (401, 403)
                no = NoManagement("this user may not ask it" if denied else f"it answers {error.code}")
            no.denied = denied
            raise no from error
        except (OSError, ValueError) as error:
            raise NoManagement(f"it does not answer ({type(error).__name__})") from error
        if not isinstance(answer, list):
            raise NoManagement("its answer is not understood")
        return answer


def _beside(amqp: SplitResult) -> str:
    scheme, port = PORTS[amqp.scheme]
    host = amqp.netloc.rpartition("@")[2].removesuffix(f":{amqp.port}")
    return f"{scheme}://{host}:{port}"


async def look_at_bindings(management: Management, topology: Topology, missing_queues: frozenset[str]) -> list[Finding]:
    """Bindings that are missing, and ones on our queues that nobody asked for."""
    hint = "give a user that may ask it, or its address"
    try:
        found = set(await management.bindings())
    except NoManagement as reason:
        what = f"not checked: the management API is needed, and {reason}"
        return [Finding(what, "bindings and policies", hint, "unchecked", reason.denied)]
    wanted = {binding for binding in topology.bindings if binding.queue not in missing_queues}
    ours = {binding.queue for binding in wanted}
    lost = [Finding("missing", _text(each), "restart the service that owns the queue") for each in wanted - found]
    extra = [
        Finding("nobody asked for it", _text(each), "remove it if you do not know it", "warning")
        for each in found - wanted
        if each.queue in ours
    ]
    return sorted(lost, key=lambda finding: finding.where) + sorted(extra, key=lambda finding: finding.where)


async def look_at_policies(management: Management) -> list[Finding]:
    """The advised length limits."""
    try:
        names = await management.policies()
    except NoManagement:
        return []  # told with the bindings
    hint = "without a length limit a full disk is what says no"
    lacking = [policy for policy in POLICIES if policy.name not in names]
    return [Finding("advised and not set", f"policy {policy.name}", hint, "warning") for policy in lacking]


def _text(binding: Binding) -> str:
    return f"binding {binding.exchange} -> {binding.queue} ({binding.key})"


def _read(request: urllib.request.Request) -> Any:
    """Without a proxy: one that the machine uses for the outside has no business here."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=TIMEOUT_S) as answer:
        return json.load(answer)

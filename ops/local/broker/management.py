"""A client of RabbitMQ's management API, for the few calls of the local tools and the tests."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from ops.local.console import Unavailable
from ops.local.wait import until


@dataclass(frozen=True, slots=True)
class Management:
    """One management API: `base` is `http://host:15672`; the user must be an administrator."""

    base: str
    user: str
    password: str

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, reason: str = "") -> Any:
        """Send one HTTP request; returns the parsed answer, None for an empty one.

        Raises:
            Unavailable: there is no answer, or it is an error.
        """
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request = Request(  # noqa: S310 - the base is ours, or the user's own setting
            f"{self.base}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Basic {login}", "Content-Type": "application/json", "X-Reason": reason},
        )
        try:
            # without the machine's proxy, which is for addresses outside
            with build_opener(ProxyHandler({})).open(request, timeout=10) as answer:
                text = answer.read()
        except HTTPError as refusal:
            with refusal:
                raise Unavailable(
                    f"the management API refused {method} {path.partition('/')[0]}: {refusal.code}"
                ) from None
        except (URLError, OSError, ValueError) as failure:
            raise Unavailable(f"the management API at {self.base} does not answer") from failure
        return json.loads(text) if text else None

    def wait_until_it_answers(self, seconds: float = 180.0) -> None:
        """Return when the API accepts our login.

        Raises:
            Unavailable: it does not within `seconds`.
        """

        def answers() -> bool:
            try:
                return bool(self.ask("GET", "whoami"))
            except Unavailable:
                return False

        try:
            until(answers, seconds, "management", every=0.2)
        except TimeoutError as failure:
            raise Unavailable(f"the management API at {self.base} accepted no login within {seconds:g} s") from failure

    def add_vhost(self, name: str, user: str) -> None:
        """Create a virtual host and give `user` all permissions in it."""
        vhost = quote(name, safe="")
        self.ask("PUT", f"vhosts/{vhost}", {})
        self.ask("PUT", f"permissions/{vhost}/{quote(user, safe='')}", {"configure": ".*", "write": ".*", "read": ".*"})

    def delete_vhost(self, name: str) -> None:
        """Delete a virtual host; its connections are closed by the broker."""
        self.ask("DELETE", f"vhosts/{quote(name, safe='')}")

    def close_connections(self, vhost: str, reason: str) -> None:
        """Close the connections that the API lists; those younger than its sampling interval (5 s) may be missed."""
        for connection in self.ask("GET", f"vhosts/{quote(vhost, safe='')}/connections"):
            self.ask("DELETE", f"connections/{quote(connection['name'], safe='')}", reason=reason)

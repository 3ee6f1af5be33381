"""A rolling restart of the orchestrators while clients submit, which no client may notice."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

from creatorflow import Client
from creatorflow.client import ClientError

from ops.local.docker import docker
from ops.local.paths import EXAMPLES
from ops.local.wait import until
from ops.stack.compose import Container, Project, StackFailure
from ops.stack.report import Say, expect
from ops.stack.requests import client_url, start

REQUESTS = 200
"""Requests in total, in as many waves as there are orchestrators: each one is restarted during a wave."""
CLIENTS = 10
ANSWERED = 5
"""Results of a wave to wait for before the orchestrator is stopped: the other requests are open then."""
GRACE_S = 15
END_S = 180.0
TEXTS = (
    (EXAMPLES / "order-management.txt").read_text(),
    (EXAMPLES / "viral-spike.txt").read_text(),
    "Print postage for paid orders and show the shops a dashboard",
    "Bill every shop monthly by its label count, and encrypt what is stored of its customers",
)


class Wave:
    """A number of requests at once, by a few clients; each result is awaited by the client that submitted."""

    def __init__(self, url: str, requests: int) -> None:
        self._url = url
        self._requests = requests
        self.submitted = 0
        self.results: Counter[UUID] = Counter()
        """The number of results received per request."""
        self.failed: list[str] = []
        """Requests that have failed, or whose client got an error, with the reason."""

    @property
    def open(self) -> int:
        """The number of requests that were submitted and have no result yet."""
        return self.submitted - len(self.results)

    async def run(self) -> None:
        """Submit all requests and wait for their results. Raises TimeoutError, and ClientError if a client cannot
        connect."""
        async with asyncio.timeout(END_S), AsyncExitStack() as stack:
            opened = [Client(self._url, name=f"creatorflow-load-{number}") for number in range(CLIENTS)]
            clients = [await stack.enter_async_context(client) for client in opened]
            async with asyncio.TaskGroup() as group:
                for number in range(self._requests):
                    group.create_task(self._execute(clients[number % CLIENTS], TEXTS[number % len(TEXTS)]))

    async def _execute(self, client: Client, text: str) -> None:
        saga = uuid4()
        try:
            run = await client.submit(text, correlation_id=saga)
            self.submitted += 1
            result = await run.result()
        except ClientError as error:
            self.failed.append(f"{saga}: {error}")
            return
        self.results[result.correlation_id] += 1
        if not result.overall_success:
            self.failed.append(f"{saga}: {result.status}")


def rolling_restart(project: Project, say: Say) -> int:
    """Stop each orchestrator by SIGTERM and start it again, one after the other, under load.

    Returns the number of requests. Raises StackFailure, TimeoutError.
    """
    url, orchestrators = client_url(project), project.of("orchestrator")
    requests = REQUESTS // len(orchestrators)
    for number, orchestrator in enumerate(orchestrators, start=1):
        wave = Wave(url, requests)
        say(f"{requests} requests at once, by {CLIENTS} clients")
        with ThreadPoolExecutor(1) as beside:
            running = beside.submit(asyncio.run, wave.run())
            _restart(say, orchestrator, f"orchestrator {number} of {len(orchestrators)}", wave)
            running.result()
        expect("requests that failed", wave.failed, [])
        expect("requests that have a result", len(wave.results), requests)
        expect("results that were received twice", [str(saga) for saga, count in wave.results.items() if count > 1], [])
        say(f"{len(wave.results)} requests have succeeded, each client has one result for each of its own")
    return requests * len(orchestrators)


def _restart(say: Say, container: Container, name: str, wave: Wave) -> None:
    enough = f"{ANSWERED} results of the wave"
    until(lambda: wave.failed or len(wave.results) >= ANSWERED, END_S, enough, every=0.01)
    before, since = wave.open, time.monotonic()
    docker("stop", "-t", str(GRACE_S), container.id, timeout=GRACE_S + 15)
    stopped, then = time.monotonic() - since, wave.open
    if not before:
        raise StackFailure(f"{name}: no request was open when it was stopped")
    expect(f"exit code of {name}", docker("inspect", "--format", "{{.State.ExitCode}}", container.id), "0")
    start(container)
    ready = time.monotonic() - since
    say(f"{name}: SIGTERM with {before} open, stopped in {stopped:.1f} s with {then} open, ready after {ready:.1f} s")

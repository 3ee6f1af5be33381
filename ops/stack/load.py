"""A rolling restart of the orchestrators while clients submit: nobody may notice it."""

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
"""In as many waves as there are orchestrators: each is restarted amid one."""
CLIENTS = 10
ANSWERED = 5
"""So many results of a wave are there when the orchestrator is told to stop: the others are under way."""
GRACE_S = 15
END_S = 180.0
TEXTS = (
    (EXAMPLES / "order-management.txt").read_text(),
    (EXAMPLES / "viral-spike.txt").read_text(),
    "Print postage for paid orders and show the shops a dashboard",
    "Bill every shop monthly by its label count, and encrypt what is stored of its customers",
)


class Wave:
    """So many requests at once, by a few clients; each is waited for by the client that submitted it."""

    def __init__(self, url: str, requests: int) -> None:
        self._url = url
        self._requests = requests
        self.submitted = 0
        self.results: Counter[UUID] = Counter()
        """How many results came for a request."""
        self.failed: list[str] = []
        """Requests that have failed, or whose client was told of an error, and why."""

    @property
    def open(self) -> int:
        """How many are submitted and have no result yet."""
        return self.submitted - len(self.results)

    async def run(self) -> None:
        """Until each has its result. Raises TimeoutError, and what a client raises that cannot connect."""
        async with asyncio.timeout(END_S), AsyncExitStack() as stack:
            opened = [Client(self._url, name=f"creatorflow-load-{number}") for number in range(CLIENTS)]
            clients = [await stack.enter_async_context(each) for each in opened]
            async with asyncio.TaskGroup() as group:
                for number in range(self._requests):
                    group.create_task(self._one(clients[number % CLIENTS], TEXTS[number % len(TEXTS)]))

    async def _one(self, client: Client, text: str) -> None:
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
    """Each orchestrator is stopped by SIGTERM and started again, one after the other, under the load; how many
    requests it was. Raises StackFailure, TimeoutError."""
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
        expect("results that came twice", [str(saga) for saga, count in wave.results.items() if count > 1], [])
        say(f"{len(wave.results)} requests have succeeded, each client has one result for each of its own")
    return requests * len(orchestrators)


def _restart(say: Say, one: Container, name: str, wave: Wave) -> None:
    enough = f"{ANSWERED} results of the wave are there"
    until(lambda: wave.failed or len(wave.results) >= ANSWERED, END_S, enough, every=0.01)
    before, since = wave.open, time.monotonic()
    docker("stop", "-t", str(GRACE_S), one.id, timeout=GRACE_S + 15)
    gone, then = time.monotonic() - since, wave.open
    if not before:
        raise StackFailure(f"{name}: nothing was open when it was told to stop")
    expect(f"exit code of {name}", docker("inspect", "--format", "{{.State.ExitCode}}", one.id), "0")
    start(one)
    back = time.monotonic() - since
    say(f"{name}: told to stop with {before} open, gone in {gone:.1f} s with {then} open, ready after {back:.1f} s")

"""The client: submit a request, follow it, have its result; from any program.

    result = await Client().execute("Build order management with TikTok sync and shipping labels")

    async with Client("amqp://guest:guest@127.0.0.1:5672/") as client:
        run = await client.submit("Build order management with TikTok sync and shipping labels")
        async for event in run.events():
            print(event.event, event.step, event.message)
        result = await run.result(timeout=600)

Without an event loop, `SyncClient` has the same methods:

    with SyncClient("amqp://guest:guest@127.0.0.1:5672/") as client:
        run = client.submit("Build order management with TikTok sync and shipping labels")
        for event in run.events():
            print(event.event, event.step, event.message)

Where a request is sent with `on_failure="park"`, a step whose retries have ended rests until it is told what to do:

    await client.retry_step(run.id, "shipping", agent="order-workflow-specialist")
    await client.complete_step(run.id, "shipping", {"summary": "bought by hand"})

What nothing could process rests in quarantine:

    async for item in client.quarantine.items(code="DEAD_LETTERED"):
        print(item.at, item.message, item.hint)
    outcomes = await client.quarantine.redrive([item.id])

The connection comes back by itself, and what was missed meanwhile is asked for: events arrive in order, none twice,
none left out.

ClientError                 carries a `problem` (code, message, where, hint)
├── BrokerUnavailable       the broker cannot be reached
├── BrokerConfiguration     the broker turned us away: credentials, virtual host, permissions, version
├── NoOrchestrator          nobody takes requests at this broker
├── OrchestratorBusy        the queue of requests is full; try again later
├── NoAnswer                a question was not answered in time
├── NotFinished             the result is not there yet; the request goes on
└── Refused                 the answer is a problem
    ├── RequestRefused      of a request: it was not accepted
    │   └── Overloaded      ... for now: too many requests are open; `retry_after` seconds from now they may not be
    ├── UnknownRequest      of a question: there is no request of that id
    └── StepRefused         of a command: there is no such step, or it does not rest
"""

from .async_client import DEFAULT_URL, Client
from .errors import (
    BrokerConfiguration,
    BrokerUnavailable,
    ClientError,
    NoAnswer,
    NoOrchestrator,
    NotFinished,
    OrchestratorBusy,
    Overloaded,
    Refused,
    RequestRefused,
    StepRefused,
    UnknownRequest,
)
from .quarantine_client import Quarantine
from .request_message import OnFailure, request_message
from .run import Run
from .sync_client import SyncClient, SyncQuarantine, SyncRun

__all__ = [
    "DEFAULT_URL",
    "BrokerConfiguration",
    "BrokerUnavailable",
    "Client",
    "ClientError",
    "NoAnswer",
    "NoOrchestrator",
    "NotFinished",
    "OnFailure",
    "OrchestratorBusy",
    "Overloaded",
    "Quarantine",
    "Refused",
    "RequestRefused",
    "Run",
    "StepRefused",
    "SyncClient",
    "SyncQuarantine",
    "SyncRun",
    "UnknownRequest",
    "request_message",
]

"""The client, for programs: submit a request, follow it, get its result.

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

With `on_failure="park"`, a step whose recoveries are exhausted is parked until a step command resolves it:

    await client.retry_step(run.id, "shipping", agent="order-workflow-specialist")
    await client.complete_step(run.id, "shipping", {"summary": "bought manually"})

Messages that could not be processed are kept in quarantine:

    async for item in client.quarantine.items(code="DEAD_LETTERED"):
        print(item.at, item.message, item.hint)
    outcomes = await client.quarantine.redrive([item.id])

The connection reconnects by itself, and missed events are queried: events arrive in order, none twice, none missing.

ClientError                 carries a `problem` (code, message, where, hint)
├── BrokerUnavailable       the broker cannot be reached
├── BrokerConfiguration     the broker refuses the connection: credentials, virtual host, permissions, version
├── NoOrchestrator          no orchestrator has ever run at this broker
├── OrchestratorBusy        the queue of requests is full; try again later
├── NoAnswer                a query or command was not answered in time
├── NotFinished             there is no result yet; the request goes on
└── Refused                 the reply is a problem
    ├── RequestRefused      the request was not accepted
    │   └── Overloaded      ... for now, as too many requests are open; try again after `retry_after` seconds
    ├── UnknownRequest      there is no request of that id
    └── StepRefused         there is no such step, or it is not parked
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

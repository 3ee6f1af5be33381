"""The client: submit a request, follow it, have its result; from any program.

    result = await Client().execute("Build order management with TikTok sync and shipping labels")

    async with Client("amqp://guest:guest@127.0.0.1:5672/") as client:
        run = await client.submit("Build order management with TikTok sync and shipping labels")
        async for event in run.events():
            print(event.event, event.step, event.message)
        result = await run.result(timeout=600)

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
    └── UnknownRequest      of a question: there is no request of that id
"""

from .client import DEFAULT_URL, Client
from .errors import (
    BrokerConfiguration,
    BrokerUnavailable,
    ClientError,
    NoAnswer,
    NoOrchestrator,
    NotFinished,
    OrchestratorBusy,
    Refused,
    RequestRefused,
    UnknownRequest,
)
from .requests import request_message
from .run import Run

__all__ = [
    "DEFAULT_URL",
    "BrokerConfiguration",
    "BrokerUnavailable",
    "Client",
    "ClientError",
    "NoAnswer",
    "NoOrchestrator",
    "NotFinished",
    "OrchestratorBusy",
    "Refused",
    "RequestRefused",
    "Run",
    "UnknownRequest",
    "request_message",
]

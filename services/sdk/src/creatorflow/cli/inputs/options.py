"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="AMQP_URL",
        help="The broker; else CREATORFLOW_AMQP_URL, else that of the system started by `make up`.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, on stdout, and nothing else.")]
Id = Annotated[
    str, typer.Argument(metavar="ID", help="The request id, or a beginning of it that is unique.", show_default=False)
]
Text = Annotated[
    str | None,
    typer.Argument(
        metavar="TEXT",
        help="The request; `@file` reads it from a file, `-` or nothing from stdin. With --plan it may be left out.",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Write PLAN.md, result.json and the code examples (under code/) here."),
]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", min=0, metavar="S", help="Stop waiting after so many seconds; the request goes on."),
]
PlanFile = Annotated[
    Path | None,
    typer.Option("--plan", metavar="FILE", help="A plan of your own (YAML, TOML, JSON) instead of the planner's."),
]
Constraints = Annotated[
    list[str] | None, typer.Option("--constraint", metavar="TEXT", help="Something to keep to; may be repeated.")
]
OnFailure = Annotated[
    Literal["fail", "park"],
    typer.Option(
        "--on-failure",
        help="When a required step's retries end: the request fails, or the step is parked until `creatorflow step` "
        "says what to do, and the others go on.",
    ),
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the request.")]
Deadline = Annotated[
    str | None, typer.Option("--deadline", metavar="WHEN", help="2h, 30m, 7d from now, or 2026-12-01T18:00.")
]

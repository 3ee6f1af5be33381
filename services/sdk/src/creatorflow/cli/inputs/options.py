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
        help="The broker; by default CREATORFLOW_AMQP_URL, else the system that `make up` started.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per line on stdout, and nothing else.")]
Id = Annotated[
    str, typer.Argument(metavar="ID", help="The request id, or a unique beginning of it.", show_default=False)
]
Text = Annotated[
    str | None,
    typer.Argument(
        metavar="TEXT",
        help="The request; `@file` reads it from a file, `-` or no text from stdin. With --plan it may be left out.",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Write PLAN.md, result.json, the specialists' full texts (specialists/) and the code examples (code/) to "
        "this folder.",
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", min=0, metavar="S", help="Stop waiting after S seconds; the request goes on."),
]
PlanFile = Annotated[
    Path | None,
    typer.Option("--plan", metavar="FILE", help="Use a plan of your own (YAML, TOML, JSON) instead of the planner's."),
]
Constraints = Annotated[
    list[str] | None,
    typer.Option("--constraint", metavar="TEXT", help="A constraint that the result must respect; may be repeated."),
]
OnFailure = Annotated[
    Literal["fail", "park"],
    typer.Option(
        "--on-failure",
        help="When the recoveries of a required step are exhausted: `fail` the request, or `park` the step until "
        "`creatorflow step` retries, skips or completes it; the other steps go on.",
    ),
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="The reason, kept in the request's history.")]
Deadline = Annotated[
    str | None,
    typer.Option(
        "--deadline", metavar="WHEN", help="When it must be done: 2h, 30m or 7d from now, or 2026-12-01T18:00."
    ),
]

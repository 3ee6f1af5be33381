"""Where the trace of a request is to be seen."""

from __future__ import annotations

import os
from typing import Final

from creatorflow.client import Run
from creatorflow.settings import PREFIX
from creatorflow.telemetry import is_recording

VARIABLE: Final = f"{PREFIX}TRACE_URL"
PLACE: Final = "{trace_id}"


def trace_link(run: Run) -> str | None:
    """The address of its trace, as the environment says where traces are shown."""
    template = os.environ.get(VARIABLE, "")
    return template.replace(PLACE, run.trace_id) if template and run.trace_id else None


def trace_line(run: Run) -> str | None:
    """What a person is told: the address, else the trace's id, if this command records one."""
    told = trace_link(run) or (run.trace_id if is_recording() else None)
    return f"trace {told}" if told else None


def trace_fields(run: Run) -> dict[str, str]:
    """What a program is told."""
    fields = {"trace_id": run.trace_id, "trace_url": trace_link(run)}
    return {name: value for name, value in fields.items() if value}

"""`python -m ops.pictures`: makes the pictures of docs/pictures again. One that cannot be made here is reported."""

from __future__ import annotations

import os
import re
import sys
from contextlib import ExitStack
from pathlib import Path

from ops.local.console import EXIT_CONFIGURATION, Refused, Unavailable, say
from ops.local.paths import BIN, ROOT
from ops.local.system import NotReady, System, alone
from ops.pictures.page import Page, jaeger_page
from ops.pictures.recording import TerminalRecord, record
from ops.pictures.svg import draw

PICTURES = ROOT / "docs" / "pictures"
TREE, TRACE = PICTURES / "live-tree.svg", PICTURES / "trace.png"
COMMAND = "creatorflow submit @ops/examples/order-management.txt"
COLUMNS, ROWS, SHOWN = 110, 60, 33
"""The size of the terminal, and the number of its rows in the picture."""
TITLE = "a request, and what the agents answered"


def main() -> int:
    """Make both pictures, as far as possible; returns 78 if the system cannot be started."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        page = _page(stack)
        if page:
            os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = page.collector  # before the services are started
        try:
            stack.enter_context(alone())
            _make(page)
        except (Refused, NotReady, Unavailable) as reason:
            say(f"pictures: {reason}")
            return EXIT_CONFIGURATION
    return 0


def _page(stack: ExitStack) -> Page | None:
    try:
        return stack.enter_context(jaeger_page())
    except (Unavailable, TimeoutError) as reason:
        say(f"pictures: {TRACE.relative_to(ROOT)} is left out: {reason}")
        return None


def _make(page: Page | None) -> None:
    """Run a request on a new system and write its pictures. Raises Refused, NotReady, Unavailable."""
    system = System()
    if system.anything_runs():
        raise NotReady("the system of this clone is running: make down first, so that the picture is of a new one")
    try:
        recording = _record(system.up().url, page)
    finally:
        system.down()
    if recording.exit_code:
        raise NotReady(f"the request has failed: {recording.text[-500:]}")
    _write(TREE, draw(recording.text, COLUMNS, TITLE, SHOWN))
    if page:
        try:
            page.take(_trace(recording), TRACE)
        except Unavailable as reason:
            say(f"pictures: without the trace's page: {reason}")
            return
        say(f"pictures: {TRACE.relative_to(ROOT)}")


def _record(broker: str, page: Page | None) -> TerminalRecord:
    """Run and record the command as a shell shows it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CREATORFLOW_")}
    own = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PS4": "$ ", "CREATORFLOW_AMQP_URL": broker}
    if page:
        own["CREATORFLOW_TRACE_URL"] = f"{page.address}/trace/{{trace_id}}"
    environment = {**kept, **own, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    return record(["sh", "-xc", COMMAND], environment, COLUMNS, ROWS)


def _trace(recording: TerminalRecord) -> str:
    """The trace id in the link that was printed. Raises NotReady if there is none."""
    link = re.search(r"/trace/([0-9a-f]{32})", recording.text)
    if link is None:
        raise NotReady("the command has printed no link to its trace")
    return link[1]


def _write(file: Path, text: str) -> None:
    file.write_text(text)
    say(f"pictures: {file.relative_to(ROOT)}, {len(text.encode()) // 1024} kB")


if __name__ == "__main__":
    sys.exit(main())

"""`python -m ops.pictures`: the pictures of docs/pictures, made anew. What cannot be had here is left out, and said."""

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
"""Of the terminal, and how many of its rows are in the picture."""
TITLE = "a request, and what the agents answered"


def main() -> int:
    """Both pictures, as far as they can be had; 78 when there is no system to take them of."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        page = _page(stack)
        if page:
            os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = page.collector  # before the services are started
        try:
            stack.enter_context(alone())
            _take(page)
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


def _take(page: Page | None) -> None:
    """Raises Refused, NotReady, Unavailable."""
    system = System()
    if system.anything_runs():
        raise NotReady("the system of this clone runs already: make down first, so that the picture is of a fresh one")
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
    """The command as a shell shows it and runs it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CREATORFLOW_")}
    own = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PS4": "$ ", "CREATORFLOW_AMQP_URL": broker}
    if page:
        own["CREATORFLOW_TRACE_URL"] = f"{page.address}/trace/{{trace_id}}"
    environment = {**kept, **own, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    return record(["sh", "-xc", COMMAND], environment, COLUMNS, ROWS)


def _trace(recording: TerminalRecord) -> str:
    """The id in the link that was printed. Raises NotReady when there is none."""
    found = re.search(r"/trace/([0-9a-f]{32})", recording.text)
    if found is None:
        raise NotReady("the command has printed no link to its trace")
    return found[1]


def _write(file: Path, text: str) -> None:
    file.write_text(text)
    say(f"pictures: {file.relative_to(ROOT)}, {len(text.encode()) // 1024} kB")


if __name__ == "__main__":
    sys.exit(main())

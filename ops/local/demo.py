"""`make demo`: runs a request from its text to its result, on a system that is started for it and stopped after it."""

from __future__ import annotations

import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress

from ops.local import paths
from ops.local.broker import Broker
from ops.local.console import say
from ops.local.kill_demo import KillDuringRun, choose_victim
from ops.local.system import System

EXAMPLE = paths.EXAMPLES / "order-management.txt"
AGAIN = 5.0  # seconds after which a child that has not ended is interrupted again


def demo(request: str | None, kill: bool) -> int:
    """Run `request` (None: the example); returns the exit code of `creatorflow submit`.

    Raises:
        Refused: no broker is available.
        NotReady: a service did not start.
    """
    system = System()
    was_up = system.anything_runs()
    try:
        broker = system.up()
        return submit(system, broker, EXAMPLE.read_text() if request is None else request, kill)
    finally:
        if not was_up:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would leave half of it running
            say("demo: stopping what was started")
            system.down()


def submit(system: System, broker: Broker, request: str, kill: bool) -> int:
    """Submit the request by the command line, as a user would, and print where its result is."""
    saga = uuid.uuid4()
    folder = paths.DEMO / f"{time.strftime('%Y%m%d-%H%M%S')}-{str(saga)[:8]}"
    folder.mkdir(parents=True)
    text = folder / "request.txt"
    text.write_text(request)
    say(f"demo: submitting {text}")
    command = [str(paths.BIN / "creatorflow"), "submit", f"@{text}", "--id", str(saga), "--out", str(folder)]
    command += ["--url", broker.url]
    victim = choose_victim(text) if kill else None
    with KillDuringRun(system, broker.url, saga, victim) if victim else nullcontext():
        code = run(command, piped=kill)
    if (folder / "PLAN.md").exists():
        say(f"demo: the plan is {folder / 'PLAN.md'}")
    return code


def run(command: list[str], piped: bool) -> int:
    """Run a command to its end; with `piped` it prints plain lines, so that our own lines can come between."""
    out = subprocess.PIPE if piped else None
    with deferred_signals() as deliver, subprocess.Popen(command, cwd=paths.ROOT, stdout=out, text=True) as child:
        try:
            deliver()
            for line in child.stdout or ():
                print(line, end="", flush=True)
            return child.wait()
        except (KeyboardInterrupt, SystemExit):
            interrupt(child)
            raise


def interrupt(child: subprocess.Popen[str], every: float = AGAIN) -> None:
    """Interrupt a child until it has ended, once each `every` seconds; the fourth time it is killed.

    Python loses an interrupt that comes while it cleans up after an import, as a child does that has hardly started.
    `Popen` waits for an interrupted child for a moment only, then it would outlive us.
    """
    for number in (signal.SIGINT, signal.SIGINT, signal.SIGINT, signal.SIGKILL):
        child.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(every)
            return


@contextmanager
def deferred_signals() -> Iterator[Callable[[], None]]:
    """Defer signals that end us until the yielded function is called, so that a child just started is not orphaned."""
    pending: list[int] = []
    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    kept = {number: signal.signal(number, lambda number, _: pending.append(number)) for number in ending}

    def deliver() -> None:
        for number, handler in kept.items():
            signal.signal(number, handler)
        while pending:
            signal.raise_signal(pending.pop())

    try:
        yield deliver
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)

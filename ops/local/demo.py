"""`make demo`: a request from its words to its result, on a system started for it; what was started is stopped."""

from __future__ import annotations

import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from ops.local import paths
from ops.local.broker import Broker
from ops.local.console import say
from ops.local.kill_demo import KillDuringRun, choose_victim
from ops.local.system import System

EXAMPLE = paths.EXAMPLES / "order-management.txt"


def demo(request: str | None, kill: bool) -> int:
    """Run `request` (the example when None); the exit code of `creatorflow submit`.

    Raises:
        Refused: no broker could be had.
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
    """Submit it with the command line, as a person would, and say where its result is."""
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
    """Run it to its end; `piped`: in plain lines, between which others can be told."""
    out = subprocess.PIPE if piped else None
    with signals_held() as let_them_come, subprocess.Popen(command, cwd=paths.ROOT, stdout=out, text=True) as child:
        try:
            let_them_come()
            for line in child.stdout or ():
                print(line, end="", flush=True)
            return child.wait()
        except (KeyboardInterrupt, SystemExit):
            child.send_signal(signal.SIGINT)
            raise


@contextmanager
def signals_held() -> Iterator[Callable[[], None]]:
    """Signals that end us wait until the yielded function is called: a child that has just begun is not forgotten."""
    came: list[int] = []
    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    kept = {number: signal.signal(number, lambda number, _: came.append(number)) for number in ending}

    def let_them_come() -> None:
        for number, handler in kept.items():
            signal.signal(number, handler)
        while came:
            signal.raise_signal(came.pop())

    try:
        yield let_them_come
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)

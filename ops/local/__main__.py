"""`python -m ops.local up | down | demo`: the commands behind these targets of the Makefile."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from typing import NoReturn

from creatorflow.cli.inputs.local_system import LocalSystem

from ops.local import paths
from ops.local.console import EXIT_CONFIGURATION, Refused, say
from ops.local.system import NotReady, System, alone


def up() -> int:
    """Start what is not running; the line to copy goes to standard output."""
    system = System()
    with alone():
        try:
            system.up()
        except NotReady as failure:
            raise NotReady(f"{failure}; make down stops what was started") from failure
        _record(system)
    print(system.env_file.read_text(), end="")
    return 0


def _record(system: System) -> None:
    """Record the system, so that `creatorflow` finds it from any folder; an unwritable home folder is not an error."""
    try:
        LocalSystem(paths.ROOT, system.env_file).record()
        say("up: `creatorflow` finds this system from any folder; other programs need the next line")
    except OSError as error:
        say(f"up: outside this folder `creatorflow` needs the next line too ({error})")


def down() -> int:
    """Stop everything and remove its state; safe to run twice."""
    system = System()
    with alone():
        LocalSystem(paths.ROOT, system.env_file).forget()
        stopped = system.down()
    for line in stopped.lines(paths.LOCAL):
        say(f"down: {line}")
    return 0


def demo() -> int:
    """Run a request from its text to its result; REQUEST and KILL come from the environment."""
    from ops.local.demo import demo as run

    with alone():
        return run(os.environ.get("REQUEST"), kill=os.environ.get("KILL", "") not in ("", "0"))


def _exit(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def main() -> int:
    """Run the command; returns 78 if this machine lacks something."""
    parser = argparse.ArgumentParser(prog="ops.local", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "demo"])
    command = parser.parse_args().command
    for library in ("aio_pika", "aiormq"):  # their errors are reported by our own messages
        logging.getLogger(library).addHandler(logging.NullHandler())
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _exit)  # so that what was started is stopped
    try:
        return {"up": up, "down": down, "demo": demo}[command]()
    except Refused as refusal:
        say(str(refusal))
        return EXIT_CONFIGURATION
    except NotReady as failure:
        say(f"{command}: {failure}")
        return 1
    except KeyboardInterrupt:
        say(f"{command}: interrupted")
        return 130


if __name__ == "__main__":
    sys.exit(main())

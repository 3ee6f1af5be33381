"""`python -m ops.local up | down | demo`: what the Makefile's words run."""

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
    """Start what does not run; the line to copy goes to standard output."""
    system = System()
    with alone():
        try:
            system.up()
        except NotReady as failure:
            raise NotReady(f"{failure}; make down stops the rest") from failure
        _record(system)
    print(system.env_file.read_text(), end="")
    return 0


def _record(system: System) -> None:
    """Let `creatorflow` find the system from any folder; a home that cannot be written to is no reason to fail."""
    try:
        LocalSystem(paths.ROOT, system.env_file).record()
        say("up: `creatorflow` finds this system from any folder; other programs need the next line")
    except OSError as error:
        say(f"up: outside this folder `creatorflow` needs the next line too ({error})")


def down() -> int:
    """Stop everything and leave nothing behind; safe to run twice."""
    system = System()
    with alone():
        LocalSystem(paths.ROOT, system.env_file).forget()
        stopped = system.down()
    for line in stopped.lines(paths.LOCAL):
        say(f"down: {line}")
    return 0


def demo() -> int:
    """A request from its words to its result; REQUEST and KILL come from the environment."""
    from ops.local.demo import demo as run

    with alone():
        return run(os.environ.get("REQUEST"), kill=os.environ.get("KILL", "") not in ("", "0"))


def _leave(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def main() -> int:
    """The command; 78 when this machine lacks something."""
    parser = argparse.ArgumentParser(prog="ops.local", description=__doc__)
    parser.add_argument("word", choices=["up", "down", "demo"])
    word = parser.parse_args().word
    for library in ("aio_pika", "aiormq"):  # what they complain of is told in our words
        logging.getLogger(library).addHandler(logging.NullHandler())
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)  # so that what was started is stopped
    try:
        return {"up": up, "down": down, "demo": demo}[word]()
    except Refused as refusal:
        say(str(refusal))
        return EXIT_CONFIGURATION
    except NotReady as failure:
        say(f"{word}: {failure}")
        return 1
    except KeyboardInterrupt:
        say(f"{word}: interrupted")
        return 130


if __name__ == "__main__":
    sys.exit(main())

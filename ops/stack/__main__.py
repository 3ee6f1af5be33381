"""`python -m ops.stack`: exit code 0 when all was as it must be, 1 with a line that says what was not, 78 when it
could not be run: no Docker, no compose, an image that is not to be had."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

from ops.local.console import EXIT_CONFIGURATION, Unavailable, say
from ops.stack import own_agent
from ops.stack.compose import Project, StackFailure, need_compose
from ops.stack.report import teller
from ops.stack.scenario import down, run


def _leave(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def main() -> int:
    """Up, the scenario, and down whatever happens."""
    signal.signal(signal.SIGTERM, _leave)
    project = Project.new(f"creatorflow-stack-{os.getpid()}", own_agent.FILE)
    try:
        need_compose()
        project.need_images()
    except (Unavailable, StackFailure) as reason:
        say(f"stack: it cannot be run here ({reason}): it takes Docker with compose, and the images of compose.yaml")
        return EXIT_CONFIGURATION
    tell = teller()
    try:
        run(project, tell)
    except (StackFailure, TimeoutError, Unavailable) as failure:
        say(f"stack: FAILED: {failure}")
        say(project.attempt("logs", "--no-color", "--tail", "5").stdout)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would leave half of it running
        down(project, tell)
    say("stack: all is as it must be")
    return 0


if __name__ == "__main__":
    sys.exit(main())

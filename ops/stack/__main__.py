"""`python -m ops.stack`: exit code 0 if every check passed, 1 with a line about the first failure, 78 if it cannot be
run here: no Docker, no compose, or an image is unavailable."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

from ops.local.console import EXIT_CONFIGURATION, Unavailable, say
from ops.stack import own_agent
from ops.stack.compose import Project, StackFailure, need_compose
from ops.stack.report import timed_log
from ops.stack.scenario import down, run


def _exit(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def main() -> int:
    """Start the project, run the scenario, and remove the project in any case."""
    signal.signal(signal.SIGTERM, _exit)
    project = Project.new(f"creatorflow-stack-{os.getpid()}", own_agent.FILE)
    try:
        need_compose()
        project.need_images()
    except (Unavailable, StackFailure) as reason:
        say(f"stack: it cannot be run here ({reason}): it needs Docker with compose, and the images of compose.yaml")
        return EXIT_CONFIGURATION
    log = timed_log()
    try:
        run(project, log)
    except (StackFailure, TimeoutError, Unavailable) as failure:
        say(f"stack: FAILED: {failure}")
        say(project.attempt("logs", "--no-color", "--tail", "5").stdout)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would leave half of it running
        down(project, log)
    say("stack: every check passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Logs: JSON lines from a process of ours, silence and `logging` inside anybody else's program."""

from __future__ import annotations

import json
import subprocess
import sys

SAY = "from creatorflow.logs import get_logger, setup_logs; log = get_logger('here')"


def said(code: str) -> tuple[str, str]:
    """What a program prints to standard output and standard error."""
    done = subprocess.run([sys.executable, "-c", f"{SAY}; {code}"], capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def test_inside_another_program_nothing_is_printed_below_a_warning() -> None:
    assert said("log.info('bus_opened', url='x'); log.debug('more')") == ("", "")


def test_inside_another_program_a_warning_goes_to_logging_under_its_module() -> None:
    code = (
        "import logging; logging.basicConfig(format='%(name)s: %(message)s'); log.warning('consumer_lost', queue='q')"
    )
    assert said(code) == ("", "here: consumer_lost queue=q\n")


def test_a_process_of_ours_writes_json_lines_to_standard_error() -> None:
    out, err = said("setup_logs('INFO', service='tests'); log.info('bus_opened', port=5); log.debug('unheard')")
    line = json.loads(err)
    assert out == ""
    assert (line["action"], line["port"], line["service"], line["level"]) == ("bus_opened", 5, "tests", "info")


def test_an_exception_is_told_with_its_traceback_on_the_same_line() -> None:
    _, err = said("setup_logs()\ntry: 1 / 0\nexcept ZeroDivisionError: log.exception('failed')")
    assert "ZeroDivisionError" in json.loads(err)["exception"]


def test_the_configuration_of_structlog_is_left_to_the_program() -> None:
    assert said("import structlog; setup_logs(); assert not structlog.is_configured()") == ("", "")

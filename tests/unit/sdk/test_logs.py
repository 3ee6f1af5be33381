"""Logs: JSON lines from a service, silence and `logging` inside any other program."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

from creatorflow.logs import RateLimitFilter, trace_of

SAY = "from creatorflow.logs import get_logger, setup_logs; log = get_logger('here')"


def printed(code: str) -> tuple[str, str]:
    """Run a program; return its standard output and standard error."""
    done = subprocess.run([sys.executable, "-c", f"{SAY}; {code}"], capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def test_as_a_library_nothing_is_printed_below_a_warning() -> None:
    assert printed("log.info('bus_opened', url='x'); log.debug('more')") == ("", "")


def test_as_a_library_a_warning_goes_to_logging_under_its_module() -> None:
    code = (
        "import logging; logging.basicConfig(format='%(name)s: %(message)s'); log.warning('consumer_lost', queue='q')"
    )
    assert printed(code) == ("", "here: consumer_lost queue=q\n")


def test_a_service_writes_json_lines_to_standard_error() -> None:
    out, err = printed("setup_logs('INFO', service='tests'); log.info('bus_opened', port=5); log.debug('hidden')")
    line = json.loads(err)
    assert out == ""
    assert (line["action"], line["port"], line["service"], line["level"]) == ("bus_opened", 5, "tests", "info")


def test_an_exception_is_logged_with_its_traceback_on_the_same_line() -> None:
    _, err = printed("setup_logs()\ntry: 1 / 0\nexcept ZeroDivisionError: log.exception('failed')")
    assert "ZeroDivisionError" in json.loads(err)["exception"]


def test_the_configuration_of_structlog_is_left_to_the_program() -> None:
    assert printed("import structlog; setup_logs(); assert not structlog.is_configured()") == ("", "")


COMPLAIN = "import logging; complain = logging.getLogger('opentelemetry.exporter').warning"


def test_telemetry_warnings_are_limited_to_one_line_per_interval_with_a_count_of_the_others() -> None:
    """Every line of any other library is written."""
    others = "[logging.getLogger('aio_pika').warning('closed') for _ in range(3)]"
    code = f"{COMPLAIN}; setup_logs(); [complain('away %d', n) for n in range(9)]; {others}"
    _, err = printed(code)
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["message"] for line in lines] == ["away 0", "closed", "closed", "closed"]
    assert {line["action"] for line in lines} == {"library"}


def test_the_next_telemetry_warning_carries_the_count_of_the_omitted_ones() -> None:
    seldom = RateLimitFilter(every_s=0.0)
    record = logging.LogRecord("opentelemetry.sdk", logging.WARNING, "", 0, "away", None, None)
    assert seldom.filter(record)
    seldom._next_at = float("inf")
    assert not any(seldom.filter(record) for _ in range(5))
    seldom._next_at = 0.0
    assert seldom.filter(record)
    assert record.withheld == 5  # type: ignore[attr-defined]


def test_a_line_belongs_to_the_trace_of_valid_headers_and_to_none_for_invalid_ones() -> None:
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    assert trace_of({"traceparent": f"00-{trace}-{span}-01"}) == {"trace_id": trace, "span_id": span}
    for nonsense in ({}, {"traceparent": 7}, {"traceparent": "hush-hush"}, {"traceparent": f"00-{trace}-x-01"}):
        assert trace_of(nonsense) == {}

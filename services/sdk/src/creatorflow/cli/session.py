"""Runs one command: maps its errors to a problem and an exit code, and reports the state after a Ctrl-C."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from .errors import CommandError, ExitCode
from .outputs.console import Printer

if TYPE_CHECKING:
    from creatorflow.client import ClientError

Command = Callable[[Printer], Coroutine[Any, Any, ExitCode]]


def run(command: Command, *, as_json: bool) -> NoReturn:
    """Run `command` to its end and exit with its exit code."""
    raise typer.Exit(execute(command, as_json=as_json))


def execute(command: Command, *, as_json: bool) -> ExitCode:
    """Run `command`, report its errors, and return its exit code."""
    import asyncio

    from creatorflow.client import ClientError

    printer = Printer(as_json=as_json)
    try:
        _prepare()
        return asyncio.run(command(printer))
    except KeyboardInterrupt:
        return _interrupted(printer)
    except BrokenPipeError:
        return _without_reader()
    except CommandError as error:
        printer.problem(error.problem)
        return error.exit_code
    except ClientError as error:
        printer.problem(error.problem)
        return exit_code_of(error)
    except OSError as error:
        return _system_error(error)
    except Exception as error:
        return _defect(printer, error)


def exit_code_of(error: ClientError) -> ExitCode:
    """The exit code for an error of the client."""
    from creatorflow import client

    codes: dict[type[ClientError], ExitCode] = {
        client.BrokerUnavailable: ExitCode.NO_BROKER,
        client.NoOrchestrator: ExitCode.NO_BROKER,
        client.BrokerConfiguration: ExitCode.CONFIGURATION,
        client.NotFinished: ExitCode.UNFINISHED,
        client.NoAnswer: ExitCode.UNFINISHED,
        client.OrchestratorBusy: ExitCode.TRY_LATER,
        client.Overloaded: ExitCode.TRY_LATER,
        client.Refused: ExitCode.REFUSED,
    }
    return next((code for kind, code in codes.items() if isinstance(error, kind)), ExitCode.FAILED)


def _without_reader() -> ExitCode:
    """End quietly when the reader of our output has closed the pipe (`creatorflow list | head -1`)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.SUCCESS


def _system_error(error: OSError) -> ExitCode:
    """Report an error of the operating system (a full disk behind stdout) on stderr, as stdout may be the cause."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    reported = CommandError(
        ExitCode.FAILED,
        "SYSTEM",
        (error.strerror or str(error)).lower(),
        "output",
        "check that stdout can be written to",
    )
    Printer().problem(reported.problem)
    return reported.exit_code


def _defect(printer: Printer, error: Exception) -> ExitCode:
    """Report an unexpected error as a problem without its contents; CREATORFLOW_LOG_LEVEL=DEBUG shows the traceback."""
    if os.environ.get("CREATORFLOW_LOG_LEVEL", "").upper() == "DEBUG":
        raise error
    message = f"a defect in the command: {type(error).__name__}"
    hint = "run it again with CREATORFLOW_LOG_LEVEL=DEBUG, and report the output"
    defect = CommandError(ExitCode.DEFECT, "DEFECT", message, "creatorflow", hint)
    printer.problem(defect.problem)
    return defect.exit_code


def _interrupted(printer: Printer) -> ExitCode:
    lines = printer.when_interrupted
    if printer.as_json:
        error = CommandError(ExitCode.INTERRUPTED, "INTERRUPTED", "interrupted", "creatorflow", "; ".join(lines))
        printer.problem(error.problem)
    else:
        printer.note("\n  ".join(["\ninterrupted", *lines]))
    return ExitCode.INTERRUPTED


def _prepare() -> None:
    """Set up logs and tracing. Logs are shown with CREATORFLOW_LOG_LEVEL=DEBUG only: they would break the live tree.

    Raises CommandError for an invalid environment: a misspelt CREATORFLOW_AMQP_URL would otherwise lead to another
    broker.
    """
    from creatorflow.logs import setup_logs
    from creatorflow.settings import ConfigurationError, Settings
    from creatorflow.telemetry import setup_tracing

    try:
        level = Settings.load().log_level
    except ConfigurationError as error:
        hint = "correct the environment"
        raise CommandError(ExitCode.CONFIGURATION, "CONFIGURATION", str(error), "environment", hint) from None
    setup_logs(level if level == "DEBUG" else "CRITICAL", service="creatorflow-cli")
    setup_tracing("creatorflow-cli")

"""Runs one command: its errors become a problem and an exit code, a Ctrl-C says what it leaves behind."""

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
    """Run `command` to its end and leave with its exit code."""
    raise typer.Exit(execute(command, as_json=as_json))


def execute(command: Command, *, as_json: bool) -> ExitCode:
    """Run `command` and return its exit code, having said what went wrong."""
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
    """Whoever read our output has seen enough (`creatorflow list | head -1`): leave quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.SUCCESS


def _system_error(error: OSError) -> ExitCode:
    """The machine refused something (a full disk behind stdout): said on stderr, because stdout may be the trouble."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    told = CommandError(
        ExitCode.FAILED,
        "SYSTEM",
        (error.strerror or str(error)).lower(),
        "output",
        "see whether stdout can be written to",
    )
    Printer().problem(told.problem)
    return told.exit_code


def _defect(printer: Printer, error: Exception) -> ExitCode:
    """What should not happen: told as a problem, without contents; CREATORFLOW_LOG_LEVEL=DEBUG shows where it was."""
    if os.environ.get("CREATORFLOW_LOG_LEVEL", "").upper() == "DEBUG":
        raise error
    what = f"a defect of the command: {type(error).__name__}"
    hint = "run it again with CREATORFLOW_LOG_LEVEL=DEBUG, and report what it says"
    told = CommandError(ExitCode.DEFECT, "DEFECT", what, "creatorflow", hint)
    printer.problem(told.problem)
    return told.exit_code


def _interrupted(printer: Printer) -> ExitCode:
    left = printer.when_interrupted
    if printer.as_json:
        told = CommandError(ExitCode.INTERRUPTED, "INTERRUPTED", "interrupted", "creatorflow", "; ".join(left))
        printer.problem(told.problem)
    else:
        printer.note("\n  ".join(["\ninterrupted", *left]))
    return ExitCode.INTERRUPTED


def _prepare() -> None:
    """Log lines are for services; here they would run into the picture: only CREATORFLOW_LOG_LEVEL=DEBUG shows them.

    Raises CommandError for an environment that cannot be meant: a misspelt CREATORFLOW_AMQP_URL would otherwise lead
    to another broker.
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

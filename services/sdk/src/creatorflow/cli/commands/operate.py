"""The commands for operators and authors of agents: `doctor`, `health`, `agent run`, `agent new`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from creatorflow.cli.inputs.options import Json, Url
from creatorflow.cli.session import run

from .examples import examples

if TYPE_CHECKING:
    from creatorflow.cli.errors import ExitCode
    from creatorflow.cli.outputs.console import Printer
    from creatorflow.doctor import Finding

app = typer.Typer()
agent_app = typer.Typer(
    help="Write and run agents of your own.",
    epilog=examples("creatorflow agent new gift-tag-agent"),
    no_args_is_help=True,
)

_MARKS = {"error": "error      ", "warning": "warning    ", "unchecked": "not checked"}


@app.command(epilog=examples("creatorflow doctor --management http://guest:guest@127.0.0.1:15672"))
def doctor(
    management: Annotated[
        str | None,
        typer.Option("--management", metavar="URL", help="The management API, http://user:password@host:15672."),
    ] = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Check that the broker is set up as the services need it, and show what to do about each problem."""
    run(lambda printer: _examine(printer, url, management), as_json=as_json)


class Question(StrEnum):
    """The checks of a service's health."""

    LIVE = "live"
    READY = "ready"


@app.command(epilog=examples("creatorflow health ready"))
def health(question: Annotated[Question, typer.Argument(help="live: it runs; ready: it can work now.")]) -> None:
    """Check the health of the service in whose container or folder this runs; the output says why it is unhealthy."""
    from creatorflow.health import main

    raise typer.Exit(main([question.value]))


@agent_app.command("run", epilog=examples("creatorflow agent run gift_tag_agent.py"))
def run_agent(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A Python file with @agent functions."),
    ],
    url: Url = None,
) -> None:
    """Run the agents in a file until they are stopped."""
    from pydantic import SecretStr

    from creatorflow.agents.entrypoint import load_agents, run_process
    from creatorflow.cli.errors import CommandError, ExitCode
    from creatorflow.cli.inputs.broker_url import broker_url
    from creatorflow.cli.outputs.console import Printer
    from creatorflow.settings import ConfigurationError, Settings

    try:
        settings = Settings.load().model_copy(update={"amqp_url": SecretStr(broker_url(url))})
        agents = load_agents(file)
    except CommandError as error:
        Printer().problem(error.problem)
        raise typer.Exit(error.exit_code) from None
    except ConfigurationError as error:
        Printer().note(str(error))
        raise typer.Exit(ExitCode.CONFIGURATION) from None
    raise typer.Exit(run_process(agents, settings=settings))


@agent_app.command("new", epilog=examples("creatorflow agent new gift-tag-agent --dir agents/gift-tags"))
def new_agent(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Its full name, such as gift-wrapping-agent.", show_default=False)
    ],
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="The folder to write to; by default, one with the agent's name."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a working agent to start from: its file, its test, a Dockerfile and a compose file."""
    run(lambda printer: _write_agent(printer, name, folder or Path(name)), as_json=as_json)


async def _write_agent(printer: Printer, name: str, folder: Path) -> ExitCode:
    from creatorflow.cli.actions.new_agent import NewAgent
    from creatorflow.cli.errors import ExitCode

    new = NewAgent.of(name, folder)
    written = [str(file) for file in new.write()]
    commands = new.commands()
    if printer.as_json:
        printer.message({"agent": name, "folder": str(folder), "files": written, "next": commands})
        return ExitCode.SUCCESS
    for file in written:
        printer.write(file)
    printer.note("next, in this order (the last one in the folder of the system's compose.yaml):")
    for command in commands.values():
        printer.note(f"  {command}")
    return ExitCode.SUCCESS


async def _examine(printer: Printer, url: str | None, management: str | None) -> ExitCode:
    from creatorflow.cli.errors import ExitCode

    findings = await _findings(url, management)
    for finding in findings:
        _show(printer, finding)
    if not printer.as_json:
        printer.write(_conclusion(Counter(finding.severity for finding in findings)))
    return ExitCode.FAILED if any(finding.severity == "error" for finding in findings) else ExitCode.SUCCESS


def _conclusion(findings: Mapping[str, int]) -> str:
    """The last line of `doctor`: the verdict on this broker, with the number of findings by severity."""
    from creatorflow.cli.text import counted

    counts = [counted(findings[severity], severity) for severity in ("error", "warning") if findings.get(severity)]
    if findings.get("unchecked"):
        counts.append(f"{findings['unchecked']} not checked")
    if findings.get("error"):
        return f"the system will not work with this broker as it is: {', '.join(counts)}"
    return f"the system works with this broker: {', '.join(counts) or 'no problem found'}"


async def _findings(url: str | None, management: str | None) -> list[Finding]:
    from creatorflow.bus import BrokerRefused, BusUnavailable
    from creatorflow.cli.errors import CommandError, ExitCode
    from creatorflow.cli.inputs.broker_url import find_broker
    from creatorflow.doctor import examine
    from creatorflow.settings import without_password

    broker = find_broker(url)
    address = broker.url
    where = f"broker {without_password(address)}"
    try:
        return await examine(address, management=management)
    except ValueError as error:
        raise CommandError.usage(str(error), "--management", "write http://user:password@host:15672") from None
    except BusUnavailable as error:
        hint = broker.hint or "start the broker, or name another with --url"
        raise CommandError(ExitCode.NO_BROKER, "BROKER_UNAVAILABLE", str(error), where, hint) from None
    except BrokerRefused as error:
        hint = "correct user, password and virtual host"
        raise CommandError(ExitCode.CONFIGURATION, "BROKER_REFUSED", str(error), where, hint) from None


def _show(printer: Printer, finding: Finding) -> None:
    if printer.as_json:
        printer.message(
            {"severity": finding.severity, "where": finding.where, "what": finding.what, "hint": finding.hint}
        )
    else:
        printer.write(f"{_MARKS[finding.severity]}  {finding.where}: {finding.what} ({finding.hint})")

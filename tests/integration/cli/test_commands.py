"""The command line against the real orchestrator, agents and broker."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from creatorflow.cli.text import clean
from creatorflow_contracts import topology

from tests.integration.orchestrator.amqp_client import connected, replies
from tests.integration.plans import ENDLESS, ORDERS, THREE
from tests.system.processes import System
from tests.waiting import patient

from .commands import Commands

REQUEST = 'Build "orders" & $HOME labels'


@pytest.fixture
def cli(shared_system: System, tmp_path: Path) -> Commands:
    return Commands(shared_system.broker_url, tmp_path)


@pytest.fixture
def plan(cli: Commands) -> str:
    return cli.file("plan.json", THREE)


@pytest.fixture
def endless(cli: Commands) -> str:
    """A plan whose last step never ends."""
    return cli.file("endless.json", ENDLESS)


def test_submit_prints_progress_on_stderr_and_the_result_on_stdout(cli: Commands, plan: str) -> None:
    done = cli.run("submit", REQUEST, "--plan", plan)
    assert done.code == 0
    first, *_, last = done.out.splitlines()
    assert first.startswith("database (database-specialist): ") and "3 of 3 steps" in done.out
    saga = done.err.split("request ", 1)[1].split()[0]
    assert last.startswith(f"  in full: creatorflow result {saga}") and "\n  complete: yes" in done.out
    assert cli.run("result", saga).out.splitlines()[0] == first
    progress = [line.split("  ", 1)[-1] for line in done.err.splitlines()]
    assert progress[0].startswith("request ") and progress[1] == f"accepted: {REQUEST}"
    assert "database  sent to database-specialist" in progress and progress[-1] == "completed"


def test_submit_reads_a_request_from_stdin_and_from_a_file(cli: Commands, plan: str) -> None:
    cli.file("request.txt", REQUEST)
    for argument, stdin in (("-", REQUEST), ("@request.txt", "")):
        first = cli.run("submit", argument, "--plan", plan, "--json", stdin=stdin).lines[0]
        assert first["request"] == REQUEST


def test_submit_writes_the_result_into_a_folder(cli: Commands, plan: str) -> None:
    done = cli.run("submit", REQUEST, "--plan", plan, "--out", "result")
    assert done.code == 0 and "result/PLAN.md" in done.out
    text = (cli.folder / "result" / "PLAN.md").read_text()
    assert "s0 ==> s1" in text and "s1 ==> s2" in text
    assert json.loads((cli.folder / "result" / "result.json").read_text())["status"] == "completed"
    written = (cli.folder / "result" / "specialists" / "database-specialist.md").read_text()
    assert "(specialists/database-specialist.md)" in text and "\n# database-specialist\n" in written
    saga = done.err.split("request ", 1)[1].split()[0]
    assert cli.run("result", saga, "--agent", "database-specialist").out == written
    assert cli.run("result", saga, "--agent", "ui-ux-specialist").code == 2


def test_with_json_every_line_is_a_message_and_stderr_is_silent(cli: Commands, plan: str) -> None:
    done = cli.run("submit", REQUEST, "--plan", plan, "--json")
    assert (done.code, done.err) == (0, "")
    first, *events, last = done.lines
    assert (first["contract"], last["contract"]) == ("request-submitted.v1", "synthesized-result.v1")
    assert {line["contract"] for line in events} == {"saga-events.v1"}
    seqs = [event["seq"] for line in events for event in line["events"]]
    assert seqs == list(range(1, len(seqs) + 1)) and events[-1]["status"] == "completed"
    assert len({line["correlation_id"] for line in done.lines}) == 1


def test_on_a_terminal_the_plan_is_drawn_as_a_tree(cli: Commands, plan: str) -> None:
    drawn = cli.on_a_terminal("submit", REQUEST, "--plan", plan)
    last = clean(drawn).rpartition("sequential")[2]
    rows = [" ".join(line.split()[:4]) for line in last.splitlines()]
    assert "├─ ✔ database database-specialist" in rows and "╰─ ✔ shipping shipping-automation-specialist" in rows
    assert "3 of 3 steps" in last and "completed in" in last


def test_no_wait_prints_the_id_alone(cli: Commands, plan: str) -> None:
    saga = cli.run("submit", REQUEST, "--plan", plan, "--no-wait").out.strip()
    assert cli.run("watch", saga).code == 0


def test_a_request_that_no_agent_matches_exits_with_5(cli: Commands) -> None:
    done = cli.run("submit", "Feed the penguins of the zoo", "--json")
    assert (done.code, done.lines[-1]["code"]) == (5, "NO_AGENT_MATCHES")


def test_a_refusal_is_reported_without_waiting_for_the_result(cli: Commands) -> None:
    done = cli.run("submit", "Feed the penguins of the zoo", "--no-wait")
    assert (done.code, done.out) == (5, "") and "NO_AGENT_MATCHES" in done.err


def test_a_plan_with_a_cycle_ends_with_5_and_names_the_steps(cli: Commands) -> None:
    cli.file("cycle.json", {"steps": [{**ORDERS, "depends_on": ["orders"]}]})
    done = cli.run("submit", REQUEST, "--plan", "cycle.json")
    assert done.code == 5 and "orders" in done.err and "PLAN_INVALID" in done.err


def test_a_timeout_exits_with_4_and_a_hint_how_to_go_on(cli: Commands, endless: str) -> None:
    done = cli.run("submit", REQUEST, "--plan", endless, "--timeout", "1")
    assert done.code == 4
    saga = done.err.split("creatorflow watch ")[1].split("`")[0]
    assert cli.run("result", saga).code == 4
    assert cli.run("cancel", saga).code == 0


@pytest.mark.parametrize("as_json", [False, True])
def test_ctrl_c_exits_with_130_and_a_message_that_the_request_goes_on(
    cli: Commands, endless: str, as_json: bool
) -> None:
    child = cli.start("submit", REQUEST, "--plan", endless, *(["--json"] if as_json else []))
    progress = child.stdout if as_json else child.stderr
    assert progress is not None
    for line in progress:
        if "accepted" in line:
            break
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=patient())
    assert child.returncode == 130
    message = json.loads(out.splitlines()[-1])["hint"] if as_json else err
    saga = message.split("creatorflow cancel ")[1].split()[0]
    assert "the request goes on" in message and json.loads(cli.run("list", "--json").out.splitlines()[0])
    assert cli.run("cancel", saga).code == 0


def test_a_cancelled_request_is_watched_to_its_end_and_ends_with_5(cli: Commands, endless: str) -> None:
    saga = cli.run("submit", REQUEST, "--plan", endless, "--no-wait").out.strip()
    assert cli.run("cancel", saga, "--reason", "enough").code == 0
    watched = cli.run("watch", saga)
    assert watched.code == 5 and watched.out.startswith("cancelled in ") and "enough" in watched.out
    assert cli.run("result", saga, "--json").lines[-1]["status"] == "cancelled"


def test_the_result_of_a_finished_request_is_written_again(cli: Commands, plan: str) -> None:
    saga = cli.run("submit", REQUEST, "--plan", plan, "--no-wait").out.strip()
    assert cli.run("watch", saga, "--out", "one").code == 0
    assert cli.run("result", saga, "--out", "two").code == 0
    assert (cli.folder / "one" / "PLAN.md").read_text() == (cli.folder / "two" / "PLAN.md").read_text()


def test_an_unknown_request_ends_with_5(cli: Commands) -> None:
    for command in ("watch", "result", "cancel"):
        done = cli.run(command, "3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11", "--json")
        assert (done.code, done.lines[-1]["code"]) == (5, "UNKNOWN_SAGA")


@pytest.mark.parametrize("command", [("plan",), ("submit", "--dry-run")])
def test_a_plan_is_shown_and_nothing_is_dispatched(
    cli: Commands, shared_system: System, command: tuple[str, ...]
) -> None:
    before = shared_system.run_counts()
    text = "Design the database schema and automate shipping labels"
    shown = cli.run(*command, text)
    assert shown.code == 0 and "database-specialist" in shown.out and "complexity" in shown.out
    lines = cli.run(*command, text, "--json").lines
    assert len(lines) == 1 and set(lines[0]) == {"analysis", "reading", "steps"}
    assert shared_system.run_counts() == before


def test_list_and_agents_are_one_object_a_line_or_a_table(cli: Commands, plan: str) -> None:
    saga = cli.run("submit", REQUEST, "--plan", plan, "--no-wait").out.strip()
    assert cli.run("watch", saga).code == 0
    assert saga in {line["correlation_id"] for line in cli.run("list", "--json").lines}
    table = cli.run("list").out
    assert f"{saga}  completed  sequential" in table and REQUEST in table
    lines = [line for line in cli.run("agents", "--json").lines if "card" in line]
    live = {line["card"]["name"]: line["instances"] for line in lines}
    assert live["database-specialist"] and not live["ui-ux-specialist"]
    assert "● " in cli.run("agents").out


def test_agents_lists_refused_announcements_with_their_reasons(cli: Commands, shared_system: System) -> None:
    name = "paper-agent"
    card = {"name": name, "group": "custom", "expertise": [], "domains": []}
    body = {"contract": "agent-announced.v1", "agent": name, "instance": "one", "card": card}
    with connected(shared_system.broker_url) as channel:
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, topology.CONTROL, f"control.refused.{name}.#")
        channel.basic_publish(topology.CONTROL, topology.control_key("announce", name), json.dumps(body).encode())
        assert replies(channel, queue)["code"] == "FIELD_MISSING"
    shown = " ".join(cli.run("agents").out.split())
    assert f"✗ {name} FIELD_MISSING at card.summary: a required field is missing" in shown
    (line,) = [line for line in cli.run("agents", "--json").lines if line.get("name") == name]
    assert (line["code"], line["where"]) == ("FIELD_MISSING", "card.summary") and line["hint"]


@pytest.fixture
def gift_wrapping(cli: Commands) -> Iterator[str]:
    """Runs a user's own agent from a file; gives a plan for it."""
    cli.file(
        "gifts.py",
        "from creatorflow import GiveUp, agent\n\n"
        '@agent(name="gift-wrapping-agent", summary="Plans gift wrapping.")\n'
        "def wrap(task):\n"
        '    if "live cat" in task.context.original_request:\n'
        '        raise GiveUp("cats are not wrapped")\n'
        '    return {"summary": "with a bow", "code_examples": ['
        '{"path": "../../bow.py", "language": "python", "text": "BOW = True\\n"}]}\n',
    )
    child = cli.start("agent", "run", "gifts.py")
    assert child.stderr is not None
    for line in child.stderr:
        if "agents_ready" in line:
            break
    wrap = {"id": "wrap", "agent": "gift-wrapping-agent", "depends_on": ["database"]}
    yield cli.file("gifts.json", {"steps": [THREE["steps"][0], wrap]})
    child.terminate()
    child.communicate(timeout=patient())
    assert child.returncode == 0


def test_files_of_a_users_own_agent_stay_in_the_output_folder(cli: Commands, gift_wrapping: str) -> None:
    done = cli.run("submit", "Wrap a book", "--plan", gift_wrapping, "--out", "a/b/out")
    assert done.code == 0, done.err
    assert (cli.folder / "a/b/out/code/bow.py").read_text() == "BOW = True\n"
    assert not list(cli.folder.glob("**/bow.py"))[1:] and "code/bow.py" in done.err


def test_a_request_that_fails_ends_with_1_and_keeps_what_succeeded(cli: Commands, gift_wrapping: str) -> None:
    done = cli.run("submit", "Wrap a live cat", "--plan", gift_wrapping, "--out", "out")
    assert done.code == 1 and done.out.startswith("failed in ") and "1 of 2 steps" in done.out
    assert "cats are not wrapped" in done.out
    assert "| `database` | database-specialist |" in (cli.folder / "out" / "PLAN.md").read_text()


def test_a_wrong_password_ends_with_78(cli: Commands) -> None:
    scheme, _, remainder = cli.broker_url.partition("://")
    wrong = f"{scheme}://nobody:wrong@{remainder.rpartition('@')[2]}"
    done = cli.run("list", "--url", wrong)
    assert done.code == 78 and "wrong" not in done.err


def test_a_reader_that_closes_the_pipe_early_is_no_error(cli: Commands, plan: str) -> None:
    with cli.start("submit", REQUEST, "--plan", plan, "--json") as child:
        assert child.stdout is not None and child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == ""
    assert child.returncode == 0

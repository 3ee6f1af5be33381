"""`creatorflow-orchestrator plan`: analysis and plan with no broker, no store and no delay."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import patient

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "ops" / "examples"
GOLDEN = ROOT / "tests" / "golden" / "plans"
PLAN = """
steps:
  - {id: auth, agent: security-architecture-specialist}
  - {id: database, agent: database-specialist, depends_on: [auth], when: results.auth.output.data.ok}
"""
CHILD = """
steps:
  - id: selling
    optional: true
    plan:
      steps: [{id: labels, agent: shipping-automation-specialist, compensate: database-specialist}]
"""
BAD_SCHEMA = """
steps:
  - {id: auth, agent: security-architecture-specialist, expected_output: {type: money}}
"""


def _run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "creatorflow_orchestrator", "plan", *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=False, timeout=patient())


def _json(*arguments: str, given: bytes = b"") -> Any:
    done = _run("--json", *arguments, given=given)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ["order-management", "viral-spike"])
def test_an_example_gives_its_golden_plan(name: str) -> None:
    # To accept a change: creatorflow-orchestrator plan --json @ops/examples/X.txt, through json.tool, into the file.
    assert _json(f"@{EXAMPLES / name}.txt") == json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def test_the_plan_of_a_request_is_the_same_in_every_process() -> None:
    command = [sys.executable, "-m", "creatorflow_orchestrator", "plan", "--json", f"@{EXAMPLES}/order-management.txt"]
    seeds = ({**os.environ, "PYTHONHASHSEED": seed} for seed in ("1", "2", "3"))
    runs = [subprocess.run(command, capture_output=True, check=True, timeout=patient(), env=env) for env in seeds]
    assert len({run.stdout for run in runs}) == 1


def test_the_json_output_has_the_documented_fields() -> None:
    answer = _json("Print 200 shipping labels a day")
    assert set(answer) == {"analysis", "reading", "notes", "steps", "loops"}
    assert set(answer["analysis"]) >= {
        "complexity", "domains", "dependencies", "pattern", "agents", "requirements", "quantities",
    }  # fmt: skip
    assert set(answer["analysis"]["agents"]) == {"primary", "supporting", "validation"}
    assert answer["steps"][0]["id"] == "shipping" and answer["steps"][0]["type"] == "primary"


def test_domains_are_listed_in_order_of_strength() -> None:
    scores = list(_json(f"@{EXAMPLES}/order-management.txt")["analysis"]["domains"].values())
    assert scores == sorted(scores, reverse=True)


def test_the_request_may_come_from_standard_input_or_a_file(tmp_path: Path) -> None:
    request = tmp_path / "request.txt"
    request.write_text('Print shipping labels – "now" for $5\n', encoding="utf-8")
    assert _json("-", given=request.read_bytes()) == _json(f"@{request}")


def test_the_text_output_names_the_agents_and_the_unanswered_requirements() -> None:
    shown = _run("We need:\n- shipping labels\n- a drone fleet\n\nNo charts.").stdout.decode()
    assert "shipping-automation-specialist (primary)" in shown
    assert "drone fleet [no agent can answer this]" in shown
    assert "left out     No charts (takes away " in shown


def test_constraints_reach_the_steps_and_are_in_the_reading_without_a_place() -> None:
    answer = _json("Print shipping labels", "--constraint", "under 2 seconds")
    assert "under 2 seconds" in answer["steps"][0]["constraints"]
    assert answer["reading"]["constraints"] == [
        {"start": 0, "end": 0, "text": "under 2 seconds", "domains": ["performance"], "given": True}
    ]


def test_a_users_plan_is_checked_as_it_would_run(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN)
    answer = _json("--plan", str(file))
    assert answer["pattern"] == "conditional" and answer["steps"][1]["when"] == "results.auth.output.data.ok"
    assert b"2. database: database-specialist (supporting)  after auth" in _run("--plan", str(file)).stdout
    file.write_text(CHILD)
    shown = _run("--plan", str(file)).stdout.decode().splitlines()
    assert shown[3:] == [
        "  1. selling: a child request (supporting)",
        "     optional: the request goes on without it",
        "      1. labels: shipping-automation-specialist (supporting)",
        "         undone by database-specialist if the request fails",
    ]
    wrong = tmp_path / "wrong.yaml"
    for text, code, message in (
        (PLAN.replace("results.auth", "results.aut"), 5, b"guard of step database"),
        (BAD_SCHEMA, 5, b"expected_output of step auth: at $.type"),
        (PLAN.replace("depends_on", "depends"), 2, b"did you mean `depends_on`"),
    ):
        wrong.write_text(text)
        done = _run("--plan", str(wrong))
        assert done.returncode == code and message in done.stderr


def test_a_request_without_a_matching_agent_exits_with_5() -> None:
    for_people, for_programs = _run("Hello, how are you?"), _run("--json", "Hello, how are you?")
    assert for_people.returncode == for_programs.returncode == 5
    assert for_people.stdout == b"" and for_people.stderr.startswith(b"NO_AGENT_MATCHES: no agent can answer")
    problem = json.loads(for_programs.stdout)
    assert problem["code"] == "NO_AGENT_MATCHES" and "shipping-automation-specialist" in problem["hint"]


@pytest.mark.parametrize("given", [b"", b" \n "])
def test_an_empty_request_is_refused(given: bytes) -> None:
    assert _run("--json", "-", given=given).returncode == 5


@pytest.mark.parametrize("arguments", [(), ("@/no/such/file",), ("one", "two"), ("--nonsense", "x")])
def test_a_usage_error_exits_with_2(arguments: tuple[str, ...]) -> None:
    assert _run(*arguments).returncode == 2


def test_an_input_that_is_not_utf8_is_a_usage_error() -> None:
    assert _run("-", given=b"\xff\xfe labels").returncode == 2


def test_planning_loads_no_broker_client_no_database_and_no_expression_library() -> None:
    program = (
        "import sys, creatorflow_orchestrator.preview as p; p.preview('Print shipping labels');"
        "sys.exit(', '.join({'aio_pika', 'sqlalchemy', 'cel', 'opentelemetry'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=patient())
    assert done.returncode == 0, done.stderr

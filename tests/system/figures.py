"""What a service shows to Prometheus, and what the table of `ops/prometheus/README.md` says of it."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from tests.markdown import read

from .processes import ROOT, Process

TABLE = ROOT / "ops" / "prometheus" / "README.md"
Figures = Mapping[tuple[str, frozenset[tuple[str, str]]], float]
"""By name and labels."""


def documented(of: str) -> set[str]:
    """The series that the table promises of an `orchestrator` (what it tells of the store too) or of an `agent`."""
    rows = [(row[0].strip("`"), row[1]) for row in read(TABLE.read_text()).rows if row[0].startswith("`creatorflow_")]
    wanted = {of, "store"} if of == "orchestrator" else {of}
    return {name for name, who in rows if wanted & set(who.split(", "))}


def port_of(process: Process) -> int:
    """Where a process that was started with CREATORFLOW_METRICS_PORT=0 shows its figures."""
    process.said("metrics_served")
    lines = (line for line in process.log.read_text().splitlines() if "metrics_served" in line)
    return int(json.loads(next(lines))["port"])


def scrape(process: Process, timeout: float = 5.0) -> Figures:
    """Ask as Prometheus does."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port_of(process)}/metrics", timeout=timeout) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
            if sample.name.startswith("creatorflow_")
        }


def value(figures: Figures, name: str, **labels: str) -> float | None:
    """One of them; None where it is not there."""
    return figures.get((name, frozenset(labels.items())))


def names(figures: Figures) -> set[str]:
    """The series, a histogram's by its own name."""
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name, _ in figures}

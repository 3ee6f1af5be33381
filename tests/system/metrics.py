"""The metrics that a service exposes, and those that the table of `ops/prometheus/README.md` documents."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from tests.markdown import read

from .processes import ROOT, Process

TABLE = ROOT / "ops" / "prometheus" / "README.md"
Metrics = Mapping[tuple[str, frozenset[tuple[str, str]]], float]
"""Values by name and labels."""


def documented(service: str) -> set[str]:
    """The series that the table lists for an `orchestrator` (with those of its store) or for an `agent`."""
    rows = [(row[0].strip("`"), row[1]) for row in read(TABLE.read_text()).rows if row[0].startswith("`creatorflow_")]
    wanted = {service, "store"} if service == "orchestrator" else {service}
    return {name for name, sources in rows if wanted & set(sources.split(", "))}


def port_of(process: Process) -> int:
    """The metrics port of a process that was started with CREATORFLOW_METRICS_PORT=0."""
    process.wait_for_log("metrics_served")
    lines = (line for line in process.log.read_text().splitlines() if "metrics_served" in line)
    return int(json.loads(next(lines))["port"])


def scrape(process: Process, timeout: float = 5.0) -> Metrics:
    """Reads the metrics as Prometheus does."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port_of(process)}/metrics", timeout=timeout) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
            if sample.name.startswith("creatorflow_")
        }


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """The value of a sample; None if it does not exist."""
    return metrics.get((name, frozenset(labels.items())))


def names(metrics: Metrics) -> set[str]:
    """The names of the series, a histogram's without suffix."""
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name, _ in metrics}

"""The findings of a validation: what an output says did not pass, in words that a person can read.

An output passes unless its `data` says `passed: false`. `findings` are texts, or objects with a `text`; those of the
built-in specialists also have the requirement (`point`), the steps and the figure. Any agent may have put any JSON
there, so nothing is taken for granted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

MAX_FINDINGS = 50
MAX_TEXT = 300
"""Characters of one finding."""
MAX_POINT = 4000
"""Characters of a requirement."""
DESCRIBED = 3
"""Findings that a reason spells out."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that did not pass, with the requirement (`point`) and the figure that it is about, if it says so."""

    text: str
    point: str = ""
    figure: str = ""


def has_passed(data: Mapping[str, Any]) -> bool:
    """Return False only for data that says `passed: false`."""
    return data.get("passed") is not False


def findings(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the findings in the data of an output."""
    listed = data.get("findings")
    entries: Sequence[object] = listed if isinstance(listed, list | tuple) else ()
    for entry in entries[:MAX_FINDINGS]:
        if isinstance(entry, str) and entry.strip():
            yield Finding(_line(entry))
        elif isinstance(entry, Mapping):
            point, figure = _text(entry, "point", MAX_POINT), _text(entry, "figure")
            text = _text(entry, "text") or _composed(point, figure)
            if text:
                yield Finding(text, point, figure)


def verdict_text(output: Mapping[str, Any]) -> str:
    """Return in words why an output did not pass: its findings, else its summary; empty for one that passed."""
    data = output.get("data")
    if not isinstance(data, Mapping) or has_passed(data):
        return ""
    found = [finding.text for finding in findings(data)]
    shown = "; ".join(islice(found, DESCRIBED))
    more = f"; and {len(found) - DESCRIBED} more" if len(found) > DESCRIBED else ""
    summary = output.get("summary")
    return f"{shown}{more}" or (_line(summary) if isinstance(summary, str) else "") or "it gives no reason"


def _composed(point: str, figure: str) -> str:
    return f"{point}: no figure for {figure}" if point and figure else point or figure


def _text(entry: Mapping[str, Any], key: str, length: int = MAX_TEXT) -> str:
    value = entry.get(key)
    return _line(value, length) if isinstance(value, str) else ""


def _line(text: str, length: int = MAX_TEXT) -> str:
    flat = " ".join(text[: 4 * length].split())
    return flat if len(flat) <= length else f"{flat[: length - 1]}…"

"""The labelled texts of tests/golden/reading/facts.txt, and how facts that were read are compared with them."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from creatorflow_orchestrator.core.request import Fact, FactKind

PROBES = Path(__file__).resolve().parents[3] / "golden/reading/facts.txt"
_FIGURE = re.compile(r"(<=|>=|<|>|=|x) ([\d.]+)(?: ([^(@]*?))?(?: \(([^)]*)\))?(?: @(\S+))?")
_MOMENT = re.compile(r"(?:(<=|>=|<|>) )?(date|time) (\S+)(?: \(([^)]*)\))?")
_NAME = re.compile(r"(.+?) /(?: ?(.*?))?(?: @(\S+))?")


@dataclass(frozen=True, slots=True)
class Expected:
    """A fact that a text states; of `subject` each word must be in the fact's subject, none if it is empty."""

    kind: FactKind
    comparison: str | None = None
    value: float | None = None
    unit: str = ""
    subject: str = ""
    role: str = ""
    name: str = ""
    category: str = ""

    def meets(self, fact: Fact) -> bool:
        """Return True if a fact that was read is this one."""
        alike = self.value == fact.value or (
            self.value is not None and fact.value is not None and math.isclose(self.value, fact.value, rel_tol=1e-6)
        )
        return (
            alike
            and self.kind is fact.kind
            and (self.comparison, self.unit, self.role) == (fact.comparison, fact.unit, fact.role)
            and (self.name, self.category) == (fact.name, fact.category)
            and all(word in fact.subject.lower().split() for word in self.subject.lower().split())
        )


@dataclass(frozen=True, slots=True)
class Probe:
    """A text and the facts that it states."""

    text: str
    facts: tuple[Expected, ...]

    @property
    def held_back(self) -> bool:
        """True for the third, by a hash of the text, that nothing was tuned by."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 3 == 0


def load_probes() -> tuple[Probe, ...]:
    """Return the labelled texts in the order of the file."""
    probes: list[Probe] = []
    for line in PROBES.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            probes[-1] = Probe(probes[-1].text, (*probes[-1].facts, _expected(line.strip())))
        elif line and not line.startswith("# "):
            probes.append(Probe(line, ()))
    return tuple(probes)


def matched(expected: Sequence[Expected], found: Sequence[Fact]) -> int:
    """Return how many of the expected facts were found, each fact counted once."""
    left = list(found)
    count = 0
    for fact in expected:
        hit = next((candidate for candidate in left if fact.meets(candidate)), None)
        if hit is not None:
            left.remove(hit)
            count += 1
    return count


def _expected(line: str) -> Expected:
    if figure := _FIGURE.fullmatch(line):
        sign, value, unit, subject, role = figure.groups()
        return Expected(FactKind.QUANTITY, sign, float(value), unit or "", subject or "", role or "")
    if moment := _MOMENT.fullmatch(line):
        bound, kind, iso, subject = moment.groups()
        return Expected(FactKind(kind), bound, name=iso, subject=subject or "")
    name = _NAME.fullmatch(line)
    if name is None:
        raise ValueError(f"not a fact: {line}")
    return Expected(FactKind.NAME, role=name[3] or "", name=name[1], category=name[2] or "")

"""The values that pass between the parts of the reading of figures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from creatorflow_orchestrator.core.request import Comparison


class Sort(Enum):
    """What a number measures."""

    MONEY = "money"
    MEASURE = "measure"
    FACTOR = "factor"
    COUNT = "count"
    BARE = "bare"
    """It stands alone: "usually 400"."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The unit of a number and where it ends; `start` is before the number where a sign of money is."""

    sort: Sort
    start: int
    end: int
    value: float
    unit: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure at tokens `start` to `end`; `sort` says what it measures."""

    start: int
    end: int
    sort: Sort
    comparison: Comparison
    value: float
    unit: str
    subject: str = ""
    role: str = ""

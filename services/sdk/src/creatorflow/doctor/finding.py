"""What the doctor says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "unchecked"]
"""error: something will not work. warning: it works, and should be looked at. unchecked: could not be found out."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: what is the matter, with what (`where`), what to do (`hint`)."""

    what: str
    where: str
    hint: str
    severity: Severity = "error"
    denied: bool = False
    """It could not be found out because the user may not look."""

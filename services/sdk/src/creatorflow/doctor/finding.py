"""The findings of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "unchecked"]
"""error: something will not work. warning: it works, but should be checked. unchecked: it could not be checked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: the problem (`what`), its place (`where`), what to do (`hint`)."""

    what: str
    where: str
    hint: str
    severity: Severity = "error"
    denied: bool = False
    """True if it was not checked for lack of permissions."""

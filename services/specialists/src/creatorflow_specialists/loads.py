"""Values of a request that consist of several figures: a load with its peak, a time of day. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .figures import Figure


@dataclass(frozen=True, slots=True)
class Load:
    """A load as it usually is and at its peak. `both`: the request gives both, or one of them and the multiple."""

    usual: Figure
    peak: Figure
    factor: Figure
    both: bool

    @property
    def said(self) -> str:
        """The load with its unit: the peak, and the usual one beside it where the request gives both."""
        if not self.both:
            return self.peak.said
        multiple = f"{self.factor.said} the usual" if self.factor.stated else "usually"
        return f"{self.peak.said} at the peak ({multiple} {self.usual.said})"


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time of day."""

    hour: Figure
    minute: Figure

    @property
    def said(self) -> str:
        """The time as `15:30`, marked where it is assumed."""
        return f"{int(self.hour):02}:{int(self.minute):02}{self.hour.assumed}"

"""Numbers that remember the assumptions they rest on, through all arithmetic of a template. Pure.

A template computes with them as with any number. What it prints or compares is used: its assumptions are recorded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self

from creatorflow_contracts.v1.output import Assumption

from .assumptions import Ledger
from .safe_string import Safe
from .unit_conversion import plain_number
from .words import plural

_NEAR = 0.05
"""The share by which the number that a text computes with may be off the stated one without being said."""


class Figure(float):
    """A number of a template. Without assumptions it is the request's own, or follows from its figures."""

    __slots__ = ("assumptions", "ledger", "meant", "stated", "unit")

    assumptions: tuple[Assumption, ...]
    ledger: Ledger | None
    unit: str
    stated: str
    meant: float

    def __new__(
        cls,
        value: float,
        ledger: Ledger | None = None,
        assumptions: tuple[Assumption, ...] = (),
        unit: str = "",
        said: str = "",
        meant: float | None = None,
    ) -> Self:
        """Make a figure; `unit` is the one it is in, `said` the number and unit in the words of the request.

        `meant` is the number of those words, where the figure is another one: rounded, or inside of bounds.
        """
        figure = super().__new__(cls, value)
        figure.meant = value if meant is None else meant
        figure.ledger, figure.assumptions, figure.unit, figure.stated = ledger, assumptions, unit, said
        return figure

    @property
    def said(self) -> str:
        """The number with its unit: as the request states it, else in the template's unit and marked as assumed.

        Where the text computes with a number that is far from the stated one, that is added.
        """
        unit = self.unit if "/" in self.unit else plural(self.unit, float(self))
        computed = f"{plain_number(self)} {unit}".strip()
        if not self.stated:
            return computed + self.assumed
        near = math.isclose(float(self), self.meant, rel_tol=_NEAR)
        return self.stated if near else f"{self.stated} (computed with {computed})"

    @property
    def assumed(self) -> Safe:
        """A mark to put behind the number: " (assumed)" where an assumption of it has none yet, else nothing."""
        self.use()
        return Safe(" (assumed)" if self.ledger is not None and self.ledger.mark(self.assumptions) else "")

    def use(self) -> None:
        """Record that the present section of the text rests on this number."""
        if self.ledger is not None and self.assumptions:
            self.ledger.use(self.assumptions)

    def of(self, unit: str) -> Figure:
        """Return this number with the unit that it is in."""
        return Figure(self, self.ledger, self.assumptions, unit, self.stated, self.meant)

    def _like(self, value: Any) -> Any:
        """Return a rounded value of this figure."""
        return Figure(value, self.ledger, self.assumptions, self.unit, self.stated, self.meant)

    def __ceil__(self) -> Any:  # a float's gives an int, which would forget
        return self._like(math.ceil(float(self)))

    def __floor__(self) -> Any:
        return self._like(math.floor(float(self)))

    def __round__(self, digits: Any = None) -> Any:
        return self._like(round(float(self), digits or 0))

    def __index__(self) -> int:  # for `range` and as a position
        self.use()
        return int(float(self))

    def __hash__(self) -> int:
        return hash(float(self))

    def __neg__(self) -> Figure:
        return combined(-float(self), (self,))

    def __bool__(self) -> bool:
        self.use()
        return float(self) != 0

    if TYPE_CHECKING:  # set below, all alike

        def __mul__(self, other: float) -> Figure: ...

        def __truediv__(self, other: float) -> Figure: ...

        def __eq__(self, other: object) -> bool: ...


def combined(value: float, parts: Iterable[object]) -> Figure:
    """Return a number that was computed from `parts`: it rests on the assumptions of all of them."""
    figures = [part for part in parts if isinstance(part, Figure)]
    ledger = next((figure.ledger for figure in figures if figure.ledger is not None), None)
    return Figure(value, ledger, tuple(dict.fromkeys(a for figure in figures for a in figure.assumptions)))


def _arithmetic(name: str) -> Callable[[Figure, object], object]:
    plain = getattr(float, name)

    def method(self: Figure, other: object) -> object:
        value = plain(self, other)
        return value if value is NotImplemented else combined(value, (self, other))

    return method


def _comparison(name: str) -> Callable[[Figure, object], object]:
    plain = getattr(float, name)

    def method(self: Figure, other: object) -> object:
        for side in (self, other):
            if isinstance(side, Figure):
                side.use()
        return plain(self, other)

    return method


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    for _side in ("", "r"):
        setattr(Figure, f"__{_side}{_name}__", _arithmetic(f"__{_side}{_name}__"))
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Figure, f"__{_name}__", _comparison(f"__{_name}__"))


def largest(*values: float) -> Figure:
    """Return the largest of these; it rests on the assumptions of all, and keeps its words."""
    return _chosen(max(values, key=float), values)


def smallest(*values: float) -> Figure:
    """Return the smallest of these; it rests on the assumptions of all, and keeps its words."""
    return _chosen(min(values, key=float), values)


def _chosen(value: float, values: Iterable[float]) -> Figure:
    whole = combined(float(value), values)
    unit, said, meant = _unit(values), "", None
    if isinstance(value, Figure):
        unit, said, meant = value.unit, value.stated, value.meant
    return Figure(value, whole.ledger, whole.assumptions, unit, said, meant)


def _unit(values: Iterable[object]) -> str:
    return next((value.unit for value in values if isinstance(value, Figure)), "")


def root(value: float) -> Figure:
    """Return the square root."""
    return combined(math.sqrt(float(value)), (value,))


def whole(value: float | str) -> float:
    """Return the whole part of a number, or the int that a text is."""
    return combined(int(float(value)), (value,)) if isinstance(value, Figure) else int(value)

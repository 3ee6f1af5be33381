"""The prices that a request states: of its plans, and of one more unit above what is included. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .figures import Figure
from .named_things import Named, NamedThings
from .unit_conversion import Number, bounded, plain_number, read_fact
from .words import alternatives, stems

_BEHIND = 30
"""Characters between the name of a plan and its price: `Basic $12`, `Team for $48`."""
_OF_PLANS = frozenset(stems("plan price subscription month fee"))
_OF_UNITS = frozenset(stems("each per unit above over overage extra additional then more beyond"))
_YEAR = 31536000.0
_MOST = 1e6
_MOST_PLANS = 12


@dataclass(frozen=True, slots=True)
class Price:
    """An amount of money, of a plan if `name` is not empty. `currency` is an ISO 4217 code, `months` its period."""

    name: str
    amount: Figure
    currency: str
    months: int = 1
    stated: bool = True
    per: str = ""
    """What one of which costs that: `label`; "" where it is not said, or for a period."""

    @property
    def each(self) -> str:
        """The price of one unit: `0.035 USD/label`, `0.035 USD each`."""
        return f"{self.sum}/{self.per}" if self.per else f"{self.sum} each"

    @property
    def said(self) -> str:
        """The price for its period: `12 USD a month`."""
        return f"{self.sum} a {'year' if self.months == 12 else 'month'}"

    @property
    def sum(self) -> str:
        """The amount with its currency alone: `0.035 USD`."""
        self.amount.use()
        return f"{plain_number(self.amount)} {self.currency}"

    @property
    def text(self) -> str:
        """The price with the name of its plan, if it has one: `Basic at 12 USD a month`."""
        return f"{self.name} at {self.said}" if self.name else self.said


class Prices:
    """The prices among the numbers of a request."""

    def __init__(self, numbers: Sequence[Number], named: NamedThings) -> None:
        self._money = [number for number in numbers if number.kind == "money"]
        self._plans = named.names("plan")
        self._currency = next((number.currency for number in self._money if number.currency), "USD")

    def plans(self) -> tuple[Price, ...]:
        """Return the named plans that have a price, else the prices that are of plans; empty if none is stated."""
        priced = [(thing.name, self._price_of(thing)) for thing in self._plans]
        named = tuple(self._price(name, price) for name, price in priced[:_MOST_PLANS] if price is not None)
        if named:
            return named
        of_plans = [number for number in self._money if number.per_seconds or number.about & _OF_PLANS]
        others = [number for number in self._money if not _is_of_a_unit(number)]
        return tuple(self._price("", number) for number in (of_plans or others)[:_MOST_PLANS])

    def overage(self) -> Price | None:
        """Return the price of a unit above what is included, None if none is stated."""
        of_plans = {self._price_of(thing) for thing in self._plans}
        found = (number for number in self._money if number not in of_plans and _is_of_a_unit(number))
        price = next(found, None)
        return self._price("", price) if price else None

    def limit(self, words: str) -> Price | None:
        """Return the amount that is stated beside one of these words, None if there is none."""
        wanted = alternatives(words)
        near = (n for n in self._money if any((n.about | n.beside).issuperset(phrase) for phrase in wanted))
        return next((self._price("", number) for number in near), None)

    def _price_of(self, plan: Named) -> Number | None:
        """Return a plan's price: the one that names it, else the first that follows it before the next plan."""
        own = read_fact(plan.fact)
        if own is not None and own.kind == "money":
            return own
        words = frozenset(stems(plan.name))
        by_name = next((number for number in self._money if words and words <= number.about), None)
        if by_name is not None or plan.fact.end == 0:
            return by_name
        others = [other.fact.start for other in self._plans if other.fact.start > plan.fact.start]
        end = min([plan.fact.end + _BEHIND, *others])
        names = [frozenset(stems(other.name)) for other in self._plans]
        unnamed = [n for n in self._money if not any(name and name <= n.about for name in names)]
        behind = [number for number in unnamed if plan.fact.end <= number.start < end]
        return min(behind, key=lambda number: number.start, default=None)

    def _price(self, name: str, price: Number) -> Price:
        months = 12 if price.per_seconds == _YEAR else 1
        per = "" if price.per_seconds else price.said.partition("/")[2]
        amount = Figure(min(_MOST, bounded(price.value)))
        return Price(name, amount, price.currency or self._currency, months, per=per.removesuffix("each"))


def _is_of_a_unit(number: Number) -> bool:
    """Return True if an amount is the price of one unit: "3.5 cents each", "0.07 USD/label"."""
    return not number.per_seconds and ("/" in number.said or bool((number.about | number.beside) & _OF_UNITS))

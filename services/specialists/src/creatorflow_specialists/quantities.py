"""The numbers that a request states, queried by their subject and returned in the caller's unit. Pure.

A playbook calls `q.rate("order", "hour", 500)`: orders per hour as the request states them, else 500, which is then an
assumption. Words are matched by their stem; `a|b` means either. A default that is a figure itself follows from the
request's other numbers and is no assumption of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from creatorflow_contracts.v1.output import Assumption
from creatorflow_contracts.v1.reading import Passage
from creatorflow_contracts.v1.work import AgentTask

from . import assumptions
from .assumptions import Ledger
from .figures import Figure, largest
from .loads import Load, TimeOfDay
from .named_things import NamedThings, beside, named_things, passage_of
from .prices import Price, Prices
from .unit_conversion import SMALLEST, Number, bounded, read, read_fact, seconds_of
from .words import alternatives, plural, stems

_USUAL = frozenset(("usual", "current"))
_ALIKE = 20
"""How many times its usual length the main time of a capability may be, where its words are absent."""
_NOT_RATES = frozenset(("included", "interval"))
_UPTIME = "uptime|availability|available|sla|slo|succeed|success"
_ERRORS = "error|failure|failed request"
_DOWNTIME = "down|downtime|outage|unavailable|offline|interruption"


def numbers_of(task: AgentTask) -> tuple[Number, ...]:
    """Return the numbers of a task: the facts of its reading, then those of its quantities that are no such fact."""
    facts = task.reading.facts if task.reading else ()
    read_before = {(fact.text, fact.subject, fact.value, fact.unit) for fact in facts}
    others = (q for q in task.quantities if q.value > 0 and (q.text, q.subject, q.value, q.unit) not in read_before)
    return (*_of_facts(task), *map(read, others))


def _of_facts(task: AgentTask) -> tuple[Number, ...]:
    if task.reading is None:
        return ()
    found: list[tuple[Number, Passage | None]] = []
    for fact in task.reading.facts:
        words = beside(fact, task.reading, task.context.original_request)
        number = read_fact(fact, words) if fact.kind == "quantity" else None
        if number is not None:
            found.append((number, passage_of(fact, task.reading)))
    alone = Counter((number.kind, passage) for number, passage in found)
    return tuple(
        replace(number, around=frozenset(stems(passage.text)))
        if passage is not None and alone[number.kind, passage] == 1
        else number
        for number, passage in found
    )


def quantities_of(task: AgentTask, ledger: Ledger | None = None, asks: Collection[int] = ()) -> Quantities:
    """Return the numbers of a task for its templates; the defaults that they use are recorded in the ledger.

    Numbers of `asks`, the positions that a capability applies to, come first; one of another ask counts only where its
    own words say what it is about.
    """
    return Quantities(numbers_of(task), named_things(task.reading), ledger, frozenset(asks))


class Quantities:
    """The numbers of a request. The methods' `name` is a default's subject in plain English, where `words` are not."""

    __slots__ = ("_ledger", "_named", "_numbers", "_others")

    def __init__(
        self,
        numbers: Iterable[Number],
        named: NamedThings | None = None,
        ledger: Ledger | None = None,
        asks: frozenset[int] = frozenset(),
    ) -> None:
        numbers = tuple(numbers)
        self._others = tuple(number for number in numbers if asks and number.asks and not asks & set(number.asks))
        own = tuple(number for number in numbers if number not in self._others)
        self._numbers = (*own, *self._others)
        self._named = named or NamedThings()
        self._ledger = ledger or Ledger()

    def rate(self, words: str, per: str, default: float, name: str = "") -> Figure:
        """Return the usual rate per `per` (second, minute, hour, day, ...): `q.rate("order", "hour", 500)`."""
        noun = name or plural(_first(words))
        usual, peak, plain = self._rates(words)
        number, multiple = usual or plain, self._find("factor", "")
        if number is not None:
            return self._per(number, per, noun)
        if peak is not None:
            high = self._per(peak, per, noun)
            return (high / largest(1, _as_stated(multiple))).of(high.unit) if multiple else high
        return self._default(default, f"{noun}/{per}", lambda: assumptions.of_rate(noun, per, default))

    def load(self, words: str, per: str, default: float, factor: float = 1) -> Load:
        """Return a rate as it usually is and at its peak, `factor` times that where the request says nothing of it.

        A rate without a role is the peak where the request or `factor` tells of one, else the usual one.
        """
        usual, peak, plain = self._rates(words)
        multiple = self._find("factor", "")
        if peak is None and usual is None and (multiple is not None or factor > 1):
            peak = plain
        else:
            usual = usual or plain
        noun = plural(_first(words))
        low, high = (self._per(number, per, noun) if number else None for number in (usual, peak))
        if low is not None and high is not None:
            return Load(low, high, largest(1, high / largest(SMALLEST, low)).of("times"), both=True)
        times = largest(1, _as_stated(multiple) if multiple else self._multiple(factor))
        both = multiple is not None and (low is not None or high is not None)
        if high is not None:
            return Load((high / times).of(high.unit), high, times, both)
        low = low if low is not None else self.rate(words, per, default)
        return Load(low, (low * times).of(low.unit) if multiple or factor > 1 else low, times, both)

    def duration(self, words: str, unit: str, default: float, name: str = "", main: bool = False) -> Figure:
        """Return a time in `unit`: `q.duration("response|latency", "ms", 2000)`. No words (`""`): any stated time.

        The `main` time of a capability may stand without its words: "the cheapest that is there in two days".
        """
        seconds = seconds_of(unit)
        number = self._find("duration", words) or (self._only_duration(default * seconds) if main else None)
        if number is None:
            named = name or _first(words)
            return self._default(default, unit, lambda: assumptions.of_duration(named, unit, default))
        return _stated(number.value / seconds, unit, number)

    def percentile(self, words: str, default: float) -> Figure:
        """Return the share of cases, in percent, that a time binds: 95 for "p95 below 350 ms"."""
        number = self._find("duration", words)
        if number is not None and number.percentile:
            return Figure(number.percentile, unit="%")
        name = "share of answers within the response time"
        return self._default(default, "%", lambda: assumptions.of_percent(name, default))

    def percent(self, words: str, default: float, name: str = "") -> Figure:
        """Return a percentage, 0 to 100: `q.percent("return|refund", 8, "share of returns")`."""
        number = self._find("percent", words)
        if number is None:
            return self._default(default, "%", lambda: assumptions.of_percent(name or _first(words), default))
        return Figure(number.value, unit="%", said=number.said)

    def uptime(self, default: float) -> Figure:
        """Return the share of time in which all works, in percent; also from a downtime or a share of errors."""
        down, errors = self._find("share", _DOWNTIME), self._find("percent", _ERRORS)
        if self.stated("percent", _UPTIME) or (down is None and errors is None):
            return self.percent(_UPTIME, default, "uptime")
        if down is not None:
            return Figure(max(0.0, 100 - 100 * down.value), unit="%", said=f"{down.said} of downtime at most")
        return Figure(
            100 - errors.value if errors else default,
            unit="%",
            said=f"{errors.said} of errors at most" if errors else "",
        )

    def downtime(self) -> Figure | None:
        """Return the share of time that may be lost, in percent, None where the request states none."""
        down = self._find("share", _DOWNTIME)
        return Figure(100 * down.value, unit="%", said=down.said) if down else None

    def factor(self, words: str, default: float, name: str = "peak load") -> Figure:
        """Return a multiple: `q.factor("", 1)` is 10 for `10x`."""
        number = self._find("factor", words)
        return _as_stated(number) if number else self._multiple(default, name)

    def count(self, words: str, default: float, name: str = "", role: str = "") -> Figure:
        """Return a plain number, `q.count("shop|seller", 1)`, else how many things of that kind are named.

        A number with this `role` ("included") is meant whatever its words are.
        """
        number = (self._by_role(role, words) if role else None) or self._find("count", words)
        if number is not None:
            return _stated(number.value, _first(words), number)
        things = len(self._named.named(words))
        if things > 1 or (things and "marketplace" not in words):  # a shop on one marketplace sells elsewhere too
            return Figure(things, unit=_first(words))
        noun = name or _first(words)
        return self._default(default, noun, lambda: assumptions.of_count(noun, default))

    def time(self, words: str, default: str, name: str) -> TimeOfDay:
        """Return a time of day: `q.time("cut off|cutoff", "14:00", "cut-off")`."""
        stated = self._named.time(words)
        hour, _, minute = (stated or default).partition(":")
        rests_on = () if stated else (assumptions.of_value(name, default),)
        return TimeOfDay(*(Figure(int(part), self._ledger, rests_on) for part in (hour, minute)))

    def plans(self, default: float) -> tuple[Price, ...]:
        """Return the plans with their prices, at least one: the named ones, else one at the stated or default price."""
        return Prices(self._numbers, self._named).plans() or (self._default_plan(default),)

    def overage(self) -> Price | None:
        """Return the price of one more unit above what is included, None if the request states none."""
        return Prices(self._numbers, self._named).overage()

    def limit(self, words: str) -> Price | None:
        """Return the amount of money that is stated beside one of these words, None if there is none."""
        return Prices(self._numbers, self._named).limit(words)

    def stated(self, kind: str, words: str) -> bool:
        """Return True if the request states a `rate`, `duration`, `percentile`, `percent`, ... for these words."""
        number = self._find("duration" if kind == "percentile" else kind, words)
        return number is not None and (kind != "percentile" or number.percentile > 0)

    def units(self) -> frozenset[str]:
        """Return the stems of all stated subjects and units, the kinds (`rate`, ...) and categories of named things."""
        categories = frozenset(stem for thing in self._named.things for stem in stems(thing.category))
        return categories.union(*(n.about | {n.kind} for n in self._numbers))

    def _rates(self, words: str) -> tuple[Number | None, Number | None, Number | None]:
        """Return the first usual, peak and other rate about these words."""
        found = [n for n in self._numbers if n.kind == "rate" and n.role not in _NOT_RATES and _is_about(n, words)]
        usual = next((number for number in found if number.role in _USUAL), None)
        peak = next((number for number in found if number.role == "peak"), None)
        plain = next((number for number in found if number.role != "peak" and number.role not in _USUAL), None)
        if usual and plain and not peak and usual.speed < plain.speed:  # "usually 40 a day, up to 900 on Black Friday"
            return usual, plain, None
        return usual, peak, plain

    def _find(self, kind: str, words: str) -> Number | None:
        """Return the number about the first alternative that has one, by its own words, its clause's or its ask's."""
        of_kind = [n for n in self._numbers if n.kind == kind and (kind != "duration" or n.role != "current")]
        meant = tuple(map(frozenset, alternatives(words)))
        others = [number for number in of_kind if number in self._others]
        bare = [number for number in of_kind if number.bare and number not in others]
        named = (n for wanted in meant for n in of_kind if wanted <= n.about and n not in others)
        clause = (n for wanted in meant for n in bare if wanted <= n.about | n.beside)
        ask = (n for wanted in meant for n in bare if wanted <= n.about | n.around)
        elsewhere = (n for wanted in meant for n in others if wanted <= n.about)
        return next(named, None) or next(clause, None) or next(ask, None) or next(elsewhere, None)

    def _only_duration(self, usual: float) -> Number | None:
        """Return the one time of the order of the usual seconds that binds the capability's own asks."""
        own = (n for n in self._numbers if n.kind == "duration" and n.asks and n not in self._others)
        alike = [n for n in own if n.role != "current" and usual / _ALIKE <= n.value <= usual * _ALIKE]
        return alike[0] if len(alike) == 1 else None

    def _by_role(self, role: str, words: str) -> Number | None:
        """Return a number with a role, best one about these words: the labels of "3 users and 250 labels free"."""
        found = [number for number in self._numbers if number.role == role and number.kind in {"count", "rate"}]
        return next((number for number in found if _is_about(number, words)), None) or next(iter(found), None)

    def _per(self, number: Number, per: str, noun: str) -> Figure:
        times = seconds_of(per) / number.per_seconds
        return Figure(
            bounded(bounded(number.value) * times), unit=f"{noun}/{per}", said=number.said, meant=number.value * times
        )

    def _multiple(self, default: float, name: str = "peak load") -> Figure:
        if default == 1:
            return Figure(1, unit="times")
        return self._default(default, "times", lambda: assumptions.of_factor(name, default))

    def _default(self, value: float, unit: str, assumption: Callable[[], Assumption]) -> Figure:
        if isinstance(value, Figure):
            return value
        return Figure(value, self._ledger, (assumption(),), unit)

    def _default_plan(self, price: float) -> Price:
        rests_on = (assumptions.of_value("price of a plan", f"{price} USD/month"),)
        return Price("", Figure(price, self._ledger, rests_on), "USD", stated=False)


def _as_stated(multiple: Number) -> Figure:
    return _stated(multiple.value, "times", multiple)


def _stated(value: float, unit: str, number: Number) -> Figure:
    """Return a value of a stated number, inside the bounds in which playbooks compute."""
    return Figure(bounded(value), unit=unit, said=number.said, meant=value)


def _first(words: str) -> str:
    return words.partition("|")[0]


def _is_about(number: Number, words: str) -> bool:
    return any(number.about.issuperset(phrase) for phrase in alternatives(words))

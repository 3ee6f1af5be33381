"""Names of plans with their prices: "Basic $12, Team $48", "Pro at 29 EUR", "$12/$48 for Basic and Team"."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from creatorflow_orchestrator.core.reading.word_sets import word_set
from creatorflow_orchestrator.core.request import Fact, FactKind

from .fact_tokens import Kind, Tokens
from .plan_words import NO_PLANS, USUAL_PLANS
from .values import Figure, Sort

_BETWEEN = frozenset(('"', "”", "“", ":", "(", ",", "=", "-", "–", "—", "|")) | word_set("""
    at for costs cost is plan tier from package being
    """)
_JOINTS = frozenset((",", "and", "/", "&", "or"))
_KINDS = frozenset(("plan", "plans", "tier", "package", "subscription"))
_OF_PLANS = word_set(
    "plan tier package customers users subscribers has includes include gets get allows costs and or , . ?"
)
_AFTER = frozenset(("for", "on", "in", "with", "the", "a"))


def plan_facts(
    tokens: Tokens, figures: Sequence[Figure], taken: Set[int] = frozenset()
) -> tuple[list[Figure], list[Fact]]:
    """Return the figures, each price with its plan as the subject, and the plans; `taken` are tokens of known names."""
    prices = [at for at, figure in enumerate(figures) if figure.sort is Sort.MONEY]
    priced, plans = list(figures), dict[int, Fact]()
    lists = _lists(tokens, priced, prices)
    for at in prices:
        figure = priced[at]
        if len(prices) > 1 and tokens.lows[figure.start] == "max" and _is_plan(tokens, figure.start, True):
            figure = replace(figure, start=figure.start + 1, comparison="=")  # "Lite costs $5 and Max $45"
        name = lists.get(at, -1)
        name = _before(tokens, figure.start, len(prices) > 1) if name < 0 else name
        name = _after(tokens, figure.end) if name < 0 else name
        if name >= 0 and name not in taken:
            priced[at] = replace(figure, subject=tokens.raw(name))
            plans[name] = _plan(tokens, name)
    plans |= {at: _plan(tokens, at) for at in _without_price(tokens, bool(plans), len(prices) > 1) if at not in taken}
    return priced, list(plans.values())


def _without_price(tokens: Tokens, priced: bool, several: bool) -> list[int]:
    """Return the plans without a price: "the Basic tier", "Plan: Grow", "Seed: free"; `priced`: others have one."""
    found: list[int] = []
    known = priced or not _KINDS.isdisjoint(tokens.lows)
    for at, low in enumerate(tokens.lows if known else ()):
        if not tokens.capital(at) or low in NO_PLANS:
            continue
        beside = tokens.lows[at + 1] in _KINDS and (not tokens.begins_sentence(at) or low in USUAL_PLANS)
        keyed = tokens.lows[at - 1] == ":" and tokens.lows[at - 2] in _KINDS
        free = (
            several
            and tokens.phrase(at + 1, 2) == ": free"
            and (tokens.begins_line(at) or tokens.lows[at - 1] in ("-", "*", "•"))
        )
        usual = low in USUAL_PLANS and tokens.lows[at + 1] in _OF_PLANS
        if beside or keyed or free or usual:
            found.append(at)
    return found


def _plan(tokens: Tokens, at: int) -> Fact:
    start, stop = tokens.starts[at], tokens.ends[at]
    return Fact(start, stop, tokens.raw(at), FactKind.NAME, name=tokens.raw(at), category="plan")


def _lists(tokens: Tokens, figures: Sequence[Figure], prices: Sequence[int]) -> dict[int, int]:
    """Return the plans by price of "Basic and Team at $12/$48" and "$12/$48 for Basic and Team"."""
    found: dict[int, int] = {}
    for run in _runs(figures, prices):
        first = run[0]
        after = figures[run[-1]].end
        after += tokens.lows[after] in _AFTER
        before = figures[first].start - 1
        before -= tokens.lows[before] in _BETWEEN
        start = before
        while (
            start > 0
            and before - start < 12
            and (_is_plan(tokens, start - 1, True) or tokens.lows[start - 1] in _JOINTS)
        ):
            start -= 1
        for names in (_listed(tokens, after), _listed(tokens, start)):
            if len(names) == len(run):
                found.update(zip(run, names, strict=True))
                break
    return found


def _runs(figures: Sequence[Figure], prices: Sequence[int]) -> list[list[int]]:
    """Return the groups of two to eight prices that stand side by side."""
    runs: list[list[int]] = []
    for at in prices:
        if runs and runs[-1][-1] == at - 1 and figures[at].start - figures[at - 1].end <= 2:
            runs[-1].append(at)
        else:
            runs.append([at])
    return [run for run in runs if 2 <= len(run) <= 8]


def _before(tokens: Tokens, at: int, several: bool) -> int:
    """Return the token of the plan's name that stands before a price, or -1.

    `several` is true if the text has another price: then an unusual name counts too.
    """
    name = at - 1
    for _ in range(4):
        if name >= 0 and (tokens.lows[name] in _BETWEEN or (name and _is_cell(tokens, name - 1))):
            name -= 1
    return name if name >= 0 and _is_plan(tokens, name, several) else -1


def _after(tokens: Tokens, at: int) -> int:
    """Return the token of the plan's name that stands after a price ("$12 Basic", "$12 for the Basic plan"), or -1."""
    name = at
    while name < at + 2 and tokens.lows[name] in _AFTER:
        name += 1
    return name if tokens.capital(name) and tokens.lows[name] in USUAL_PLANS else -1


def _listed(tokens: Tokens, at: int) -> tuple[int, ...]:
    """Return the tokens of a list of plans that begins at a token: "Basic, Team and Pro", "Basic/Team"."""
    found: list[int] = []
    while len(found) < 8 and tokens.capital(at) and tokens.lows[at] not in NO_PLANS:
        found.append(at)
        at += 1
        while tokens.lows[at] in _JOINTS:
            at += 1
    return tuple(found) if any(tokens.lows[name] in USUAL_PLANS for name in found) else ()


def _is_cell(tokens: Tokens, at: int) -> bool:
    """Return True for a word that is the first cell of a row: "Start;0 EUR", "Start | 0 EUR"."""
    parted = tokens.lows[at + 1] == "|" or (tokens.lows[at + 1] in (";", ",") and tokens.glued(at + 2))
    return parted and tokens.kinds[at] == Kind.WORD and tokens.begins_line(at)


def _is_plan(tokens: Tokens, at: int, several: bool) -> bool:
    low = tokens.lows[at]
    if tokens.kinds[at] != Kind.WORD or low in NO_PLANS:
        return False
    if low in ("max", "plus", "mini"):
        return tokens.capital(at) and several and (not tokens.begins_sentence(at) or _is_cell(tokens, at))
    if low in USUAL_PLANS:
        return tokens.capital(at) or several
    return (
        several
        and tokens.capital(at)
        and (
            not tokens.begins_sentence(at)
            or tokens.lows[at - 1] in (":", "-", "•", '"', "“")
            or _is_cell(tokens, at)
            or (tokens.begins_line(at) and tokens.lows[at + 1] == ":")
        )
    )

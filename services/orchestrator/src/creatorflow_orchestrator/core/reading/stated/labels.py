"""Numbers that name or number something and measure nothing: sections, versions, tickets, codes, years."""

from __future__ import annotations

import re

from creatorflow_orchestrator.core.reading.word_sets import word_set

from .dates import is_day_of_month
from .fact_tokens import Kind, Tokens
from .nouns import is_plural
from .numbers import Number, read_scale
from .unit_words import UNITS

_LABELS = word_set("""
    phase part step version section chapter table page level tier no number soc iso pci oauth tls web goal goals pr
    issue ticket item figure fig appendix sprint iteration case option priority v release build invoice route port
    article art rfc room floor stage question req requirement story epic http status code error errors week year
    quarter line lines row bay zone wave id sku po order mr bug task paragraph clause day node python php java
    variant scenario round sections steps pages issues tickets items versions chapters tables phases ids response
    apt suite en din ietf phone tel fax mobile ext extension size shelf aisle house gate bin dock §
    """)
_OR_VERBS = word_set("""
    order orders issue table page ticket release build number line case stage code invoice level wave store step
    task row round ids sku skus route option part question story zone size shelf house bin dock
    """)
"""Labels that are also verbs or ends of phrases: a plural noun or a unit after the number shows it is none."""
_ORDINARY = word_set("a usual normal ordinary quiet average typical per each every busy drop same working")
_HOSTS = frozenset(("localhost", "host", "port", "server"))
_STANDARDS = frozenset(("iso", "en", "din", "rfc", "iec"))
_GLUE = frozenset(("#", "/", ".", "_", "@", "\\", ":"))
_STREETS = word_set("street st road rd lane ln avenue ave drive way close square court place terrace boulevard blvd")
_FIRST_OF_STREETS = word_set("jalan rue via calle rua avenida avenue plaza piazza ulica")
_COUNTRIES = frozenset(("DE", "AT", "FR", "IT", "ES", "NL", "BE", "PL", "GB", "IE", "CHE", "DK", "SE"))
"""The beginnings of a VAT id."""
_SECTION = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}")
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2}){1,3}")


def counts_nothing(tokens: Tokens, number: Number) -> bool:
    """Return True for the number of a section, a version, a ticket, a code, and for a day of a month."""
    at = number.start
    if number.spelled:
        return tokens.lows[at - 1] in ("phase", "section", "chapter", "version", "part", "step", "day")
    return _is_section(tokens, at) or _is_labelled(tokens, number) or is_day_of_month(tokens, at)


def inside(tokens: Tokens, at: int) -> bool:
    """Return True for a figure in the middle of what is no number: "a.5", "2024-001", "1/2/3"."""
    if tokens.kinds[at] != Kind.FIGURE or not tokens.glued(at):
        return False
    before = tokens.lows[at - 1]
    if before not in _GLUE and (before != "-" or not tokens.glued(at - 1)):
        return False
    # "uptime:99.9" is a figure, "1:10" and "localhost:8080" are none
    keyed = before == ":" and tokens.kinds[at - 2] == Kind.WORD and tokens.lows[at - 2] not in _HOSTS
    return not keyed and tokens.lows[at - 2] not in ("sub", "under", "mid", "pre", "to")


def _is_section(tokens: Tokens, at: int) -> bool:
    """Return True for "2.1 Orders are ..." and "3) ..." at the beginning of a line or a sentence."""
    if not tokens.begins_sentence(at):
        return False
    raw, after = tokens.raw(at), tokens.lows[at + 1]
    if after in (".", ")") and tokens.glued(at + 1) and _SECTION.fullmatch(raw):
        return tokens.kinds[at + 2] != Kind.BREAK
    if number_of_heading(tokens, at):
        return True
    if after in UNITS or read_scale(tokens, at + 1) != 1.0:
        return False  # "1.5 Million rows"
    return _NUMBERED.fullmatch(raw) is not None and (tokens.capital(at + 1) or tokens.kinds[at + 1] == Kind.BREAK)


def _is_postal_code(tokens: Tokens, number: Number) -> bool:
    """Return True for "7000 Chur" and "21335 Lüneburg": four or five digits and a name."""
    after = number.start + 1
    plain = number.end == after and len(tokens.raw(number.start)) in (4, 5) and tokens.raw(number.start).isdigit()
    return plain and tokens.capital(after) and not is_plural(tokens.lows[after]) and not tokens.raw(after).isupper()


def _is_house(tokens: Tokens, at: int) -> bool:
    """Return True for "22 Mill Lane" and "128 Jalan Ampang": behind the number a name of a street in capitals."""
    if tokens.lows[at] in _FIRST_OF_STREETS and tokens.capital(at) and tokens.capital(at + 1):
        return True
    for then in range(at, at + 4):
        if not tokens.capital(then):
            return False
        if then > at and tokens.lows[then] in _STREETS:
            return True
    return False


def number_of_heading(tokens: Tokens, at: int) -> bool:
    """Return True for "4 Constraints" and "3 Non-goals" alone on a line."""
    if not _SECTION.fullmatch(tokens.raw(at)) or not tokens.capital(at + 1):
        return False
    if tokens.lows[at - 1] == "#":
        return True
    if not tokens.begins_line(at) or tokens.lows[at + 1] in UNITS:
        return False
    for then in range(at + 2, at + 7):
        if tokens.kinds[then] == Kind.BREAK or "\n" in tokens.text[tokens.ends[then - 1] : tokens.starts[then]]:
            return True
        if not (tokens.capital(then) or tokens.glued(then) or tokens.lows[then] in ("and", "of", "the", "&", "for")):
            return False
    return False


def _is_labelled(tokens: Tokens, number: Number) -> bool:
    before = tokens.lows[number.start - 1]
    if _is_postal_code(tokens, number) or _is_house(tokens, number.end):
        return True
    if tokens.raw(number.end) == "SP" or tokens.phrase(number.end, 2) in ("story points", "story point"):
        return True
    if 400 <= number.value < 600 and tokens.lows[number.end] in ("error", "errors", "status", "response", "responses"):
        return True  # "504 errors"
    if before == "." and tokens.lows[number.start - 2] in ("no", "fig", "art", "v", "nr"):
        return True
    if before in _STANDARDS:
        return True
    if (
        tokens.kinds[number.start - 1] == Kind.FIGURE
        and before.startswith("0")
        and before.isdigit()
        and len(before) > 2
    ):
        return True  # "030 123456"
    if before in ("line", "row", "record") and tokens.lows[number.end] in ("of", ":"):
        return True  # "line 88,412 of 90,000"
    if tokens.lows[number.start - 2] == "id" or (tokens.raw(number.start - 1) in _COUNTRIES and number.value >= 1e6):
        return True
    if before not in _LABELS or number.marked:
        return False
    if before in ("day", "week", "year") and tokens.lows[number.start - 2] in _ORDINARY:
        return False  # "on a usual day 300"
    if before not in _OR_VERBS:
        return True
    after = tokens.lows[number.end]
    plural = (
        is_plural(after) or is_plural(tokens.lows[number.end + 1]) or after in ("%", "x", "ms", "s", "-", "gb", "mb")
    )
    return not (plural and number.end > number.start)

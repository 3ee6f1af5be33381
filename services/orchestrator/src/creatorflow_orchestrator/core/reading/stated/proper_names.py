"""Names that no vocabulary has, in the place of a name: "via Packlink", "with Foobar 3", "Acmebill's business"."""

from __future__ import annotations

from creatorflow_orchestrator.core.reading.calendar_names import WEEKDAYS
from creatorflow_orchestrator.core.reading.word_sets import word_set

from .dates import DATE_WORDS
from .fact_tokens import Kind, Tokens

_BEFORE = word_set("""
    via with using through from like against than by called named into to on for at in and or of
    """)
_SURE = word_set("via using with called named")
_NO_NAMES = word_set("""
    creatorflow i ok api csv pdf url sql id ids ui ux faq html css http https json xml rest sdk crm erp wms pos sku skus
    ean kpi kpis sla slo slos qa ci cd vat tv pc db ai it hr ceo cto cfo am pm utc cet gmt qr p1 p2 p3 p4 mvp poc b2b
    b2c saas gmv aov ltv roi cod english german french spanish orders order payments billing christmas easter not no yes
    and or the a an but we you they one our my this that please also ac crud live lives tls ssl rma
    """).union(WEEKDAYS)


def proper_name(tokens: Tokens, at: int) -> tuple[str, int, int] | None:
    """Return the unknown name that begins at a token, the token after it, and the place where its characters end."""
    if not _is_proper(tokens, at) or tokens.begins_sentence(at):
        return None
    before = tokens.lows[at - 1]
    owner = tokens.lows[at].endswith("'s")
    if not owner and before not in _BEFORE:
        return None
    if not owner and before not in _SURE and not _is_coined(tokens, at):
        return None
    end = at + 1
    while not owner and end < at + 3 and _is_proper(tokens, end) and not tokens.lows[end].endswith("'s"):
        end += 1
    if tokens.kinds[end] == Kind.FIGURE and before in _SURE and tokens.raw(end).isdigit() and len(tokens.raw(end)) < 3:
        end += 1
    stop = tokens.ends[end - 1] - (2 if owner else 0)
    return tokens.text[tokens.starts[at] : stop], end, stop


def _is_proper(tokens: Tokens, at: int) -> bool:
    low = tokens.lows[at].removesuffix("'s")
    known = low in _NO_NAMES or low in DATE_WORDS
    return tokens.capital(at) and len(low) > 2 and not known and not tokens.raw(at).removesuffix("'s").isupper()


def _is_coined(tokens: Tokens, at: int) -> bool:
    """Return True for a word with a capital inside or after small words: "to ShipBob", but not "To Do" or "API"."""
    raw = tokens.raw(at)
    return not raw.isupper() and any(letter.isupper() for letter in raw[1:])

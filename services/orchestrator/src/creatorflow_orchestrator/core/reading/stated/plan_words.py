"""Words that are usual names of plans, and words that are none although a price follows them."""

from __future__ import annotations

from creatorflow_orchestrator.core.reading.calendar_names import MONTHS
from creatorflow_orchestrator.core.reading.word_sets import word_set

from .fact_tokens import Kind, Tokens

USUAL_PLANS = word_set("""
    basic team pro starter free business enterprise premium plus growth scale standard gold silver bronze platinum
    lite solo studio agency advanced essential essentials professional ultimate personal hobby small medium large
    max mini unlimited core launch creator teams individual family company startup
    """)
NO_PLANS = word_set("""
    charge pay pays budget price prices plans plan cost costs total fee refund limit sell buy at for from to and or
    the a an we i it you our only each per monthly yearly up under over below above about minimum maximum usd
    eur gbp between save spend is are with of in on by refunds label labels orders order postage shipping
    """).union(MONTHS)


def names_plan(tokens: Tokens, at: int) -> bool:
    """Return True for a usual name of a plan with a capital letter."""
    return at >= 0 and tokens.kinds[at] == Kind.WORD and tokens.lows[at] in USUAL_PLANS and tokens.capital(at)

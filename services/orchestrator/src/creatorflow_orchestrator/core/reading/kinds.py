"""The kind of work that a clause asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from creatorflow_orchestrator.core.request import AskKind

from .english import SLOWNESS, TROUBLE
from .grammar import ACTING, after_opening, finite_verb, has_trouble, is_imperative, low, start_of
from .moods import Mood, wish_at
from .tokens import Token
from .verbs import IRREGULAR_PAST, VERBS
from .word_sets import word_set

_FASTER = word_set("fast quick faster quicker quickly snappier scalable responsive latency p95 p99 p50 throughput")
_TIMES = word_set("ms milliseconds s sec second seconds minute minutes min kb mb")
_SPANS = word_set("minute minutes min mins")
_ABLE = word_set("can could may able allowed")
_BOUNDS = word_set("under below within less than in most")
_NOUNS: tuple[tuple[AskKind, frozenset[str]], ...] = (
    (AskKind.MIGRATE, word_set("migration migrating")),
    (AskKind.VERIFY, word_set("test tests testing audit verification validation pentest qa rehearsal proof")),
    (AskKind.DECIDE, word_set("recommendation decision choice evaluation shortlist")),
    (AskKind.EXPLAIN, word_set("explanation analysis postmortem")),
    (AskKind.CHANGE, word_set("refactoring redesign rename change changes rework facelift upgrade")),
    (AskKind.FIX, word_set("fix bugfix hotfix bug repair")),
)
_FIRST_WORDS = 3  # of a phrase, among which its head is looked for
_LIKELY_HEAD = 6
_MENDED = word_set("impossible never unable")
_CHANGED = word_set("make turn get keep")
_LOWERED = word_set("make get keep reduce cut improve lower bring be weigh")
_STATES = word_set(
    "safe usable readable accessible stable exact correct possible unique visible secure simple simpler clear clearer "
    "bearable smaller bigger larger compatible consistent idempotent searchable sortable configurable work working"
)
_BEST = word_set("best cheapest better cheaper should worth recommend wiser")
_ASKED_OF = frozenset(("can", "could", "would", "will"))
_AFTER_PERSON = word_set("please also you we i system app it to the someone somebody")
_BEFORE_WISHED = word_set("to that you someone us it be able please the")
_TOLD = word_set("was were did had has have is are do does")


def kind_of(items: Sequence[Token], mood: Mood) -> AskKind:
    """Return the kind of work that a clause in that mood wants."""
    at = start_of(items)
    match mood:
        case Mood.IMPERATIVE:
            return _of_verb(items, _verb_place(items, at))
        case Mood.WISH:
            return _wished(items, at)
        case Mood.QUESTION:
            return _asked(items, at)
        case Mood.STATEMENT:
            return _kind_of_report(items)
        case Mood.RULE:
            return AskKind.SPEED_UP if _bounded(items, at) or _faster(items) else AskKind.BUILD
        case Mood.PHRASE:
            return _named(items[at:])
        case _:
            assert_never(mood)


def _verb_place(items: Sequence[Token], at: int) -> int:
    """Return the place of the verb of an order; a subordinate clause may stand before it."""
    if is_imperative(items, at):
        return at + 1 if low(items, at) in ("do", "try", "go", "always") and low(items, at + 1) in VERBS else at
    for place in range(at, len(items) - 1):
        if items[place].low in (",", "then") and is_imperative(items, place + 1 + start_of(items[place + 1 :])):
            return place + 1 + start_of(items[place + 1 :])
    return at


def _of_verb(items: Sequence[Token], at: int) -> AskKind:
    words = [item.low for item in items[at:]]
    verb = words[0] if words else ""
    if verb in _LOWERED and (set(words) & (_FASTER | SLOWNESS) or _bounded(items, at)):
        return AskKind.SPEED_UP
    if verb in _CHANGED and (state := _state(words)):
        return AskKind.FIX if state in _MENDED else AskKind.CHANGE
    if verb == "stop":
        return AskKind.FIX
    if verb in ("find", "figure") and "why" in words:
        return AskKind.EXPLAIN
    if verb in ("move", "switch", "go", "convert", "change", "port", "replace") and _from_to(words):
        return AskKind.MIGRATE
    kind = VERBS.get(verb, AskKind.BUILD)
    if kind is AskKind.BUILD and words[1:2] in (["tests"], ["test"]):
        return AskKind.VERIFY
    return kind


def _state(words: Sequence[str]) -> str:
    """Return the state that something is to be in: "make the page usable"."""
    if "sure" in words[:3]:
        return ""
    return next((word for word in words[1:8] if word in _STATES or word in _MENDED), "")


def _from_to(words: Sequence[str]) -> bool:
    """True for a move from one thing to another: "from MySQL to PostgreSQL"."""
    return "from" in words and ("to" in words[words.index("from") :] or "into" in words)


def _allows(items: Sequence[Token], at: int) -> bool:
    """True for what people may do up to a time: "customers can cancel within 30 minutes" asks for no speed."""
    words = [item.low for item in items[at:]]
    people = next((place for place, word in enumerate(words) if word in ACTING), len(words))
    able = _ABLE.intersection(words[people + 1 : people + 5]) and _SPANS.intersection(words)
    return bool(able) and SLOWNESS.isdisjoint(words) and _FASTER.isdisjoint(words)


def _bounded(items: Sequence[Token], at: int) -> bool:
    """True for a bound on a time or size: "get it under 200 ms"."""
    if _allows(items, at):
        return False
    words = [item.low for item in items[at:]]
    units = [place for place, word in enumerate(words) if word in _TIMES or (word.endswith("ms") and word[0].isdigit())]
    return any(_BOUNDS & set(words[max(0, place - 5) : place]) for place in units)


def _wished(items: Sequence[Token], at: int) -> AskKind:
    place = after_opening(items, at + wish_at(items, at))
    while low(items, place) in _BEFORE_WISHED:
        place += 1
    if low(items, place) in VERBS and is_imperative(items, place):
        return _of_verb(items, place)
    return AskKind.SPEED_UP if _faster(items) or _bounded(items, place) else _named(items[place:])


def _asked(items: Sequence[Token], at: int) -> AskKind:
    words = [item.low for item in items[at:]]
    first = words[0] if words else ""
    if first == "why" or words[:2] == ["how", "come"]:
        return AskKind.SPEED_UP if _slow(items) else AskKind.FIX
    if first in _ASKED_OF or first == "how":
        return _of_question(items, at)
    if _BEST & set(words) or ("or" in words and first in ("which", "is", "are", "do", "does")):
        return AskKind.DECIDE
    if finite_verb(items, at) < 0 and "or" in words:
        return AskKind.DECIDE
    if first not in ("what", "which", "who", "where", "when", "whose", "is", "are", *_TOLD) and has_trouble(items):
        return AskKind.FIX
    return AskKind.EXPLAIN


def _of_question(items: Sequence[Token], at: int) -> AskKind:
    """Return the kind of "can you fix it?", "how do we stop double refunds?", "how does it work?"."""
    place = at + 1
    while low(items, place) in _AFTER_PERSON or low(items, place) in ("can", "do", "could", "should"):
        place += 1
    if low(items, place) in VERBS:
        kind = _of_verb(items, place)
        asks_how = low(items, at) == "how" and low(items, at + 1) in ("does", "did", "is", "are", "many", "much")
        return AskKind.EXPLAIN if asks_how else kind
    return AskKind.EXPLAIN if low(items, at) == "how" else AskKind.BUILD


def _kind_of_report(items: Sequence[Token]) -> AskKind:
    if _slow(items):
        return AskKind.SPEED_UP
    verb = low(items, finite_verb(items))
    happened = verb in IRREGULAR_PAST or verb.endswith("ed") or verb in ("was", "were", "did")
    return AskKind.FIX if has_trouble(items) or happened else AskKind.BUILD


def _named(items: Sequence[Token]) -> AskKind:
    """Return the kind that a noun phrase says: "integration tests", "wrong totals", "MySQL to Postgres"."""
    words = [item.low for item in items if item.word]
    for kind, nouns in _NOUNS:
        if nouns & set(words[:_FIRST_WORDS]) and not {"log", "logs", "trail"} & set(words[: _FIRST_WORDS + 1]):
            return kind
    if _faster(items) or (_bounded(items, 0) and len(words) < 2 * _LIKELY_HEAD):
        return AskKind.SPEED_UP
    troubled = set(words[: _FIRST_WORDS + 1]) & TROUBLE - {
        "no",
        "not",
        "never",
        "nothing",
        "nobody",
        "failed",
        "duplicate",
    }
    if troubled and words[0] not in ("if", "when", "once", "after", "a", "an"):
        return AskKind.SPEED_UP if troubled & SLOWNESS else AskKind.FIX
    for kind, nouns in _NOUNS:
        if nouns & set(words[:_LIKELY_HEAD]) and not {"log", "logs", "trail"} & set(words[:_LIKELY_HEAD]):
            return kind
    return AskKind.BUILD


def _faster(items: Sequence[Token]) -> bool:
    return any(item.low in _FASTER for item in items)


def _slow(items: Sequence[Token]) -> bool:
    return any(item.low in SLOWNESS for item in items)

"""Headings and labels above what is not wanted, by their grammar: "What it does not do", "Considered and rejected"."""

from __future__ import annotations

from collections.abc import Collection

from .word_sets import word_set

_NOT = word_set("not never needn't won't don't doesn't isn't aren't shan't shouldn't nobody")
_UNABLE = word_set("must may can could cannot can't mustn't")
"""Words that make of a negation a rule or a problem: "What must not happen", "What we can't do"."""
_OPENING = word_set(
    "explicitly deliberately definitely clearly intentionally consciously currently expressly items item things thing "
    "stuff points features ideas topics measures options alternatives work parts changes wishes requests stories also "
    "is are was were been for these those this that here what whatever which we i you it they he she the a our and or "
    "already "
    "everything anything all considered discussed but looked at to be will shall"
)
"""Words that may stand before what says that something is left out."""
_WANTED = word_set(
    "do doing done be being want wanted need needed ask asked asking change changed changing touch touched touching "
    "include included cover covered covering build built building plan planned propose proposed intend intended "
    "foresee "
    "foreseen offer offered deliver require required replace replaced promise promised get getting got part "
    "scope goal goals aim aims objective objectives about affected concerned ordered requested considered discussed "
    "meant order table list menu agenda plan task job business topic concern responsibility mandate brief contract "
    "now yet today time soon later release version sprint phase quarter month year week iteration round step project "
    "ticket epic story pr rfc spec document statement proposal request us say looking look after bring brought back "
    "again todo start started worry care bother moment v1 v2 mvp pilot first next tackle tackled address addressed "
    "expect "
    "expected add added adding make making supply provide"
)
"""What does not happen to the things below: they are not wanted, where another verb tells a problem."""
_FUNCTION = word_set(
    "we i you it they he she the a an our your my this that these those in of on for to at by with from as be been is "
    "are will would do does did going have has us me any anything either them here up into under within so please"
)
_DROPPED = word_set(
    "unwanted rejected dropped parked postponed deferred excluded shelved scrapped descoped discarded omitted "
    "cancelled "
    "excludes frozen abandoned declined dismissed unneeded delayed skipped vetoed ignored unchanged untouched "
    "elsewhere outsourced withheld excepted exempt exempted withdrawn banned forbidden taboo disregarded discontinued "
    "benched reserved"
)
_PARTED = {
    **dict.fromkeys(["left", "leave", "leaving"], word_set("out aside off alone be unchanged untouched for to")),
    **dict.fromkeys(
        ["crossed", "struck", "scratched", "taken", "cut", "moved", "set", "put", "pushed", "kept"],
        word_set("out off from aside back"),
    ),
    "ruled": word_set("out"),
    "for": word_set("later"),
    "turned": word_set("down"),
    "decided": word_set("against"),
    "hands": word_set("off"),
    "off": word_set("limits"),
    "carved": word_set("out"),
    "fenced": word_set("off"),
    "beyond": word_set("scope"),
    "outside": word_set("scope"),
}
"""Words that say it only with another behind them: "left aside", "struck from the list"."""
_OTHERS = word_set("others other's else else's elsewhere somebody someone")
_OTHER_PEOPLE = word_set("other others team teams people squads departments the for by of what do does are doing")
_ACTS = word_set("do does done handled handle handles owned own owns covered built made solved taken elsewhere")
_NOBODY_ELSE = word_set("us you hand hands me creatorflow everybody everyone default")
"""Behind "done by" these are no others who do the work."""
_DOABLE = word_set("done finished built fixed working ready implemented there available live tested delivered solved")
_LEADING = word_set(
    "what which things stuff items this that we it i is will to explicitly deliberately definitely also"
)
"""First words of a title in which a negation may stand later; "Orders not shipped" names a problem."""
_POINTING = frozenset(("this", "the", "our"))
_PLACES = word_set("same way list table menu release scope plan")
_MOST_WORDS = 10
_MOST_OF_OTHERS = 8
_OPENED = 5  # words before what leaves out: "Things that we have"


def leaves_out(title: str, *, label: bool = False) -> bool:
    """True if the words of a heading or label (in lower case) say that what stands below is not wanted.

    A `label` is followed by what it leaves out, so it names nothing itself: "We don't ask for labels: ..." is prose.
    """
    words = [word.strip(".,:;!?()\"'*_~") for word in title.split()]
    words = [word for word in words if word][: _MOST_WORDS + 1]
    if not words or len(words) > _MOST_WORDS:
        return False
    if {"other", "others"}.intersection(words) and _OTHER_PEOPLE.issuperset(words):
        return True
    if words[0].rstrip("s") in _NON:
        return True
    if _OTHERS.intersection(words) and _ACTS.intersection(words) and len(words) <= _MOST_OF_OTHERS:
        return all(word in _OTHERS | _ACTS | _OPENING | _FUNCTION for word in words)
    if words[0] in _ACTS and words[1:2] == ["by"] and _NOBODY_ELSE.isdisjoint(words):
        return True
    if words[-1] == "without" and {"live", "do"}.intersection(words):
        return True
    return any(
        _says_so(words, at, label)
        for at in range(min(len(words), _OPENED + 1))
        if all(w in _OPENING for w in words[:at])
    ) or _negated(words, label)


_NON = frozenset(
    f"{prefix}-{word}"
    for prefix in ("non", "anti")
    for word in ("goal", "requirement", "objective", "target", "aim", "feature", "task")
)


def _says_so(words: list[str], at: int, label: bool) -> bool:
    """True for "rejected ideas", "left out of v1"; not for "rejected orders", which names what was rejected."""
    word = words[at]
    if any(other in _PARTED.get(word, ()) for other in words[at + 1 : at + 2]):
        return not label or all(other in _FUNCTION | _WANTED | _OPENING | _PLACES for other in words[at + 2 :])
    rest = words[at + 1 :]
    if word in ("stays", "stay", "remains", "remain", "out", "off"):
        return all(other in _FUNCTION | _DROPPED | _PLACES for other in rest)
    return word in _DROPPED and all(other in _FUNCTION | _WANTED | _OPENING for other in rest)


def to_be_done(words: Collection[str]) -> bool:
    """True for "not yet done": what is still to do."""
    return "yet" in words and not _DOABLE.isdisjoint(words)


def _negated(words: list[str], label: bool) -> bool:
    """True for "not proposed", "what the gate doesn't do", "things we do not ask for"."""
    if to_be_done(words):
        return False
    at = next((place for place, word in enumerate(words) if word in _NOT), -1)
    if at < 0 or _UNABLE.intersection(words[:at]) or (at and words[0] not in _LEADING):
        return False
    content = [word for word in words[at + 1 :] if word not in _FUNCTION]
    if words[at] == "needn't" and content == ["happen"]:
        return True
    if not content:
        return at > 0 or len(words) > 1
    if label and any(
        word not in _WANTED | _FUNCTION and words[place - 1] not in _POINTING
        for place, word in enumerate(words)
        if place > at
    ):
        return False
    return content[0] in _WANTED

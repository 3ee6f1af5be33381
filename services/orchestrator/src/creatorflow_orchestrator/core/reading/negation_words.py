"""The phrases by which a request says what it does not want, and the words of the negations that say something else.

Plain data.
"""

from __future__ import annotations

from .calendar_names import MONTHS
from .phrases import PhraseTable
from .word_sets import word_set


def _options(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in text.split("|"))


_NOT_TO_DO = word_set(
    "touch change build add include write implement design propose suggest plan cover mention redo rewrite rebuild "
    "redesign replace migrate refactor produce deliver modify alter introduce prepare provide create develop "
    "document explain tune optimise optimize fix draft offer code program"
)
_NOT_ABOUT = _options(
    "bother with|bother about|worry about|care about|care for|start with|start on|give me|give us|show me|send us|"
    "send me|bring us|bring up|go into|get into|deal with|look at|look into|mess with|spend time on|"
    "spend any time on|waste time on|work on|ask for|fiddle with|tinker with|dig into|expand on|think about|"
    "talk about|focus on|concern yourself with"
)
_NOT = _options(
    "do not|don't|dont|please don't|no need to|need not|needn't|don't even|do not even|rather not|prefer not to|"
    "prefer to not|better not|best not to|not want to|don't want to|dont want to|not looking to|not going to|"
    "not planning to|not have to|don't have to|not plan to"
)
_MUST_NOT = _options("must not|should not|shouldn't|mustn't|never")
_NOT_WANTED = _options("need|want|require|care about|care for|ask for|actually need|really need")
_FIXED = (
    "i won't need|we won't need|we will not need|you won't need|won't need|i can do without|no use for|no need for|"
    "no need of|there is no need for|there's no need for|there is no need to|no interest in|leave out|leaving out|"
    "leave aside|leaving aside|leave off|skip|skipping|ignore|ignoring|forget about|forget|never mind|nothing about|"
    "nothing on|nothing to do with|nothing for|hands off|stay away from|stay off|stay out of|keep away from|"
    "keep out of|keep your hands off|keep off|steer clear of|spare me|spare us|save us|omit|omitting|exclude|"
    "excluding|except for|except|excepting|with the exception of|apart from|aside from|other than|minus|bar|barring|"
    "not including|not counting|not touching|let alone|everything but|everything except|everything except for|"
    "everything apart from|everything other than|everything besides|everything bar|everything minus|all but|"
    "all except|all except for|all apart from|anything but|anything except|anything apart from|the lot except|"
    "the whole thing except|the works except|without touching|without changing|without building|without writing|"
    "without adding|without any|without|without going into|without having to build|without rebuilding|"
    "without rewriting|without replacing|we can do without|can do without|we do without|i can live without|"
    "we can live without|can do with no|rather than building|instead of building|instead of our own|"
    "rather than our own|instead of writing|rather than writing|instead of a|instead of any|rather than a|not about|"
    "this is not about|it's not about|it is not about|this isn't about|it isn't about|this is not for|"
    "this has nothing to do with|drop the idea of|not interested in|we are not interested in|i'm not interested in|"
    "we're not interested in|i am not interested in|not looking for|we are not looking for|i'm not looking for|"
    "we're not looking for|not asking for|i am not asking for|i'm not asking for|we're not asking for|"
    "we are not asking for|not asking either for|i am not asking either for|we are not asking either for|"
    "we don't ask for|not for|nor for|no further|neither|nor|postpone|defer|put off|hold off on|hold off with|park|"
    "we pass on|pass on|we skip|we leave out|we exclude|we postpone|we drop|it excludes|this excludes|scope excludes|"
    "does not include|doesn't include|does not cover|doesn't cover|do not include|should not include|"
    "must not include|not wanted|not needed|not required|not necessary|not now|not yet|not today|not this time|"
    "not this sprint|not this year|not this quarter|not in this phase|not in this release|not in this round|"
    "not in scope|not part of this|out of scope|outside the scope|outside scope|off limits|off the table|non goals|"
    "non-goals|nongoals|non goal|non-goal|exclusions|excluded|for later|later|no gos|no-gos|no go|no-go|won't do|"
    "wont do|won't have|deferred|parked|backlog|phase 2|phase two|v2|next phase|next release|future|in the future|"
    "future work|nice to have|out|do not want|don't do|do not do|not our problem|not our job|left out|to be left out|"
    "please no|stay clear of|keep clear of|save for|not after|we are not after|we're not after|i'm not after|not keen "
    "on|"
    "not fussed about|don't fancy|do not fancy|may ignore|can ignore|may skip|can skip|may leave out|can leave out|"
    "without introducing|without buying"
)

_SHORT_FORMS = "|".join(
    phrase.replace("without", short, 1)
    for phrase in _FIXED.split("|")
    if phrase.startswith("without")
    for short in ("w/o", "w/out", "sans")
)
BEFORE = PhraseTable(
    "|".join(
        (
            *(f"nothing to {verb}" for verb in _NOT_TO_DO),
            *(f"{no} {verb}" for no in (*_NOT, *_MUST_NOT) for verb in ("touch", "change", "build", "modify", "alter")),
            *(f"{no} {verb}" for no in _NOT for verb in (*_NOT_TO_DO, *_NOT_ABOUT)),
            *(
                f"{who}{no} {verb}"
                for who in ("", "i ", "we ", "you ")
                for no in ("do not", "don't", "dont")
                for verb in _NOT_WANTED
            ),
            _FIXED,
            _SHORT_FORMS,
        )
    )
)
"""Phrases before something that is not wanted."""

WORK = word_set("migrate rewrite redesign refactor tune fix build implement code redo rebuild change optimise optimize")
"""Verbs of which no object has to be named: "just explain, don't fix"."""

HEADS = PhraseTable(
    "not wanted|not needed|not required|not wished|not doing|we won't|won't have|no goals|no-go|nogo|anti-goals|"
    "what we skip|won't get|will not get|do not need|don't need|do not want|don't want|won't do|will not do|"
    "out of scope|parked|do not start|don't start|leave out|left out|leaves out|leave aside|not part of|not in scope|"
    "not included|not now|not yet|excluded|excepted|exempted|withheld|leave be|"
    "rejected|postponed|deferred|not planned|not for now|not asked for|"
    "not interested|crossed out|struck out|not bring it back|not asking for|off limits|off the table|not this time|"
    "nothing to do with|no need for"
)
"""Somewhere before a colon: what follows it is not wanted."""

LATER = PhraseTable(
    "not now|not yet|later|out of scope|out|no|none|not needed|not in scope|not this time|not today|not wanted|"
    "not required|next phase|phase 2|phase two|v2|next sprint|next quarter|next year|excluded|off limits|no thanks|"
    "not part of this|won't do|no change|unchanged|leave as is|leave it|can wait|skip|don't touch|do not touch|n/a|"
    "not our job|not our business|no need|not necessary|some other time|for later|another time|not for now|nope|nah|"
    "someone else|somebody else|others|another team|maybe later|maybe next year|maybe next quarter|maybe one day|next "
    "month|not this year|not this month|"
    "not this quarter|not this sprint|not here|not ours|no way|please no|not really|don't bother|forget it|never mind|"
    "withdrawn|dropped|shelved|parked|on ice|on hold|deferred|postponed|not before"
)
"""Behind a subject and a colon: it is not wanted."""

LABELS = _phrases(
    "not needed|not required|not necessary|not now|not yet|not today|not this time|not this sprint|not this year|"
    "not this quarter|not in this phase|not in this release|not in this round|not in scope|not part of this|"
    "out of scope|outside the scope|outside scope|off limits|off the table|non goals|non-goals|nongoals|non goal|"
    "non-goal|exclusions|excluded|for later|later|no gos|no-gos|no go|no-go|won't do|wont do|won't have|deferred|"
    "parked|backlog|phase 2|phase two|v2|next phase|next release|future|in the future|future work|not wanted|out|"
    "nice to have|not our problem|not our job|left out|to be left out"
)
"""Of these: only with a colon or dash after them."""

WEAK = word_set(
    "without w/o w/out sans park bar minus forget later defer postpone omit pass neither nor except excepting barring "
    "let we "
    "instead rather hold put"
)
"""First words of those that exclude only what an agent does or an answer contains."""

OPENING = word_set(
    "skip skipping ignore ignoring forget bar park defer postpone omit exclude neither nor pass put hold spare leave "
    "do don't dont never need needn't please"
)
"""First words of those that have to begin a clause."""

BEING = PhraseTable(
    "out of scope|outside the scope|not in scope|not part of this|not part of it|not part of the|not needed|"
    "not wanted|not required|not necessary|not our problem|not our job|not our business|not our concern|"
    "not my problem|not a topic|no topic|not the topic|not a goal|no goal|not the goal|not planned|off limits|"
    "off the table|organised by|organized by|unnecessary|not ours|not relevant|irrelevant|for another day|"
    "for another time|for later|for phase 2|for phase two|for a later phase|a later phase|a different project|"
    "another project|a separate project|not to be touched|not to be changed|left alone|left out|left as it is|"
    "left as is|none of our business|none of your business|not of interest|not interesting|no concern|"
    "not up for discussion|not up for debate|excluded|not included|to be left alone|to be left out|not due yet|"
    "not due|the other team's|another team's|someone else's|a no go|a no-go|not on the list|not on the table|"
    "not for now|not for this|not our topic|not a concern|no concern of|not your job|not your problem|"
    "not your concern|not your business|nothing to touch|nothing to change|not a priority|no priority|parked|"
    "postponed|deferred|not what we need|not what we want|not what i need|not what i want|not what this is about|"
    "not something we need|not something to touch|explicitly out|on hold|dropped|cancelled for now|taboo|"
    "no issue here|no issue|not an issue|none of our concern|none of my concern|none of my business|"
    "no business of|no part of|not affected|unaffected|out of the question|not an option|no option|not on the cards|"
    "something for later|something for another|"
    "ignored for|not yours|not involved|not touched|shelved|scrapped|descoped|ruled out|"
    "crossed out|struck off|struck out|put off|put on hold|off the list|off the agenda|not on the agenda|not our "
    "concern|unchanged|"
    "not being touched|not being changed|not up to us|bought in|outsourced|nothing for us|not for us|not in there"
)
"""Behind "is": the subject is not wanted."""

BEING_NOT = PhraseTable(
    "yours|mine|theirs|an option|on the cards|allowed|up for change|affected|involved|touched|in scope|part of|a topic|"
    "a goal|a priority|our|your|ours|needed|wanted|required|"
    "necessary|planned|included|for now|for this|relevant|of interest|due|up for discussion|on the list|on the table"
)
"""Behind "isn't": the subject is not wanted."""

_FOLLOWING = "|".join(
    f"{verb} in {time}"
    for verb in ("follows", "follow", "comes", "come", "will follow", "will come")
    for time in (*MONTHS, "spring", "summer", "autumn", "winter", "q1", "q2", "q3", "q4")
)
_NOT_DONE = "|".join(
    f"{will} be {done}"
    for will in ("will not", "won't", "need not", "needn't", "is not to", "are not to")
    for done in ("needed", "touched", "changed", "included", "built", "replaced", "covered", "affected", "required")
)
PREDICATES = PhraseTable(
    f"{_FOLLOWING}|{_NOT_DONE}|"
    "stays with|stay with|remains with|remain with|can wait|comes later|come later|will come later|will follow|"
    "follows later|follow later|stays as it is|stays as is|stay as they are|stays the same|stay the same|"
    "remains as it is|remain as they are|stays untouched|stay untouched|remains untouched|remain untouched|stays out|"
    "stay out|need not change|needn't change|needs no change|need no change|does not change|do not change|"
    "doesn't change|don't change|must not change|should not change|won't change|will not change|belongs to another|"
    "belong to another|belongs to the other|belong to the other|belongs to someone else|is not needed|are not needed|"
    "not needed|isn't needed|aren't needed|isn't wanted|aren't wanted|isn't required|aren't required|isn't in scope|"
    "aren't in scope|isn't part of|aren't part of|isn't our|aren't our|isn't a topic|isn't an issue|aren't an issue|"
    "isn't a goal|isn't wanted now|not now|not yet|later|not this time|not today|not this sprint|not this quarter|"
    "not this year|next year|next quarter|next sprint|next time|in phase 2|in phase two|in a later phase|"
    "in a second phase|in the next phase|in the next release|another time|another day|some other time|we do not need|"
    "we don't need|i don't need|i do not need|we don't want|i don't want|we do not want|we can do without|"
    "doesn't matter|does not matter|don't matter|do not matter|doesn't interest us|does not interest us|"
    "doesn't interest me|must stay as it is|must stay as they are|must remain as it is|must not be touched|"
    "must not be changed|should not be touched|should not be changed|may not be touched|may not be changed|"
    "shall not be touched|need not be touched|should stay as it is|should stay as they are|should stay the same|"
    "stays where it is|stay where they are|stays what it is|stay what they are|excepted|comes next|come next|we keep "
    "as is|we keep as it is|we keep as they are|we skip|we leave out|we "
    "postpone|we leave alone|don't touch|do not touch"
)
"""Behind a subject: it is not wanted."""

OWNERS = word_set(
    "affair affairs remit duty headache business job responsibility problem concern task department domain turf duty "
    "work project baby matter topic"
)
"""As in "billing is Chargebee's business"."""

SELF = word_set("ourselves myself in-house inhouse")
"""As in "we write the tests ourselves"."""

HELPERS = word_set(
    "designer designers colleague colleagues team agency freelancer partner vendor supplier developer developers "
    "accountant accountants provider bookkeeper admin consultant contractor intern department"
)
"""As in "our designer does the screens"."""

DONE_BY = word_set(
    "done organised organized triggered handled covered managed run owned built dealt provided solved made taken "
    "looked served"
)
"""As in "refunds are handled by the shop"."""

TOPICS = word_set(
    "topic issue project question matter problem task request ticket exercise job theme subject discussion story"
)
"""As in "this is no performance topic"."""

LEFT_AS_IT_IS = word_set(
    "change changes changed touch touched need needs needed want wanted require required modify modified altered "
    "edited include included built build scope part affected rewritten replaced redesigned topic planned concern"
)
"""Behind "neither X nor Y": both are not wanted. With another verb it is a problem: "neither label is printed"."""

QUALITY = word_set(
    "downtime loss losses duplicates duplicate double doubles doubled error errors delay delays gap gaps limit "
    "limits refresh reload reloading interruption interruptions interrupting outage outages hassle clicks click "
    "clicking waiting wait losing breaking stopping asking help effort friction hands restart restarts restarting "
    "lag manual conflict conflicts problem problems trouble issue issues mistake mistakes warning surprise surprises "
    "overselling oversell oversold hand reason idea doubt matter one way more less later longer fewer sooner earlier "
    "other only lost twice wrong stale false blocking lock locking locks falling failing having being sending "
    "copying typing knowing paying permission consent exception exceptions risk risks timeouts timeout crash crashes "
    "bug bugs regard proof point use chance success answer luck leaks leak race races deadlocks data-loss order "
    "missing holes jank flicker slowdown degradation disruption lock-in developer need developers signal internet "
    "connection wifi network password passwords javascript seeing letting notice fuss fear guessing thinking looking "
    "scrolling scroll zooming zoom swiping pinching flickering leaving going calling opening closing extra further "
    "approval role anyone anybody someone somebody human person"
)
"""Words of a quality or a problem, of which a text says "no" without leaving out work."""

RULED = word_set("skip skipping ignore ignoring do don't dont without exclude")
"""First words of phrases behind which a rule may stand ("skip orders that are unpaid")."""

RULES = word_set(
    "that which who twice duplicate duplicates already old stale unless if when case late unpaid empty invalid older "
    "newer than expired cancelled"
)
"""Words of a rule: "skip orders that are unpaid" is work, not scope."""

"""Work of other trades: verbs and things of which no agent does or makes anything, whatever words stand beside them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from .grammar import low, start_of
from .tokens import Token
from .word_sets import word_set

_VERBS = word_set(
    "hire recruit dismiss fire sack employ cook bake fry knit sew crochet iron paint wallpaper plaster mow weed sweep "
    "proofread photograph film sing dance rhyme rent lease renovate furnish plumb weld repair babysit sue congratulate "
    "marry"
)
"""Verbs of an order of which no agent does anything, whatever its object is."""
_THINGS = word_set(
    "poem limerick song haiku joke speech novel essay horoscope recipe dinner lunch breakfast cake menu lawyer plumber "
    "electrician dentist doctor flat office hotel restaurant flight flights holiday wedding birthday party leaflet "
    "brochure cleaner sofa coffee logo crossword horse salary"
)
"""Things that no agent makes or finds."""
_HEADS = _THINGS | word_set(
    "laptop laptops chair chairs desk desks furniture tea meal meals recipes cakes menus restaurants cafe café hotels "
    "train trains taxi car cars bicycle bike holidays vacation trip trips parties present gift-wrap flowers plants "
    "garden house apartment offices kitchen room rooms dock roof wall walls floor lamp lights poems limericks haikus "
    "sonnet songs jokes story toast tweet tweets slogan jingle lyrics melody film movie photo photos picture pictures "
    "painting portrait logos flyer flyers leaflets business-card poster posters t-shirt scarf scarves sweater dress "
    "shoes hat weather haircut cleaners nanny babysitter gardener chef accountant-job job-ad advert vacancy cv resume "
    "cover-letter salaries payroll rent lease mortgage loan visa passport insurance pension divorce will homework exam "
    "thesis dog dogs cat cats pet pets fish bird gym yoga diet marathon football chess game games puzzle lottery drone "
    "drones robot robots rocket spaceship"
)
"""Heads of an object of another trade; before a word of this trade many of them are none ("photo upload")."""
_MAKING_VERBS = word_set(
    "write draft compose make bake find book plan choose suggest recommend design create organise organize give tell "
    "buy order translate get prepare need want read sing arrange print fix mend"
)
"""Verbs that ask for a thing itself: "draft a contract for a driver"."""
_MADE = _THINGS | word_set(
    "obituary solicitor accountant contract handbook heating trademark tattoo playlist puppy payslip dismissal rota"
)
"""Things of another trade behind such a verb; behind others some of them are of this trade ("test the contract")."""
_BEFORE_MADE = word_set("a an the our my some me us another new good short long little nice birthday christmas and")
_PLACING_VERBS = word_set(
    "add print show upload attach display include put embed store import export send save delete remove validate "
    "calculate charge track list sync offer allow resize"
)
"""Verbs by which a thing of another trade may be put into a known one: "add photos to the returns portal"."""


def is_foreign(items: Sequence[Token]) -> bool:
    """True for an order of another trade, whatever its words: "hire two pickers", "draft a contract"."""
    at = start_of(items)
    verb = low(items, at)
    if verb in _VERBS:
        return True
    if verb not in _MAKING_VERBS:
        return False
    return next((item.low for item in items[at + 1 :] if item.word and item.low not in _BEFORE_MADE), "") in _MADE


def foreign_head(about: str) -> str:
    """Return the head of an object if it is of another trade ("logo" of "a new logo of the shop"); else nothing."""
    head = "".join(about.lower().split(" of ")[0].split()[-1:])
    return head if head in _HEADS else ""


def is_placed(items: Sequence[Token], head: str) -> bool:
    """True if a verb before a head may put it into something: "add photos to", "let buyers upload photos to"."""
    before = takewhile(lambda word: word != head, (item.low for item in items))
    return not _PLACING_VERBS.isdisjoint(before)

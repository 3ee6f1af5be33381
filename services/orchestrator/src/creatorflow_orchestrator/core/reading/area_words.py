"""The areas of that a request can leave out in a few words, and the words with which it does. Plain data."""

from __future__ import annotations

from .calendar_names import MONTHS
from .english import ADVERBS, AUXILIARIES, DETERMINERS, LEADS, PREPOSITIONS, PRONOUNS
from .word_sets import word_set

AREAS = word_set(
    "billing analytics dashboard dashboards tests testing qa database frontend front-end ui screens reporting "
    "reports invoicing performance security deployment devops docs documentation charts payments subscriptions "
    "tiktok tables migrations test load-test load-tests plan plans shipping design statistics forecasts caching schema "
    "chart "
    "speed encryption"
)
"""Areas; orders, stock and labels are none, for a sentence with "not" about them mostly states a rule."""

DISMISSING = word_set(
    "not no nobody nothing none neither nor never don't doesn't didn't won't isn't aren't shouldn't "
    "mustn't needn't dont aside elsewhere later another else ourselves myself already sorted covered parked "
    "postponed excepted except untouched unchanged alone skipped skip omit omitted left out budget temptation remain "
    "remains stay stays keep keeps wait waits hold save set setting leaving resist forget rather spare avoid drop "
    "cut limit elsewhere settled solved outsourced ordered bought agency finance else's else outsource refrain sacred "
    "taboo wasted killed audited off-limits in-house "
    "enough forbid internally nice-to-have"
)
"""Of which a dismissal has one at least."""

PEOPLE = word_set(
    "squad brother sister wife husband friend boss ceo cto board legal customer client manager management developer "
    "designer "
    "intern freelancer consultant accountant marketing sales support logistics warehouse agency finance team colleague "
    "bookkeeper partner supplier vendor provider firm company contractor"
)
"""People and firms that may do the work instead, or decide that it is not done."""
ACTING = word_set("doing does do handles handle handling builds building makes making writes writing owns runs")
PUTTING_OFF = frozenset(
    (
        *(
            ("be", "too"),
            ("on", "us"),
            ("good", "hands"),
            ("under", "control"),
            ("care", "less"),
            ("leave", "it"),
            ("no", "place"),
            ("add", "nothing"),
            ("no", "influence"),
        ),
        *(
            (other, thing)
            for other in ("own", "separate", "different", "another", "other")
            for thing in ("ticket", "epic", "quote", "story", "offer", "contract", "budget", "team", "project")
        ),
    )
)
"""Words that together leave an area to others or to later: "analytics gets its own ticket"."""

_BESIDE = word_set(
    "belong belongs matter matters concern concerns topic issue need needs needed want wants wanted use uses used "
    "touch touched touching change changes changed start started include includes included extend extends cover covers "
    "build built make makes made write writes writing written do does doing take takes care think hear talk say speak "
    "waste "
    "words time money pay paying worry worries bother look get me us let let's people team colleague colleagues thing "
    "things story step phase date month quarter year week spring summer autumn winter next second third line lines "
    "list department part deal scope project side business job today same way on for someone somebody anyone anybody "
    "one other others somewhere day time have has had got new now yet please thanks really absolutely whatsoever "
    "obviously definitely honestly even ever dare rest here there this it's that's i'd i'm we'd we're you'd we've i've "
    "you we i would could should may might must shall will can being be been is are was were own our my your whatever "
    "everything anything ask asks asking asked says allowed welcome near go distracted handle handles handled hands "
    "maintain expect agenda god place influence add fingers exists exist circumstances account ticket epic quote offer "
    "contract budget release control separate own "
    "different less much last moved q1 q2 q3 q4 code stuff around under outside"
).union(MONTHS, PEOPLE, ACTING)
_TROUBLED = word_set("like right wrong badly well fast slowly can't cannot through down double twice")
CLOSED = (
    AREAS | DISMISSING | _BESIDE | ADVERBS | AUXILIARIES | DETERMINERS | LEADS | PREPOSITIONS | PRONOUNS
) - _TROUBLED  # fmt: skip
"""All words that such a dismissal may consist of; one with other words says more."""

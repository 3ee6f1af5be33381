"""The areas of that a request can leave out in a few words, and the words with which it does. Plain data."""

from __future__ import annotations

from .calendar_names import MONTHS
from .english import ADVERBS, AUXILIARIES, DETERMINERS, LEADS, PREPOSITIONS, PRONOUNS
from .word_sets import word_set

AREAS = word_set(
    "billing analytics dashboard dashboards tests testing qa database frontend front-end ui screens reporting "
    "reports invoicing performance security deployment devops docs documentation charts payments subscriptions "
    "tiktok tables migrations test load-test load-tests plan plans"
)
"""Areas; orders, stock and labels are none, for a sentence with "not" about them mostly states a rule."""

DISMISSING = word_set(
    "not no nobody nothing none neither nor never don't doesn't didn't won't isn't aren't shouldn't "
    "mustn't needn't dont aside elsewhere later another else ourselves myself already sorted covered parked "
    "postponed excepted except untouched unchanged alone skipped skip omit omitted left out budget temptation remain "
    "remains stay stays keep keeps wait waits hold save set setting leaving resist forget rather spare avoid drop "
    "cut limit elsewhere settled solved outsourced ordered bought agency finance else's else"
)
"""Of which a dismissal has one at least."""

_BESIDE = word_set(
    "belong belongs matter matters concern concerns topic issue need needs needed want wants wanted use uses used "
    "touch touched touching change changes changed start started include includes included extend extends cover covers "
    "build built make makes made write writes writing written do does doing takes care think hear talk say speak waste "
    "words time money pay paying worry worries bother look get me us let let's people team colleague colleagues thing "
    "things story step phase date month quarter year week spring summer autumn winter next second third line lines "
    "list department part deal scope project side business job today same way on for someone somebody anyone anybody "
    "one other others somewhere day time have has had got new now yet please thanks really absolutely whatsoever "
    "obviously definitely honestly even ever dare rest here there this it's that's i'd i'm we'd we're you'd we've i've "
    "you we i would could should may might must shall will can being be been is are was were own our my your whatever "
    "everything anything"
).union(MONTHS)
_TROUBLED = word_set("right wrong badly well fast slowly can't cannot through down double twice")
CLOSED = (
    AREAS | DISMISSING | _BESIDE | ADVERBS | AUXILIARIES | DETERMINERS | LEADS | PREPOSITIONS | PRONOUNS
) - _TROUBLED  # fmt: skip
"""All words that such a dismissal may consist of; one with other words says more."""

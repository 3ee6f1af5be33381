"""Objects and verbs of work that no software does, whatever words of the trade stand beside them. Plain data."""

from __future__ import annotations

from .english import word_set

FOREIGN_OBJECTS = word_set(
    "laptop laptops chair chairs desk desks sofa furniture coffee tea lunch dinner breakfast meal meals recipe "
    "recipes cake cakes menu menus restaurant restaurants cafe café hotel hotels flight flights train trains taxi "
    "car cars bicycle bike holiday holidays vacation trip trips party parties wedding birthday present gift-wrap "
    "flowers plants garden house flat apartment office offices kitchen room rooms dock roof wall walls floor lamp "
    "lights poem poems limerick limericks haiku haikus sonnet song songs joke jokes story novel essay speech toast "
    "tweet tweets slogan jingle lyrics melody film movie photo photos picture pictures painting portrait logo logos "
    "flyer flyers leaflet leaflets brochure business-card poster posters t-shirt scarf scarves sweater dress shoes "
    "hat recipe horoscope weather haircut doctor dentist lawyer cleaner cleaners nanny babysitter plumber "
    "electrician gardener chef accountant-job job-ad advert vacancy cv resume cover-letter salary salaries payroll "
    "rent lease mortgage loan visa passport insurance pension divorce will homework exam thesis dog dogs cat cats "
    "pet pets horse fish bird gym yoga diet marathon football chess game games puzzle crossword lottery drone drones "
    "robot robots rocket spaceship"
)
"""Heads of an object."""

PLACING_VERBS = word_set(
    "add print show upload attach display include put embed store build import export send save delete remove validate "
    "calculate charge track list sync offer allow resize"
)
"""Verbs by which a foreign thing may be part of a known one: "add photos to the returns portal"."""

FOREIGN_VERBS = word_set(
    "knit sew cook bake sing dance hire fire rent babysit feed paint drive proofread whistle swim hug marry adopt"
)
"""Verbs of an order."""

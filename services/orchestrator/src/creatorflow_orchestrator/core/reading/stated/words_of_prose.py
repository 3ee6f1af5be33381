"""Small words that bound a noun phrase beside a number, and words that cannot be its subject. Plain data."""

from __future__ import annotations

from creatorflow_orchestrator.core.reading.word_sets import word_set

NOT_NOUNS = word_set("""
    a an the this that these those my our your their its his her some any no all both each every either neither
    other i you we they he she it me us them who which what whose there here and or but nor so yet as than then thus
    if when while because since until till unless though although whether in on at by for from of to into onto with
    without within under over above below between among through during before after about against per via off out up
    down across along around behind beside near past like plus minus versus vs is are was were be been being am do
    does did done have has had having can could may might must shall should will would need needs want wants get
    gets got let lets make makes made give gives keep keeps kept take takes took go goes went not never also only
    just even still already too very more most less least few fewer many much such now today currently usually
    normally typically always sometimes often soon later again once twice ago max maximum min minimum tops late
    latest earlier earliest respectively roughly approximately apiece free included pm st nd rd th oclock please
    sell sells arrive arrives allow allows use uses run runs works work fail fails come comes beyond afterwards
    thereafter onwards upwards further extra instead likewise wide high long deep tall thick apart cheaper faster
    slower higher lower larger bigger smaller fast flat somewhere outside elsewhere abroad otherwise tomorrow
    yesterday cannot tonight
    """)
"""Words that end a noun phrase after a number."""

LINKS = word_set("""
    is are was were be been being has have had must should shall can could may might will would stay stays staying
    stayed remain remains kept keep of to in for at with = : - – — than that it them the a an our your their its
    which not never always only about around roughly approximately exactly currently usually normally typically now
    today takes take drops drop falls fall lies lie reach reaches reached rises rise set equals equal ( p50 p90 p95
    p99 p99.9 p999 gets get goes go comes within under by down up even also still already between from and just
    comfortably average peak on per every percentile after before possible due open valid available allowed ready
    limited rose fell grew went expires expire refreshes refresh leaves leave live lives ends end starts start lasts
    last waits wait closes opens target targets goal back |
    """)
"""Words and signs between a subject and its figure: "response time must stay under 2 s"."""

VERBS = word_set("""
    keep keeps hold holds make makes print prints send sends add adds build builds give gives let lets set sets get
    gets show shows delete deletes archive archives store stores retain retains need needs want wants have has try
    tries retry retries wait waits do does run runs ensure ensures reduce reduces cut cuts bring brings increase
    raise raises lower lowers limit limits process processes handle handles serve serves accept accepts allow allows
    finish finishes take takes must should can please first next includes include respond compare expect expects
    charges cap caps scale scales grow grows drop drops fall falls shave lock locks block blocks see sees use uses
    sell sells receive receives ship ships we i you they it there who which goes previous following
    """)
"""Words that are no part of a subject to the left of a figure, although no link either."""

PLURALS = word_set("people men women children staff data media feet mice persons criteria")
"""Plural nouns without an s."""

NO_PLURALS = word_set("this is has was us business address process access status less plus always previous")
"""Words that end in s and are no plural nouns."""

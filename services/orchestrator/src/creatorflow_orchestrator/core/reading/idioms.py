"""Figures of speech in which a word of the vocabulary has another meaning. Plain data."""

from __future__ import annotations

IDIOMS: tuple[str, ...] = (
    "weight loss",
    "lose weight",
    "shipping container",
    "phone screen broken",
    "joke about",
    "a lot of stock in",
    "around the clock",
    "bank account",
    "battery charge",
    "birth plan",
    "blood test",
    "book a table",
    "broken leg",
    "car crash",
    "car insurance",
    "charge my phone",
    "charge the battery",
    "charge the car",
    "charge the phone",
    "connect with people",
    "data plan for my phone",
    "delivery room",
    "dining table",
    "dinner table",
    "doctor ordered",
    "doctor's orders",
    "driving test",
    "exchange rate",
    "exchange student",
    "fashion design",
    "fashion label",
    "front row",
    "good order",
    "heavy load on",
    "house key",
    "in charge",
    "in order to",
    "in return",
    "index finger",
    "interest rate",
    "interior design",
    "jam session",
    "keyboard player",
    "kitchen table",
    "last order",
    "law and order",
    "loads of fun",
    "login to my bank",
    "music label",
    "order a pizza",
    "order a taxi",
    "order food",
    "order me",
    "order pizza",
    "ordered me to",
    "ordered us to",
    "out of order",
    "package holiday",
    "pay a visit",
    "pay attention",
    "pay back my friend",
    "piano key",
    "plan a trip",
    "plan for dinner",
    "plan my",
    "point of return",
    "record label",
    "report to the police",
    "return home",
    "return trip",
    "role model",
    "role play",
    "row of seats",
    "screen door",
    "season ticket",
    "secret santa",
    "security guard",
    "ship a feature",
    "ship a fix",
    "ship a new",
    "ship features",
    "ship it",
    "ship my car",
    "shipped the feature",
    "shipped the new release",
    "shipped the new version",
    "shipped the release",
    "short order",
    "social security",
    "spare key",
    "state of the art",
    "state of the business",
    "stock exchange",
    "stock market",
    "stock photo",
    "stock price",
    "table for two",
    "take stock",
    "tall order",
    "test drive",
    "test of time",
    "test tube",
    "therapy session",
    "to the letter",
    "track record",
    "traffic jam",
    "traffic light",
    "traffic warden",
    "train leaves",
    "water the plants",
    "weather forecast",
    "wedding plan",
    "design a logo",
    "free stock",
    "logo for",
    "new logo",
    "packing tape",
    "parcel tape",
    "reacts to",
    "reacts too",
    "report to the channel",
    "requests return",
    "second month",
    "second week",
    "step by step guide",
    "to the right",
)

CONTEXT_WORDS = (
    "account admin api app backend business buyer cart catalog catalogue channel checkout client cloud code "
    "company courier creator creatorflow customer dashboard data database deploy email employee erp export feature "
    "goods helper import influencer integration inventory invoice item listing live login marketplace merchant "
    "mobile network online order page parcel payment platform portal process product production purchase queue "
    "record refund release retail sale screen seller server service shipment shop shopify site sku software staff "
    "stock store subscription supplier support system team tenant tiktok tool transaction update user video "
    "warehouse web webhook website workflow carrier packer picker seller tenant parcel stream"
)
"""Words of the trade. An ambiguous word ("slow", "form") has the vocabulary's meaning only beside one of them."""

OTHER_TRADES = (
    "hire recruit dismiss fire sack employ cook bake fry knit sew crochet iron paint wallpaper plaster mow weed sweep "
    "proofread photograph film sing dance rhyme rent lease renovate furnish plumb weld repair babysit "
    "sue congratulate marry"
)
"""Verbs of work that no agent does, whatever its object is."""

OTHER_THINGS = (
    "poem limerick song haiku joke speech novel essay obituary horoscope recipe dinner lunch breakfast "
    "cake menu lawyer solicitor accountant plumber electrician dentist doctor flat office hotel restaurant flight "
    "flights holiday wedding birthday party leaflet brochure contract handbook cleaner sofa heating coffee "
    "logo trademark tattoo playlist crossword horse puppy salary payslip dismissal rota"
)
"""Things that no agent makes or finds, as the object of one of the verbs below."""

OTHER_VERBS = (
    "write draft compose make bake find book plan choose suggest recommend design create organise organize give tell "
    "buy order translate get prepare need want read sing arrange print fix mend"
)
"""Verbs that with one of the things above ask for work that no agent does ("draft a contract for a driver")."""

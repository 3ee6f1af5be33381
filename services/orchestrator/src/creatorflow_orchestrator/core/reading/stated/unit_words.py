"""The words and signs of units, and their canonical names in a fact. How units convert is not here (`units`)."""

from __future__ import annotations

from creatorflow_orchestrator.core.reading.word_sets import word_set

_PERIODS = {
    "second": "s sec secs second seconds",
    "minute": "min mins minute minutes",
    "hour": "h hr hrs hour hours",
    "day": "d day days",
    "week": "wk week weeks",
    "month": "mo mth month months",
    "quarter": "quarter quarters",
    "year": "y yr yrs year years annum",
    "night": "night nights",
}
PERIODS = {form: period for period, forms in _PERIODS.items() for form in forms.split()}
"""Words after "per": the period of a rate, as the unit names it ("orders/hour")."""

_UNITS = {
    "ms": "ms msec msecs millisecond milliseconds millis",
    "s": "s sec secs second seconds",
    "min": "min mins minute minutes",
    "h": "h hr hrs hour hours",
    "day": "day days d",
    "week": "week weeks wk wks",
    "month": "month months",
    "year": "year years yr yrs",
    "%": "% percent pct",
    "percentage points": "pp",
    "x": "x × fold",
    "rps": "rps req/s",
    "qps": "qps",
    "tps": "tps",
    "rpm": "rpm",
    "KB": "kb kilobyte kilobytes",
    "MB": "mb megabyte megabytes meg megs",
    "GB": "gb gig gigs gigabyte gigabytes",
    "TB": "tb terabyte terabytes",
    "KiB": "kib",
    "MiB": "mib",
    "GiB": "gib",
    "TiB": "tib",
    "B": "byte bytes",
    "kbit/s": "kbps kbit/s",
    "Mbit/s": "mbps mbit/s",
    "Gbit/s": "gbps gbit/s",
    "dpi": "dpi ppi",
    "px": "px pixel pixels",
    "mm": "mm millimetre millimetres millimeter millimeters",
    "cm": "cm centimetre centimetres centimeter centimeters",
    "m": "metre metres meter meters",
    "pt": "pt",
    "km": "km kilometre kilometres kilometer kilometers",
    "in": "inch inches",
    "g": "g gram grams",
    "kg": "kg kilo kilos kilogram kilograms kgs",
    "lb": "lb lbs",
    "t": "t tonne tonnes ton tons",
    "oz": "oz ounce ounces",
    "°C": "°c",
    "l": "l litre litres liter liters",
    "ml": "ml",
    "m²": "m² m2 sqm",
    "m³": "m³ m3 cbm",
    "kWh": "kwh",
    "W": "watt watts",
    "fps": "fps",
    "ft": "ft",
}
UNITS = {form: unit for unit, forms in _UNITS.items() for form in forms.split()}
"""Units by the word or sign after a number, in lower case."""

TIMES = frozenset(("ms", "s", "min", "h", "day", "week", "month", "year"))
"""The units of time."""

MULTIPLIED = {
    "fortnight": (14.0, "day"),
    "fortnights": (14.0, "day"),
    "decade": (10.0, "year"),
    "decades": (10.0, "year"),
}
"""Words for several of a unit."""

FINER = {"year": (12.0, "month"), "h": (60.0, "min"), "min": (60.0, "s"), "day": (24.0, "h")}
"""Units in which a part of a unit is stated: a quarter of an hour is 15 min."""

PREFIXES_OF_DAYS = word_set("working business calendar week work full whole more consecutive trading")
"""Words between a number and its unit of time: "3 working days"."""

COIN_WORDS = frozenset(("cent", "dollar", "euro", "pound", "franc", "penny"))
"""Coins of which "a" may be one: "a cent per label"."""

TIME_WORDS = frozenset(form for form, unit in UNITS.items() if unit in TIMES) | MULTIPLIED.keys() | PREFIXES_OF_DAYS
"""Words with which one of a unit of time can begin after "a"."""

FREQUENCIES = {
    "hourly": "hour", "daily": "day", "nightly": "night", "weekly": "week", "fortnightly": "fortnight",
    "monthly": "month", "quarterly": "quarter", "yearly": "year", "annually": "year",
    "annual": "year",
}  # fmt: skip
"""Adverbs that say how often."""

ADVERBS_OF_COUNT = {"once": 1.0, "twice": 2.0, "thrice": 3.0}

"""The English names of months and weekdays. Plain data."""

from __future__ import annotations

MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
    *("november", "december"),
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORT_MONTHS = tuple(name[:3] for name in MONTHS)
MONTH_NUMBERS = {
    **{name: number for names in (MONTHS, SHORT_MONTHS) for number, name in enumerate(names, start=1)},
    "sept": 9,
}
"""Number of a month by its name or its short form."""
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
ORDINALS = {word: day for day, word in enumerate(_ORDINALS.split(), start=1)} | {"thirtieth": 30}
"""Days of a month in words."""

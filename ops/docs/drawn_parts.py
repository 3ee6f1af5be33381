"""Finds and replaces the drawn parts of a Markdown page.

A drawn part stands between `<!-- drawn: NAME -->` and `<!-- end of NAME -->`, each a line of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping


def redrawn(page: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """Return the page with each named part drawn anew. Raises `ValueError` for a part that the page does not have."""
    for name, draw in parts.items():
        begin, end = f"<!-- drawn: {name} -->\n", f"<!-- end of {name} -->"
        before, found, after = page.partition(begin)
        _, closed, rest = after.partition(end)
        if not found or not closed:
            raise ValueError(f"the page has no part between {begin.strip()} and {end}")
        page = f"{before}{begin}\n{draw().strip()}\n\n{end}{rest}"
    return page

"""The type of text that a template may output unchanged. Pure."""

from __future__ import annotations


class Safe(str):
    """Text that may be output unchanged: quoted by a filter, or of a checked form."""

    __slots__ = ()

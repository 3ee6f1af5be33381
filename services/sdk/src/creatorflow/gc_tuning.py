"""How a service's process treats its memory."""

from __future__ import annotations

import gc

YOUNG = 10_000
"""Objects made before the youngest are looked through; Python's 700 are a batch of ten messages."""


def freeze_loaded_objects() -> None:
    """Call when everything is loaded: Python's collector no longer looks through what will stay anyway.

    Measured on a busy orchestrator: a tenth of its processor time, most of it in looking through loaded modules.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)

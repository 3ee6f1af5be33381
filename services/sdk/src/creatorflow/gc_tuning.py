"""Tuning of the garbage collector for a service's process."""

from __future__ import annotations

import gc

YOUNG = 10_000
"""Allocations between collections of the youngest generation; Python's 700 are a batch of ten messages."""


def freeze_loaded_objects() -> None:
    """Exclude the objects that exist now from garbage collection. Call it when everything is loaded.

    Measured on a busy orchestrator: collections took a tenth of its processor time, most of it for loaded modules.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)

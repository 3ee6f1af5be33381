"""Properties may take their time on a machine that is busy: what counts is whether they hold."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

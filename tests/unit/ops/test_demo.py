"""The demo's child is never lost sight of."""

from __future__ import annotations

import signal

import pytest

from ops.local.demo import deferred_signals


def test_an_interruption_while_a_child_is_started_is_heard_when_it_can_be_told() -> None:
    with deferred_signals() as deliver:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            deliver()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_handlers_are_put_back_whatever_happens() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ValueError, match="no such program"), deferred_signals():
        raise ValueError("no such program")
    assert signal.getsignal(signal.SIGTERM) is before

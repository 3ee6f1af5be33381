"""The demo always knows the processes it has started."""

from __future__ import annotations

import signal

import pytest

from ops.local.demo import deferred_signals


def test_an_interrupt_during_the_start_of_a_child_is_handled_once_the_child_is_known() -> None:
    with deferred_signals() as deliver:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            deliver()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_signal_handlers_are_always_restored() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ValueError, match="no such program"), deferred_signals():
        raise ValueError("no such program")
    assert signal.getsignal(signal.SIGTERM) is before

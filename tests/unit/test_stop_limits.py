"""Every service ends within the ten seconds after which a container is killed, even if the broker does not respond."""

from __future__ import annotations

from creatorflow import span_export
from creatorflow.agents import Intervals, heartbeat_sender, runtime
from creatorflow.bus import bus
from creatorflow_orchestrator import bootstrap

CONTAINER_S = 10.0
CLOSING_S = 2 * bus.CLOSE_S
"""A bus closes its consumers, then its connections."""


def test_the_stop_limits_of_an_orchestrator_add_up_to_less_than_a_containers() -> None:
    assert bootstrap.DRAIN_S + CLOSING_S + span_export.FLUSH_S < CONTAINER_S


def test_the_stop_limits_of_an_agent_add_up_to_no_more_than_a_containers() -> None:
    assert (
        Intervals().grace + runtime.FLUSH_S + heartbeat_sender.FAREWELL_S + runtime.CLEANUP_S + CLOSING_S <= CONTAINER_S
    )

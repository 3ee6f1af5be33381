"""Unclaimed attempts: the agent is busy or unavailable."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from creatorflow_orchestrator.core.plan import Capability, Card
from creatorflow_orchestrator.core.saga.machine import wake_at
from creatorflow_orchestrator.core.state.commands import CancelTask, Command, CountConsumers, DispatchTask, Record
from creatorflow_orchestrator.core.state.events import ConsumersCounted, TaskClaimed
from creatorflow_orchestrator.core.state.roster import Roster, roster_of
from creatorflow_orchestrator.core.state.saga_state import FailureKind, SagaStatus, StepStatus

from tests.unit.core.saga.test_machine import START, Run, concluded, dispatched, recorded, step

ROSTER = Roster(alternatives={"orders-agent": ("spare-agent",)})


def counted(run: Run, seconds: float, **consumers: int) -> tuple[Command, ...]:
    """Report these consumer counts after so many seconds (`orders=1` is the agent of the step orders)."""
    run.at = START + timedelta(seconds=seconds)
    return run.give(ConsumersCounted(run.at, {f"{name}-agent": count for name, count in consumers.items()}))


def counts_asked(commands: tuple[Command, ...]) -> list[tuple[str, ...]]:
    return [command.agents for command in commands if isinstance(command, CountConsumers)]


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_for_an_unclaimed_attempt_the_consumers_of_its_agent_and_the_alternatives_are_counted() -> None:
    run = Run(step("orders"), step("ui"), roster=ROSTER)
    assert counts_asked(run.tick(at(15))) == [("orders-agent", "spare-agent", "ui-agent")]


def test_the_consumers_of_a_claimed_attempt_are_not_counted() -> None:
    run = Run(step("orders"))
    run.give(TaskClaimed(START, run.task("orders"), "orders-agent", "one", silence_ms=60_000))
    assert wake_at(run.saga) == at(60)


def test_a_claimed_attempt_is_not_reassigned_though_its_agent_stopped_consuming() -> None:
    run = Run(step("orders"), roster=ROSTER)
    run.give(TaskClaimed(START, run.task("orders"), "orders-agent", "one"))
    assert counted(run, 20, orders=0, spare=1) == ()


def test_a_busy_agent_is_not_unavailable_and_is_checked_ever_less_often() -> None:
    run = Run(step("orders"), roster=ROSTER)
    moments = []
    for _ in range(8):
        moment = wake_at(run.saga)
        assert moment is not None
        run.tick(moment)
        counted(run, (moment - START).total_seconds(), orders=1, spare=1)
        moments.append((moment - START).total_seconds())
    assert moments == [15, 30, 60, 120, 240, 480, 780, 1080]
    assert (run.saga.steps["orders"].attempt.number, run.saga.steps["orders"].failures) == (1, 0)


def test_an_unavailable_agent_is_replaced_by_a_consuming_alternative_without_a_counted_failure() -> None:
    run = Run(step("orders"), roster=ROSTER)
    commands = counted(run, 15, orders=0, spare=2)
    assert [command.agent for command in commands if isinstance(command, DispatchTask)] == ["spare-agent"]
    state = run.saga.steps["orders"]
    assert (state.attempt.agent, state.attempt.number, state.failures) == ("spare-agent", 2, 0)
    assert concluded(run.succeed("orders")) == [SagaStatus.COMPLETED]


def test_an_alternative_without_a_consumer_is_not_chosen() -> None:
    run = Run(step("orders"), roster=ROSTER)
    assert dispatched(counted(run, 15, orders=0, spare=0)) == []
    assert run.saga.steps["orders"].attempt.agent == "orders-agent"


def test_an_agent_that_returns_after_five_minutes_costs_no_attempt() -> None:
    run = Run(step("orders"), roster=ROSTER)
    events: list[str] = []
    for seconds in range(15, 315, 15):
        run.tick(at(seconds))
        events += recorded(counted(run, seconds, orders=0, spare=0))
    events += recorded(counted(run, 315, orders=1, spare=0))
    assert events == ["step_unavailable", "step_available"]
    state = run.saga.steps["orders"]
    assert (state.attempt.number, state.failures, state.status) == (1, 0, StepStatus.OPEN)
    assert concluded(run.succeed("orders")) == [SagaStatus.COMPLETED]


def test_an_agent_that_stays_unavailable_is_given_up_with_every_agent_named() -> None:
    run = Run(step("orders"), roster=ROSTER)
    counted(run, 15, orders=0, spare=0)
    assert concluded(counted(run, 15 + 899, orders=0, spare=0)) == []
    assert concluded(counted(run, 15 + 900, orders=0, spare=0)) == [SagaStatus.FAILED]
    assert "No viable alternatives found: orders-agent (unavailable for 900 s); spare-agent" in run.saga.reason


def test_a_consumer_count_does_not_apply_to_an_attempt_that_has_not_waited() -> None:
    run = Run(step("orders"), roster=ROSTER)
    assert counted(run, 14, orders=0, spare=1) == ()


def test_an_unroutable_task_waits_for_its_agent_at_no_cost() -> None:
    run = Run(step("orders"))
    for _ in range(40):
        run.fail("orders", FailureKind.AGENT_UNAVAILABLE, digest="")
        assert run.status("orders") is StepStatus.RETRYING
        assert dispatched(run.tick()) == ["orders"]
    assert run.saga.steps["orders"].failures == 0
    assert run.at - START > timedelta(minutes=5)
    assert concluded(run.succeed("orders")) == [SagaStatus.COMPLETED]


def test_an_unroutable_task_goes_to_an_alternative_that_sends_heartbeats() -> None:
    run = Run(step("orders"), roster=Roster(alternatives=ROSTER.alternatives, live=frozenset({"spare-agent"})))
    commands = run.fail("orders", FailureKind.AGENT_UNAVAILABLE, digest="")
    assert [command.agent for command in commands if isinstance(command, DispatchTask)] == ["spare-agent"]


def count_times(run: Run) -> list[float]:
    """Return the times at which the consumers of an agent that stays unavailable are counted."""
    moments: list[float] = []
    while run.saga.status is SagaStatus.RUNNING:
        moment = wake_at(run.saga)
        assert moment is not None
        run.tick(moment)
        counted(run, (moment - START).total_seconds(), orders=0, spare=0)
        moments.append((moment - START).total_seconds())
    return moments


def test_an_unavailable_agent_is_checked_ever_less_often_and_given_up_on_time() -> None:
    assert count_times(Run(step("orders"))) == [15, 30, 45, 75, 135, 255, 495, 795, 915]


def test_an_agent_with_possible_alternatives_is_checked_more_often() -> None:
    moments = count_times(Run(step("orders"), roster=ROSTER))
    assert moments[:7] == [15, 30, 45, 60, 75, 90, 108.75]
    assert (moments[-1], len(moments) < 25) == (915, True)


def test_a_step_whose_agents_circuit_stays_open_goes_to_an_alternative_without_a_counted_failure() -> None:
    run = Run(step("orders"), roster=replace(ROSTER, paused={"orders-agent": at(30)}))
    assert dispatched(run.first) == []
    run.roster = replace(ROSTER, paused={"orders-agent": at(60)}, live=frozenset({"spare-agent"}))
    commands = run.tick()
    assert [command.agent for command in commands if isinstance(command, DispatchTask)] == ["spare-agent"]
    assert run.saga.steps["orders"].failures == 0


def test_a_step_waiting_for_an_open_circuit_is_recorded_once_and_waits_for_a_limited_time() -> None:
    run = Run(step("orders"), roster=replace(ROSTER, paused={"orders-agent": at(30)}))
    events = recorded(run.first)
    while run.saga.status is SagaStatus.RUNNING:
        run.roster = replace(ROSTER, paused={"orders-agent": run.at + timedelta(seconds=60)})
        events += recorded(run.tick())
    assert events.count("step_held") == 1
    assert run.at == at(900)
    assert "orders-agent (its circuit is open for 900 s); spare-agent (nobody consumes its tasks)" in run.saga.reason


def test_an_answer_shows_that_the_agent_was_available_and_restarts_its_absence() -> None:
    run = Run(step("orders"))
    run.fail("orders", FailureKind.AGENT_UNAVAILABLE, digest="")
    run.tick()
    run.at += timedelta(minutes=20)
    run.fail("orders", FailureKind.RETRYABLE)
    run.tick()
    assert concluded(run.fail("orders", FailureKind.AGENT_UNAVAILABLE, digest="")) == []


def test_an_agent_whose_circuit_is_open_gets_no_task_until_it_may_be_probed() -> None:
    run = Run(step("orders"), roster=Roster(paused={"orders-agent": at(30)}))
    assert dispatched(run.first) == []
    assert [record.data["until"] for record in run.first if isinstance(record, Record) and record.event == "step_held"]
    run.roster = Roster()
    assert dispatched(run.tick(at(30))) == ["orders"]
    assert run.saga.steps["orders"].attempt.number == 1


def test_a_message_of_a_replaced_agent_is_late_and_answered_with_a_cancellation() -> None:
    run = Run(step("orders"), roster=ROSTER)
    old = run.task("orders")
    counted(run, 15, orders=0, spare=1)
    commands = run.give(TaskClaimed(run.at, old, "orders-agent", "one"))
    assert [command.task_id for command in commands if isinstance(command, CancelTask)] == [old]


def test_alternatives_are_those_of_the_card_then_those_with_a_shared_capability_and_live_agents_first() -> None:
    def card(name: str, *capabilities: str, alternatives: tuple[str, ...] = ()) -> Card:
        able = tuple(Capability(capability) for capability in capabilities)
        return Card(name, "g", "", (), (), capabilities=able, alternatives=alternatives)

    cards = (card("a", "x", alternatives=("d", "gone")), card("b", "x"), card("c", "y"), card("d"), card("e", "x", "y"))
    assert roster_of(cards).alternatives["a"] == ("d", "b", "e")
    assert roster_of(cards, live=["e"]).alternatives["a"] == ("e", "d", "b")
    assert roster_of(cards).alternatives["d"] == ()

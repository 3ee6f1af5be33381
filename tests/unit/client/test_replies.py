from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from creatorflow.bus import IncomingMessage
from creatorflow.client.replies import CANCEL, PRUNE, QUARANTINE, STEP, Replies
from creatorflow_contracts.ingress import Delivery
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.event import QueryAnswer
from creatorflow_contracts.v1.operate import PruneAnswer, QuarantineAnswer

SAGA = uuid4()


def arrives(replies: Replies, message: Any, kind: str | None = None) -> None:
    delivery = Delivery(message.model_dump_json(exclude_none=True).encode(), type=kind or message.contract)
    replies.sink(IncomingMessage(delivery, "amq.rabbitmq.reply-to", 1, cast(Any, None)))


def problem(code: str, saga: UUID = SAGA) -> Problem:
    return Problem(code=code, message="m", where="w", correlation_id=str(saga), hint="h")


async def test_a_reply_goes_to_its_own_query() -> None:
    replies = Replies()
    state, history = replies.answer_to(("state", SAGA)), replies.answer_to(("history", SAGA))
    arrives(replies, QueryAnswer(ask="history", correlation_id=SAGA))
    assert history.done() and not state.done()


async def test_the_reply_to_an_earlier_query_is_not_taken_for_that_to_a_later_one() -> None:
    replies, earlier, later = Replies(), uuid4(), uuid4()
    replies.answer_to(("state", SAGA), earlier)
    replies.forget(("state", SAGA), earlier)
    state = replies.answer_to(("state", SAGA), later)
    arrives(replies, QueryAnswer(ask="state", correlation_id=SAGA, query_id=earlier))
    arrives(replies, problem("UNKNOWN_SAGA").model_copy(update={"query_id": earlier}))
    assert not state.done()
    arrives(replies, QueryAnswer(ask="state", correlation_id=SAGA, query_id=later))
    assert state.done()


async def test_a_reply_without_a_query_id_still_answers_a_query() -> None:
    replies = Replies()
    state = replies.answer_to(("state", SAGA), uuid4())
    arrives(replies, QueryAnswer(ask="state", correlation_id=SAGA))
    assert state.done()


async def test_a_refused_query_fails_only_its_own_call_and_no_submission() -> None:
    replies, query = Replies(), uuid4()
    submitted, state, history = (
        replies.pending(SAGA), replies.answer_to(("state", SAGA), query), replies.answer_to(("history", SAGA), uuid4())
    )  # fmt: skip
    arrives(replies, problem("FIELD_INVALID").model_copy(update={"query_id": query}))
    assert state.done() and not history.done() and not submitted.outcome.done()


async def test_a_cancellation_is_answered_with_the_state() -> None:
    replies = Replies()
    cancelled = replies.answer_to((CANCEL, SAGA))
    arrives(replies, QueryAnswer(ask="state", correlation_id=SAGA))
    assert not cancelled.done(), "that was somebody's question, answered once more"
    arrives(replies, QueryAnswer(ask="state", answers="cancel-request.v1", correlation_id=SAGA))
    assert cancelled.done()


async def test_a_command_about_a_step_is_answered_with_the_state() -> None:
    replies = Replies()
    answer_to = replies.answer_to((STEP, SAGA))
    for other in ("", "cancel-request.v1"):
        arrives(replies, QueryAnswer(ask="state", answers=other, correlation_id=SAGA))
    assert not answer_to.done(), "those are not of this command"
    arrives(replies, QueryAnswer(ask="state", answers="step-command.v1", correlation_id=SAGA))
    assert answer_to.done()


@pytest.mark.parametrize("about", [None, SAGA])
async def test_quarantine_and_prune_replies_go_to_their_callers(about: UUID | None) -> None:
    replies = Replies()
    quarantined, forgotten = replies.answer_to((QUARANTINE, about)), replies.answer_to((PRUNE, None))
    arrives(replies, QuarantineAnswer(action="groups"))
    assert quarantined.done() and not forgotten.done()
    arrives(replies, PruneAnswer(sagas=3))
    assert forgotten.done()


@pytest.mark.parametrize("code", ["STEP_UNKNOWN", "STEP_SETTLED", "QUARANTINE_UNKNOWN", "REDRIVE_REFUSED"])
async def test_a_refused_command_refuses_no_submission(code: str) -> None:
    replies = Replies()
    submitted, reported = replies.pending(SAGA), replies.answer_to((STEP, SAGA))
    arrives(replies, problem(code))
    assert reported.done() and not submitted.outcome.done()


async def test_a_refusal_goes_to_the_submission_and_not_to_a_query() -> None:
    replies = Replies()
    submitted, question = replies.pending(SAGA), replies.answer_to(("history", SAGA))
    arrives(replies, problem("NO_AGENT_MATCHES"))
    assert submitted.outcome.done() and not question.done()


async def test_an_unknown_request_answers_a_query_and_refuses_no_submission() -> None:
    replies = Replies()
    submitted, question = replies.pending(SAGA), replies.answer_to(("history", SAGA))
    arrives(replies, problem("UNKNOWN_SAGA"))
    assert question.done() and not submitted.outcome.done()


async def test_an_unreadable_reply_refuses_no_submission() -> None:
    replies = Replies()
    submitted, question = replies.pending(SAGA), replies.answer_to(("state", SAGA))
    garbled = Delivery(b'{"contract":"query-answer.v9"}', type="query-answer.v9", correlation_id=str(SAGA))
    replies.sink(IncomingMessage(garbled, "amq.rabbitmq.reply-to", 1, cast(Any, None)))
    assert question.done() and not submitted.outcome.done()


async def test_a_reply_that_nobody_waits_for_is_dropped() -> None:
    arrives(Replies(), QueryAnswer(ask="state", correlation_id=SAGA))
    arrives(Replies(), problem("NO_AGENT_MATCHES"))


async def test_a_released_submission_is_forgotten() -> None:
    replies = Replies()
    assert replies.pending(SAGA) is not None
    pending = replies.pending(SAGA)
    assert replies.pending(SAGA) is pending


async def test_a_resubmission_after_a_refusal_waits_for_its_own_outcome() -> None:
    replies = Replies()
    refused = replies.pending(SAGA)
    arrives(replies, problem("OVERLOADED"))
    again = replies.pending(SAGA)
    assert refused.outcome.done() and not again.outcome.done()
    assert replies.pending(SAGA) is again

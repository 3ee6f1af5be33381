"""Makes the message of a request, checked by the rules of the orchestrator's own ingress before it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from creatorflow_contracts.ingress import Delivery, admit
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.request import PlanSpec, RequestSubmitted

from .errors import RequestRefused

OnFailure = Literal["fail", "park"]
_EXPECTED: Final = frozenset({"request-submitted.v1"})


def request_message(
    request: str,
    *,
    plan: PlanSpec | Mapping[str, Any] | None = None,
    constraints: Iterable[str] = (),
    deadline: datetime | timedelta | None = None,
    dry_run: bool = False,
    tags: Mapping[str, str] | None = None,
    correlation_id: UUID | None = None,
    on_failure: OnFailure = "fail",
) -> RequestSubmitted:
    """Make the message; the arguments are those of `Client.submit`.

    Raises RequestRefused for a request that no orchestrator would accept.
    """
    body: dict[str, Any] = {
        "contract": "request-submitted.v1",
        "correlation_id": str(correlation_id or uuid4()),
        "request": request,
        "constraints": list(constraints),
        "dry_run": dry_run,
        "on_failure": on_failure,
        "tags": dict(tags or {}),
    }
    if plan is not None:
        body["plan"] = plan.model_dump(mode="json", exclude_none=True) if isinstance(plan, PlanSpec) else plan
    if deadline is not None:
        body["deadline"] = (_from_now(deadline) if isinstance(deadline, timedelta) else deadline).isoformat()
    return _admitted(body)


def _from_now(span: timedelta) -> datetime:
    try:
        return datetime.now(UTC) + span
    except OverflowError:  # beyond the last date: the ingress refuses it for that
        return datetime.max.replace(tzinfo=UTC)


def _admitted(body: Mapping[str, Any]) -> RequestSubmitted:
    request = admit(Delivery(json.dumps(body).encode()), _EXPECTED)
    if isinstance(request, RequestSubmitted):
        return request
    assert isinstance(request, Problem)  # noqa: S101 - only that contract is admitted
    raise RequestRefused(request)

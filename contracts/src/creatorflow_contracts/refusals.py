"""The limits that the ingress sets, and the refusal that is raised inside it."""

from __future__ import annotations

from .problem import ProblemCode as Code

MAX_BODY = 1024 * 1024
MAX_HEADERS = 8 * 1024
MAX_NESTING = 32
MAX_KEYS = 10_000
MAX_INTEGER = 2**63 - 1


class Refusal(Exception):
    """A code, and the place it is about. Raised and caught inside the ingress only."""

    def __init__(self, code: Code, where: str = "body", detail: str = "", known: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.where = where
        self.detail = detail
        self.known = known

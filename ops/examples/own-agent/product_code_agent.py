"""Checks product codes: a shop refuses a listing whose EAN, UPC or GTIN has a wrong check digit."""

from __future__ import annotations

import re

from creatorflow import AgentTask, GiveUp, agent

KINDS = {8: "EAN-8", 12: "UPC-A", 13: "EAN-13", 14: "GTIN-14"}
"""Number of digits to the kind of code."""
_CODE = re.compile(r"(?<!\d)(?<!\d-)(?:97[89](?:-?\d){10}|\d{7,18})(?!-?\d)")
"""Matches digits in a row, or a book's code with its hyphens; not a date or a telephone number."""


@agent(
    name="product-code-agent",
    summary="Checks product codes (EAN, UPC, GTIN) and says what the check digit of a wrong one should be.",
    vocabulary={"product_code": {"product code": 4, "gtin": 4, "ean": 3, "upc": 3, "check digit": 4}},
)
def answer(task: AgentTask) -> dict[str, object]:
    """Return one statement per code, a recommendation for each wrong one, and all of it under `data` for programs.

    No section is required, unless `task.expected_output` names it.
    """
    codes = dict.fromkeys(_CODE.findall(task.context.original_request))
    if not codes:
        raise GiveUp("the request names no product code: write its digits, as in 4006381333931")
    wrong = {code: fault for code in codes if (fault := fault_of(code.replace("-", "")))}
    return {
        "summary": f"{len(codes)} product codes checked, {len(wrong)} wrong",
        "technical_specifications": [
            {"text": f"{code}: {wrong.get(code, 'right')}", "answers": asked_for(code, task)} for code in codes
        ],
        "recommendations": [
            {"text": f"Compare {code} with its package: any of its digits may be the wrong one", "answers": []}
            for code in wrong
        ],
        "data": {"codes": {code: {"right": code not in wrong, "fault": wrong.get(code, "")} for code in codes}},
    }


def fault_of(digits: str) -> str:
    """Describe what is wrong with a code; empty if it is right."""
    if len(digits) not in KINDS:
        return f"no product code has {len(digits)} digits"
    should_be = check_digit(digits[:-1])
    return "" if digits[-1] == should_be else f"not a valid {KINDS[len(digits)]}, its check digit should be {should_be}"


def check_digit(digits: str) -> str:
    """The digit that follows these, as GS1 defines it: they weigh 3, 1, 3, ... from the right."""
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def asked_for(code: str, task: AgentTask) -> list[int]:
    """The positions of the requirements that name the code; of all requirements if none does."""
    naming = [position for position, text in enumerate(task.requirements) if code in text]
    return naming or list(range(len(task.requirements)))

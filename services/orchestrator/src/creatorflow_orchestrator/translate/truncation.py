"""Truncates a result so that it fits a message: the least valuable parts first, and every omission is named.

Rules for this file: a result that fits is not changed. One that does not loses, in this order and only as far as
needed: what the reading says of passages that ask for nothing, data of custom agents, tails of long prose, texts of
code, and at last the tails of everything. The complete
outputs of the steps stay in the saga's history.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from creatorflow_contracts.v1.output import SynthesizedResult

MAX_BYTES = 1024 * 1024 - 64 * 1024
"""Bytes of the encoded result: a message has at most 1 MiB, and a result also travels inside answers and events."""
MAX_KEYS = 9_000
"""Keys of all objects of the result together: a message has at most 10,000."""
MAX_DATA_NESTING = 24
"""Levels of one step's data: a message has at most 32, and the result around the data has its own levels."""
_PROSE = ("technical_specifications", "implementation_steps", "testing_requirements", "deployment_considerations")
_PROSE_LENGTH = 1_000
_ANY_LENGTH = 1_000_000
_KEPT = {
    "sources": 3,
    "answered_by": 3,
    "positions": 3,
    "recoveries": 1,
    "answers": 20,
    "requirements": 200,
    "unanswered": 200,
    "conflicts": 40,
    "recommendations": 40,
    "next_steps": 40,
    "decisions": 50,
    "code_examples": 10,
    "assumptions": 40,
    "not_honoured": 40,
    "asks": 200,
    "facts": 100,
    "exclusions": 40,
    "constraints": 40,
    "attachments": 10,
    **dict.fromkeys(_PROSE, 10),
}
"""Entries that a list keeps in the last reduction."""
_NAMES = frozenset(
    {"status", "kind", "type", "pattern", "agent", "step", "alternative_used", "resolved_by", "path", "critical_path"}
    | {"degraded", "verdict", "domains", "agents", "kinds", "sections"}
)
"""Fields whose texts are names, which are never cut."""
Draft = dict[str, Any]


@dataclass(slots=True)
class SizeBudget:
    """A number of bytes and keys: of a value, or by which it exceeds its bounds."""

    bytes: int
    keys: int

    @property
    def gone(self) -> bool:
        """True if neither bytes nor keys are left."""
        return self.bytes <= 0 and self.keys <= 0

    def take(self, other: SizeBudget) -> None:
        """Subtract the other size."""
        self.bytes -= other.bytes
        self.keys -= other.keys


def size_of(encoded: bytes) -> SizeBudget:
    """Measure an encoded object. A few keys too many may be counted (where a text has `\\":`), never too few."""
    keys = encoded.count(b'":')
    if keys > MAX_KEYS:  # most may be in texts, where the quotation mark is escaped
        keys += encoded.count(b'\\\\":') - encoded.count(b'\\":')
    return SizeBudget(len(encoded), keys)


def fit_result(draft: Draft) -> SynthesizedResult:
    """Reduce the draft until it fits a message, and return it as the result; the draft is consumed."""
    left_out = list(_without_deep_data(draft))
    size = 0
    for reduce in _REDUCTIONS:
        result = SynthesizedResult.model_validate(_with_note(draft, left_out, size) if left_out else draft)
        weight = size_of(result.to_json())
        size = size or weight.bytes
        weight.take(SizeBudget(MAX_BYTES, MAX_KEYS))
        if weight.gone:
            return result
        left_out.extend(reduce(draft, weight))
    return SynthesizedResult.model_validate(_with_note(draft, left_out, size))


def _with_note(draft: Draft, left_out: Sequence[str], size: int) -> Draft:
    text = f"Read in the request's history what was left out here: {'; '.join(left_out)}"
    why = f"size of the result: {size} bytes" if size else "nesting of the result's data"
    note = {"text": cut(text, 4096), "follows_from": f"{why}, more than fits a message"}
    return draft | {"next_steps": (note, *draft["next_steps"])}


def _without_deep_data(draft: Draft) -> Iterator[str]:
    data = draft["combined_output"]["data"]
    for step, value in data.items():
        if is_deeper(value, MAX_DATA_NESTING):
            data[step] = _mark(f"nested over {MAX_DATA_NESTING} levels", step)
            yield f"data of step {step}"


def is_deeper(value: Any, levels: int) -> bool:
    """True if objects and lists nest deeper. Level by level, every value once, no recursion."""
    level = [value] if isinstance(value, dict | list | tuple) else []
    for _ in range(levels):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list | tuple)
        ]
        if not level:
            return False
    return True


def _without_asides(draft: Draft, over: SizeBudget) -> Iterator[str]:
    """Leave out the passages of the reading that ask for nothing: those that nothing covers, then the context."""
    reading = draft["reading"]
    for name, what in (("unread", "unread passages"), ("context", "context")):
        if reading and reading[name] and not over.gone:
            over.take(size_of(json.dumps(reading[name], ensure_ascii=False).encode()))
            yield f"the {what} of the reading ({len(reading[name])})"
            reading[name] = ()


def _without_data(draft: Draft, over: SizeBudget) -> Iterator[str]:
    """Leave out data of custom agents, the largest first."""
    data = draft["combined_output"]["data"]
    weights = {step: size_of(json.dumps(value, ensure_ascii=False).encode()) for step, value in data.items()}
    for step in sorted(data, key=lambda name: -weights[name].bytes):
        if over.gone:
            return
        data[step] = _mark(f"{weights[step].bytes} bytes", step)
        over.take(weights[step])
        yield f"data of step {step}"


def _with_short_prose(draft: Draft, over: SizeBudget) -> Iterator[str]:
    """Cut the tails of long statements, the longest first."""
    items = [item for section in _PROSE for item in draft["combined_output"][section]]
    count = _shorten(items, over, lambda item: cut(item["text"], _PROSE_LENGTH))
    if count:
        yield f"the tails of {count} long statements"


def _without_code(draft: Draft, over: SizeBudget) -> Iterator[str]:
    """Leave out texts of code, the longest first; their paths stay."""
    files = draft["combined_output"]["code_examples"]
    count = _shorten(files, over, lambda file: _left_out(f"{len(file['text'])} characters", file["sources"][0]["step"]))
    if count:
        yield f"the texts of {count} files of code"


def _shorten(items: Sequence[Draft], over: SizeBudget, shorter: Callable[[Draft], str]) -> int:
    """Shorten texts, the longest first, until the size fits; return their number."""
    count = 0
    for item in sorted(items, key=lambda item: -len(item["text"])):
        text = shorter(item)
        if over.bytes <= 0 or len(text) >= len(item["text"]):
            break
        over.take(SizeBudget(len(item["text"].encode()) - len(text.encode()), 0))
        item["text"] = text
        count += 1
    return count


def _with_tails_cut(draft: Draft, _: SizeBudget, *, length: int, times: int) -> Iterator[str]:
    """Cut every list and every text, harder each time. A file of code is left out rather than cut."""
    output = draft["combined_output"]
    output["data"] = {}
    for file in output["code_examples"]:
        if len(file["text"]) > length:
            file["text"] = _left_out(f"{len(file['text'])} characters", file["sources"][0]["step"])
    draft.update({name: _shortened(name, value, length, times) for name, value in draft.items()})
    known = len(draft["completeness"]["requirements"])
    for section in (*_PROSE, "code_examples"):
        for item in draft["combined_output"][section]:
            item["answers"] = tuple(answer for answer in item["answers"] if answer < known)
    yield "the ends of long lists" if length >= _ANY_LENGTH else f"all over {length} characters in any text"


def _shortened(name: str, value: Any, length: int, times: int) -> Any:
    kept = _KEPT.get(name, MAX_BYTES) * times
    match value:
        case str():
            return value if name in _NAMES else cut(value, length)
        case tuple():
            return tuple(_shortened(name, entry, length, times) for entry in value[:kept])
        case dict() if name == "decisions":
            return {cut(key, length): cut(text, length) for key, text in list(value.items())[:kept]}
        case dict():
            return {key: _shortened(key, field, length, times) for key, field in value.items()}
        case _:
            return value


def _mark(what: str, step: str) -> Draft:
    return {"left_out": _left_out(what, step)}


def _left_out(what: str, step: str) -> str:
    return f"[{what} left out, more than fits a message; they are in the history of step {step}]"


def cut(text: str, length: int) -> str:
    """Cut the text to at most `length` characters; an ellipsis marks that there was more."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


_REDUCTIONS: tuple[Callable[[Draft, SizeBudget], Iterator[str]], ...] = (
    _without_asides,
    _without_data,
    _with_short_prose,
    _without_code,
    partial(_with_tails_cut, length=_ANY_LENGTH, times=64),
    partial(_with_tails_cut, length=2_000, times=16),
    partial(_with_tails_cut, length=500, times=4),
    partial(_with_tails_cut, length=48, times=1),
)

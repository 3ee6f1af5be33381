"""The parts of a mail around its text: fields of the head, greeting, closing formula, signature."""

from __future__ import annotations

import re
from collections.abc import Sequence

from creatorflow_orchestrator.core.reading.lines import Line

HEAD = re.compile(
    r"\*{0,2}(?P<name>from|to|cc|bcc|subject|date|sent|reply-to|importance|message-id|von|an|betreff|gesendet)"
    r"\*{0,2}\s?:\*{0,2}(?=\s|$)",
    re.IGNORECASE,
)
_SALUTATION = (
    r"(?:hi|hello|hey|dear|hiya|howdy|greetings|hallo|moin|good (?:morning|afternoon|evening|day)|"
    r"morning|evening|afternoon|to whom it may concern|team|all|everyone|folks)"
)
_NAME = r"(?!(?:we|i|can|could|please|that)\b)[\w.'’/&@-]{1,30}"
_GREETING = re.compile(rf"{_SALUTATION}(?:[\s,]{{1,3}}{_NAME}){{0,4}}\s{{0,2}}[,!.:–—-]{{0,2}}$", re.IGNORECASE)
_GREETING_FIRST = re.compile(rf"{_SALUTATION}(?:\s{_NAME}){{0,3}}\s{{0,2}}(?:[,!–—]|\s-)\s{{1,4}}(?=\S)", re.IGNORECASE)
_COMMON_FIRST = re.compile(r"(?:team|all|everyone|folks|morning|evening|afternoon)\b", re.IGNORECASE)
_THANKS = (
    r"(?:(?:many |much |with )?(?:thanks|thank you|thx|ta|danke)"
    r"(?:,? (?:so much|very much|a lot|in advance|again|all|both|team|everyone|for (?:your|the) (?:help|time|support)|"
    r"for (?:looking|reading|helping)|and (?:(?:best|kind) )?regards)){0,3})"
)
_CLOSING = (
    rf"(?:{_THANKS}|(?:best|kind|warm|kindest|warmest)(?:\s(?:regards|wishes|greetings))?|regards|much appreciated|"
    r"appreciate it|cheers|all the best|br|brgds|rgds|yours(?:\s(?:sincerely|truly|faithfully))?|sincerely(?: yours)?|"
    r"with (?:best|kind) (?:regards|wishes)|mit freundlichen gr(?:ü|ue)(?:ß|ss)en|viele gr(?:ü|ue)(?:ß|ss)e|lg|vg|mfg|"
    r"greetings|have a (?:nice|good|great) (?:day|weekend|week|evening)|talk soon|"
    r"looking forward to (?:it|your (?:reply|answer)|hearing from you))"
)
_CLOSES = re.compile(
    rf"{_CLOSING}\s{{0,2}}[,.!–—-]{{0,2}}(?:\s{{0,4}}[/–—-]?\s{{0,2}}(?:(?-i:[A-Z])[\w.'’-]{{0,20}}|&|and|the|team)"
    r"(?:\s[\w.'’&-]{1,20}){0,3})?[,.!]?$",
    re.IGNORECASE,
)
_CLOSES_AT_END = re.compile(
    r"(?<=[.!?])\s{1,3}(?:(?:many |much )?(?:thanks|thank you|thx)(?: (?:a lot|in advance|so much|very much|again))?|"
    r"cheers|best|regards|(?:kind|best|warm) regards)\s{0,2}[,.!–—-]{0,2}"
    r"(?:\s{1,3}(?-i:[A-Z])[\w.'’-]{0,20}){0,2}[.!]?$",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(
    r"(?:sent from (?:my|mail|outlook|yahoo|samsung)\b.{0,60}|get outlook for .{0,40}|von meinem .{0,40} gesendet|"
    r"sent via .{0,40}|sent with .{0,40})$",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"\b(?:confidential|intended (?:only )?for|intended recipient|disclaimer|unsubscribe|registered (?:in|office)|"
    r"vat (?:no|id)|please consider the environment|managing director|company (?:no|number))\b",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"@\w|\+\d[\d ()-]{5}|\btel\b|\bphone\b|\bmob(?:ile)?\b\s?:|www\.|https?://|\s\|\s", re.IGNORECASE
)
_SIGNED = re.compile(r"[-–—/~]{1,2}\s?[A-Z][\w.'’-]{0,20}(?:\s[A-Z][\w.'’-]{0,20}){0,2}$")
_NAME_LINE = re.compile(r"[A-Z][\w'’-]{1,20}\.?(?:\s[A-Z][\w.'’-]{0,20})?$")
_MESSAGE_HEAD = re.compile(
    r"[A-Z][\w.'’-]{0,20}(?:\s[A-Z][\w.'’-]{0,20}){0,2}"
    r"(?:\s{1,4}[\[(]?\d{1,2}:\d\d(?:\s?[AaPp][Mm])?[\])]?:?|\s(?:wrote|writes|said|says):)$"
)
_BARE_GREETING_WORDS = 3
_SIGNATURE_LINES = 10
_SIGNATURE_WORDS = 6


def greeting(content: str) -> int:
    """Return how many characters at the start of a line greet: the whole of "Hi team,", 8 of "Hi team, we need"."""
    if len(content) <= 80 and _GREETING.match(content):
        plain = not _COMMON_FIRST.match(content) and len(content.split()) <= _BARE_GREETING_WORDS
        if plain or content[-1] in ",!.:–—-":
            return len(content)
    found = _GREETING_FIRST.match(content)
    return found.end() if found and not _COMMON_FIRST.match(content) else 0


def closes(content: str) -> bool:
    """Whether a line is a closing formula or a note of the mail program, perhaps with a name."""
    return len(content) <= 90 and bool(_CLOSES.match(content) or _SENT_FROM.match(content))


def closing_at(content: str) -> int | None:
    """Return where a closing formula begins behind the last sentence of a line."""
    found = _CLOSES_AT_END.search(content, max(0, len(content) - 80))
    return found.end() - len(found.group().lstrip()) if found else None


def is_signed(content: str) -> bool:
    """Whether a line is a name behind a dash: "- Kim", "/Kim"."""
    return len(content) <= 60 and bool(_SIGNED.match(content))


def is_name(content: str) -> bool:
    """Whether a line may be the name of a writer: one or two words in capitals."""
    return len(content) <= 45 and _NAME_LINE.match(content) is not None


def is_contact(content: str) -> bool:
    """Whether a line below a name may be a role, a company or an address: short, and no sentence."""
    short = len(content.split()) <= _SIGNATURE_WORDS and content[-1] not in ".!?:;" and content[0] not in "-*•#>|"
    return short or _CONTACT.search(content[:300]) is not None


def names_reader(content: str) -> bool:
    """Whether a line is the name of the reader with a comma: "Kim,"."""
    return content[-1:] == "," and is_name(content[:-1])


def is_message_head(content: str) -> bool:
    """Whether a line names the writer of a message below, and perhaps the time: "Kim Ito  9:14 AM", "Ana wrote:"."""
    return len(content) <= 60 and _MESSAGE_HEAD.match(content) is not None


def signature_end(lines: Sequence[Line], position: int) -> int:
    """Return the line behind the signature that begins with the closing formula or the "-- " at a position."""
    separated = not lines[position].content.strip("-–—_")
    end, at, quoted = position + 1, position + 1, lines[position].quoted
    if _SENT_FROM.match(lines[position].content):
        return end
    while at < min(len(lines), position + 1 + _SIGNATURE_LINES) and lines[at].quoted == quoted:
        content = lines[at].content
        if content and not _of_signature(content, separated=separated):
            break
        at += 1
        end = at if content else end
    return end


def _of_signature(content: str, *, separated: bool) -> bool:
    if content.lower().startswith(("ps", "p.s", "on ")) or HEAD.match(content) or content[0] in "#>`|":
        return False
    if _DISCLAIMER.search(content[:300]) or _CONTACT.search(content[:300]):
        return True
    words = len(content.split())
    if words > _SIGNATURE_WORDS and content[-1] in ".!":
        return False
    return words <= _SIGNATURE_WORDS * (2 if separated else 1) and content[-1] not in ":;?" and content[0] not in "-*•"

"""The language of a request, which has to be English: Chrome's language model, and the share of known English words.

The model alone errs on a few words of names and jargon, so that a text with enough known words is never refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from creatorflow_contracts.stemming import stem
from gcld3 import NNetLanguageIdentifier

from creatorflow_orchestrator.core.errors import Refusal

from .blocks import Block, BlockKind
from .common_words import COMMON_WORDS
from .english import ADVERBS, AUXILIARIES, DETERMINERS, LEADS, PREPOSITIONS, PRONOUNS, SUBORDINATORS
from .lexicon import Lexicon
from .tokens import tokens
from .verbs import OTHER_VERBS, VERBS
from .word_sets import word_set

ENGLISH = "en"
_CODE = (BlockKind.CODE, BlockKind.DATA, BlockKind.QUOTE, BlockKind.SIGNATURE, BlockKind.GREETING)
_MOST_CHARACTERS = 2000  # of the text that are looked at
_KNOWN = 0.5  # share of known words from which a text is English
_FEW = 4  # words from which the model is sure enough of any language
_SURE = 0.7
_SURE_OF_FEW = 0.9
_OTHER_SCRIPT = 0.25  # share of letters of another script from which a text is not English
_KNOWN_BESIDE_FOREIGN = 0.6
_FOREIGN = word_set(
    "und der das dem ein eine einen für mit nicht bitte wird wir ist auf bei nach oder auch sind werden soll el los "
    "las una unos para con por del que como más pero cuando nuestro une du avec est dans sont nous vous qui pas "
    "quand uno della per che sono quando het een voor met niet wij zijn dla nie jest przez oraz gdy uma não são och "
    "för med"
)
"""Words that stand in nearly every sentence of another language."""
_LATIN_END = 0x250
_WIDESPREAD = frozenset(("de", "es", "fr", "it", "pt", "nl", "pl", "sv", "da", "tr", "cs"))
_NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "es": "Spanish", "et": "Estonian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian",
    "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "iw": "Hebrew", "ja": "Japanese", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "ms": "Malay", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian",
    "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
_WORDS = frozenset(
    map(
        stem,
        (
            ADVERBS | AUXILIARIES | DETERMINERS | LEADS | PREPOSITIONS | PRONOUNS | SUBORDINATORS | OTHER_VERBS
            | COMMON_WORDS | frozenset(VERBS)
        ),
    )
)  # fmt: skip


def language_of(text: str, found: Iterable[Block], lexicon: Lexicon) -> str:
    """Return the ISO 639-1 code of the text's language, `en`.

    Raises Refusal: LANGUAGE_NOT_READ, for a text in another language.
    """
    prose = _prose(text, found)
    if _other_script(prose) or not _is_english(prose, lexicon):
        raise _refusal(_model().FindLanguage(text=prose).language.partition("-")[0])
    return ENGLISH


def _prose(text: str, found: Iterable[Block]) -> str:
    """Return the beginning of what people wrote: no code, no history of a mail."""
    parts: list[str] = []
    length = 0
    for block in found:
        if block.kind not in _CODE and length < _MOST_CHARACTERS:
            parts.append(text[max(block.start, block.value_start) : block.end][: _MOST_CHARACTERS - length])
            length += len(parts[-1])
    return "\n".join(parts) or text[:_MOST_CHARACTERS]


def _other_script(prose: str) -> bool:
    letters = [char for char in prose if char.isalpha()]
    return bool(letters) and sum(ord(char) >= _LATIN_END for char in letters) > len(letters) * _OTHER_SCRIPT


def _is_english(prose: str, lexicon: Lexicon) -> bool:
    words = list(_plain_words(prose))
    known = sum(1 for word in words if stem(word) in _WORDS or lexicon.knows(stem(word)))
    foreign = any(word in _FOREIGN or not word.isascii() for word in words)
    if len(words) < 2 or known >= len(words) * (_KNOWN_BESIDE_FOREIGN if foreign else _KNOWN):
        return True
    guess = _model().FindLanguage(text=prose)
    if guess.language == ENGLISH:
        return not foreign or known > 0
    if len(words) >= _FEW or foreign:
        return not (guess.probability >= _SURE and guess.is_reliable)
    return known > 0 or guess.probability < _SURE_OF_FEW or guess.language not in _WIDESPREAD


def _plain_words(prose: str) -> Iterator[str]:
    first = True
    for item in tokens(prose, 0, len(prose)):
        raw = prose[item.start : item.end]
        if item.word and item.low.replace("-", "").replace("'", "").isalpha() and (first or raw.islower()):
            yield from (part for part in item.low.split("-") if part)
        first = not item.word and item.low in (".", "!", "?", ":")


@cache
def _model() -> NNetLanguageIdentifier:
    return NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=_MOST_CHARACTERS)


def _refusal(code: str) -> Refusal:
    language = _NAMES.get(code, "another language" if code == ENGLISH else f"the language {code}")
    return Refusal(
        "LANGUAGE_NOT_READ",
        f"this reader knows English, and the request is in {language}",
        "request",
        "Write the request in English, or let a reader that uses a model read it.",
    )

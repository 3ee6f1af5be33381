"""Currencies: signs, codes and words, before and after an amount, and their small coins."""

from __future__ import annotations

from creatorflow_orchestrator.core.reading.word_sets import word_set

from .fact_tokens import Kind, Tokens

_SIGNS = {
    "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₱": "PHP", "₫": "VND", "฿": "THB", "₩": "KRW",
    "₺": "TRY", "₴": "UAH", "₦": "NGN",
}  # fmt: skip
_CODES = word_set("""
    usd eur gbp chf sek nok dkk pln czk huf cad aud nzd jpy inr brl mxn sgd thb vnd idr myr hkd twd krw cny ron ils aed
    zar
    """)
_LETTERS = {
    "Rp": "IDR", "RM": "MYR", "Rs": "INR", "Fr": "CHF", "kr": "SEK", "zł": "PLN", "Kč": "CZK", "đ": "VND",
}  # fmt: skip
"""Signs of money in letters, as they are written."""
_WORDS = {
    "dollar": "USD", "dollars": "USD", "bucks": "USD", "euro": "EUR", "euros": "EUR", "pound": "GBP", "pounds": "GBP",
    "quid": "GBP", "franc": "CHF", "francs": "CHF", "baht": "THB", "dong": "VND", "rupiah": "IDR", "ringgit": "MYR",
    "peso": "PHP", "pesos": "PHP", "rupee": "INR", "rupees": "INR", "yen": "JPY", "yuan": "CNY", "reais": "BRL",
    "zloty": "PLN", "kronor": "SEK", "kroner": "NOK",
}  # fmt: skip
_COINS = {"cent": "", "cents": "", "ct": "", "cts": "", "¢": "USD", "pence": "GBP", "penny": "GBP"}
_THOUSANDS = {"keur": "EUR", "teur": "EUR", "kusd": "USD", "kgbp": "GBP", "kchf": "CHF"}
_LETTERS_BEFORE_SIGN = {
    "us": "USD", "a": "AUD", "c": "CAD", "ca": "CAD", "au": "AUD", "nz": "NZD", "r": "BRL", "s": "SGD", "hk": "HKD",
    "mx": "MXN", "nt": "TWD",
}  # fmt: skip
CURRENCIES = frozenset((*_SIGNS.values(), *_LETTERS.values(), *(code.upper() for code in _CODES)))
"""The codes of the currencies that are read (ISO 4217)."""


def currency_before(tokens: Tokens, at: int) -> tuple[str, int] | None:
    """Return the currency that stands before a number, and its first token: `$`, `US$`, `EUR`."""
    if at == 0:
        return None
    before = tokens.lows[at - 1]
    if before in _SIGNS:
        letters = tokens.lows[at - 2] if at > 1 and tokens.glued(at - 1) else ""
        if before == "$" and letters in _LETTERS_BEFORE_SIGN:
            return _LETTERS_BEFORE_SIGN[letters], at - 2
        return _SIGNS[before], at - 1
    if before in _CODES and tokens.raw(at - 1).isupper():
        return before.upper(), at - 1
    dotted = before == "." and tokens.glued(at - 1)
    sign = _LETTERS.get(tokens.raw(at - 2 if dotted else at - 1))  # "Rp 5", "Rs. 5"
    return (sign, at - 1 - dotted) if sign else None


def currency_after(tokens: Tokens, at: int, main: str) -> tuple[str, float, int] | None:
    """Return the currency after a number, its part of the main unit (0.01 for cents), and the token after it.

    `main` is the currency of cents.
    """
    word = tokens.lows[at]
    if word in _SIGNS:
        # In "10 / $20" and "5 or £6" the sign belongs to the number after it; that number never stands apart from it.
        if tokens.kinds[at + 1] == Kind.FIGURE and tokens.glued(at + 1) and not tokens.glued(at):
            return None
        return _SIGNS[word], 1.0, at + 1
    if word in _CODES:
        return word.upper(), 1.0, at + 1
    if sign := _LETTERS.get(tokens.raw(at)):
        return sign, 1.0, at + 1
    if word in _WORDS:
        return _WORDS[word], 1.0, at + 1
    if word == "grand":
        return main, 1000.0, at + 1
    if word in _THOUSANDS:
        return _THOUSANDS[word], 1000.0, at + 1
    if word in _COINS or (word in ("c", "p") and tokens.glued(at) and (word == "c" or _is_pence(tokens, at, main))):
        return _COINS.get(word) or ("GBP" if word == "p" else main), 0.01, at + 1
    return None


def _is_pence(tokens: Tokens, at: int, main: str) -> bool:
    return main == "GBP" or tokens.lows[at + 1] in ("per", "each", "a", "off", "apiece")


def main_currency(tokens: Tokens) -> str:
    """Return the currency of a text's amounts: the first that it names, else US dollars."""
    for low in tokens.lows:
        if low in _SIGNS:
            return _SIGNS[low]
        if low in _CODES:
            return low.upper()
        if low in _WORDS:
            return _WORDS[low]
        if low in ("pence", "penny"):
            return "GBP"
    return "USD"

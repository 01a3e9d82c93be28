"""Quotes, apostrophes and no-break spaces according to the rules of each language."""

import re

NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE = "\u202f", "\u00a0"
QUOTES = {"en": ("“", "”"), "fr": ("«" + NARROW_NO_BREAK_SPACE, NARROW_NO_BREAK_SPACE + "»")}
_SPACES = "[ \u00a0\u202f]"
_RUN_OF_SPACES = f"(?<!{_SPACES}){_SPACES}+"  # from its start only, so that a long run is scanned once
_GROUPED_NUMBER = re.compile(r"(?<!\d)\d{1,3}(?: \d{3})+(?!\d)")
# Web and mail addresses stay unchanged. The part before :// or @ has a maximum length: otherwise, the time to find
# addresses in a text without spaces would grow with the square of its length.
# An English quote that a word processor took for an apostrophe: the first ’ of ’A Shared Endeavour’, which another one
# ends; but not that of ’tis or of the ’90s.
_MISTAKEN = re.compile(
    r"(?:^|(?<=[\s(\[{«“—–/]))’(?!tis\b|twas\b|em\b|til\b)(?=[^\W\d])"
    r"(?=(?:[^’\n]|(?<=\w)’(?=\w)){1,200}[\w.,!?…]’(?!\w))",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"((?:[a-z][a-z0-9+.-]{0,30}://|www\.|mailto:)\S+|[^\s@<>]{1,64}@[^\s@<>]+)", re.IGNORECASE)

# A text without any of these stays as it is, as most titles and names do.
_MARKS = {"en": re.compile("[\"'’]"), "fr": re.compile(r"[\"';:!?«»]|\d \d")}


def typographic(text: str, language: str, before: str = "") -> str:
    """`text` with the quotes, apostrophes and, in French, the no-break spaces of a printed page.

    Straight quotes become “ ” or « », straight apostrophes ’. In French the spaces before ; : ! ? », after « and in a
    number do not break. Addresses stay unchanged. `before` is the text before on the same line: it decides whether a
    quote opens or closes. Idempotent.
    """
    if not _MARKS.get(language, _MARKS["en"]).search(before[-1:] + text):
        return text
    parts = []
    for number, part in enumerate(_ADDRESS.split(text)):
        parts.append(part if number % 2 else _set(part, language, before))
        before = parts[-1] or before
    return "".join(parts)


def _set(text: str, language: str, before: str) -> str:
    opening, closing = QUOTES.get(language, QUOTES["en"])
    line = before[-1:] + text
    line = re.sub(r'(^|(?<=[\s(\[{«“‘—–/]))"(?=\S)', opening, line)
    line = line.replace('"', closing)
    line = re.sub(r"(^|(?<=[\s(\[{«“—–/]))'(?=\w)(?=[^']*\w'(?!\w))", "‘", line)
    if language == "en":
        line = _MISTAKEN.sub("‘", line)
    line = re.sub(r"(?<=[^\W\d])'|(?<!\S)'(?=\w)", "’", line)
    if language == "fr":
        line = re.sub(_RUN_OF_SPACES + "([;!?»])", NARROW_NO_BREAK_SPACE + r"\1", line)
        line = re.sub("«" + _SPACES + "*", "«" + NARROW_NO_BREAK_SPACE, line)
        line = re.sub(_RUN_OF_SPACES + ":", NO_BREAK_SPACE + ":", line)
        line = _GROUPED_NUMBER.sub(lambda number: number[0].replace(" ", NARROW_NO_BREAK_SPACE), line)
    return line[len(before[-1:]) :]

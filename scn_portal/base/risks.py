"""Finding words in a text that could put somebody at risk once it is public: addresses, numbers, places, names.

The rules only ask; a person decides. They are used before a practice is submitted and before a pledge or an update,
which is public at once, is published:

    for risk in risks_in(text, country="CA", names=["Jane Doe"]): …
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class RiskKind(models.TextChoices):
    """The kind of a risk."""

    EMAIL = "email", _("an email address")
    TELEPHONE = "telephone", _("a telephone number")
    STREET = "street", _("a street address")
    COORDINATES = "coordinates", _("coordinates of a place")
    NAME = "name", _("the name of a person")


@dataclass(frozen=True)
class Risk:
    """Something found in a text: its kind and its words. `key` is the same whenever the same words are found."""

    kind: RiskKind
    found: str

    @property
    def key(self) -> str:
        return hashlib.blake2b(f"{self.kind}:{_plain(self.found)}".encode(), digest_size=6).hexdigest()


_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_DECIMAL = re.compile(r"(?<![\d.,])[-+−]?\d{1,2}\.\d{3,10}\s?°?\s?[NS]?\s?[,;/ ]\s?[-+−]?\d{1,3}\.\d{3,10}(?![.,]?\d)")
_DEGREES = re.compile(r"\d{1,3}\s?°\s?\d{1,2}\s?[′'’]\s?(?:\d{1,2}(?:[.,]\d{1,4})?\s?[″\"”]\s?)?[NSEWO]\b")

_NUMBER = r"\d{1,5}\s?(?:bis|ter|[A-Da-d])?"
_WORD = r"[A-ZÀ-Þ][\w'’.-]{1,30}"
_STREETS = (
    # 12 Baker Street, 1600 Pennsylvania Avenue
    rf"\b{_NUMBER},?\s(?:{_WORD}\s){{1,4}}(?:Street|St\.|Road|Rd\.?|Avenue|Ave\.?|Boulevard|Blvd\.?|Lane|Drive|Square"
    r"|Terrace|Crescent|Court|Highway|Way)\b",
    # 12, rue de la Paix; 5 bis, avenue Foch
    rf"\b{_NUMBER},?\s(?:rue|avenue|boulevard|bd|place|chemin|route|quai|impasse|allée|cours|ruelle|square|passage)\s"
    rf"(?:(?:de|du|des|la|le|les|l['’]|d['’])\s?){{0,3}}{_WORD}",
    # Hauptstraße 5, Nygade 12, Kerkstraat 3
    r"\b[A-ZÀ-Þ][\w-]{2,30}(?:straße|strasse|str\.|straat|gasse|platz|plein|laan|gade|vej|gata|gatan|veien|katu)\s\d{1,4}\b",
    # Calle Mayor 12, Via Roma, 3, ul. Długa 5
    rf"\b(?:[Cc]alle|[Vv]ia|[Pp]iazza|[Pp]laza|[Rr]ua|[Aa]venida|[Uu]l\.|[Uu]lica)\s(?:(?:de|del|la|da|do)\s){{0,2}}"
    rf"(?:{_WORD}\s?){{1,3}},?\s\d{{1,4}}\b",
)  # fmt: skip
_STREET = re.compile("|".join(_STREETS))
MIN_NAME = 5


def risks_in(text: str, *, country: str = "", names: Iterable[str] = ()) -> list[Risk]:
    """The risks in `text`, each once.

    `country` (ISO 3166, such as `CA`) is for telephone numbers without a country code; `names` are the names of people
    to look for.
    """
    found = [*_matches(text, country), *(Risk(RiskKind.NAME, name) for name in _names_in(text, names))]
    return list({risk.key: risk for risk in found}.values())


def _matches(text: str, country: str) -> Iterator[Risk]:
    import phonenumbers  # imported here, because pages for readers do not need it

    for kind, pattern in (
        (RiskKind.EMAIL, _EMAIL),
        (RiskKind.STREET, _STREET),
        (RiskKind.COORDINATES, _DECIMAL),
        (RiskKind.COORDINATES, _DEGREES),
    ):
        yield from (Risk(kind, " ".join(match[0].split())) for match in pattern.finditer(text))
    # Only numbers that exist and are grouped as usual, so that years, amounts and numbers of laws do not match.
    leniency = phonenumbers.Leniency.STRICT_GROUPING
    for match in phonenumbers.PhoneNumberMatcher(text, country or None, leniency=leniency):
        yield Risk(RiskKind.TELEPHONE, match.raw_string)


def _names_in(text: str, names: Iterable[str]) -> Iterator[str]:
    words = f" {_plain(text)} "
    for name in names:
        plain = _plain(name)
        # A single word is too often an ordinary word.
        if len(plain) >= MIN_NAME and " " in plain and f" {plain} " in words:
            yield name


def _plain(text: str) -> str:
    """The words of `text` in lower case without accents, with one space between them."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[^\W_]+", "".join(sign for sign in bare if not unicodedata.combining(sign))))

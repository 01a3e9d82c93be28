"""Services open to the public that published practices name, for people who worry about a relative.

`data/open_services.json` points at sentences: each row has the slug of a practice and, in each language, a sentence of
its text that names a service for residents. The file adds nothing of its own. A service is shown only while the live
revision of its practice still has the sentence: a city that changes or takes down its practice changes this too.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from practices.models import Practice, Revision
from scn_portal.base.facet_options import sort_key
from scn_portal.base.languages import Text, other

FILE = Path(__file__).parent / "data" / "open_services.json"
# The fields in which a practice says what it does.
SAID_IN = ("summary", "approach")


@dataclass(frozen=True)
class OpenService:
    """A service that a practice names, in the words of the practice. `website` is "" if it gives none."""

    practice: Practice
    revision: Revision
    sentence: Text
    website: str


def open_services(language: str) -> list[OpenService]:
    """The services, by country and city as read in `language`. One query."""
    sentences = {row["practice"]: row for row in json.loads(FILE.read_text(encoding="utf-8"))}
    live = Revision.objects.live().filter(practice__slug__in=sentences).select_related("practice__city")
    found = [
        OpenService(revision.practice, revision, sentence, revision.website)
        for revision in live
        if (sentence := _sentence(revision, sentences[revision.practice.slug], language))
    ]
    return sorted(found, key=lambda service: _place(service, language))


def _sentence(revision: Revision, sentences: dict[str, str], language: str) -> Text:
    """The sentence that the revision still has, in `language` if possible; empty if it has neither."""
    for code in (language, other(language)):
        said = " ".join(str(getattr(revision, f"{field}_{code}") or "") for field in SAID_IN)
        if sentences.get(code) and _spaced(sentences[code]) in _spaced(said):
            return Text(_as_sentence(sentences[code]), code, is_fallback=code != language)
    return Text("", language)


def _spaced(text: str) -> str:
    """`text` with single common spaces: a non-breaking space is typography, not a change of words."""
    return " ".join(text.split())


def _as_sentence(words: str) -> str:
    """A part of a sentence, changed into a sentence."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _place(service: OpenService, language: str) -> tuple[str, str]:
    city = service.practice.city
    return sort_key(str(city.country.name)), sort_key(str(city.text("name", language)))

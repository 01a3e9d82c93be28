"""What a reader may follow: a city, a region, one of the commitments, a theme of practices, a search of theirs.

A topic is a word, `kind:value`: `city:montreal`, `region:africa`, `commitment:3`, `theme:hate`, and
`search:theme=hate&q=school` for a question to the list of practices. No topic at all stands for everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from commitments.models import Commitment
from members.models import City, Region
from practices.choices import Theme
from practices.search import PracticeSearch
from scn_portal.base.facets import sort_key
from scn_portal.base.typography import NO_BREAK_SPACE, QUOTES

# The most telling first: what concerns several is told under the first of them.
KINDS = ("city", "search", "commitment", "theme", "region")
MOST_TOPICS = 50
# Each is a question to the database, whoever asks.
MOST_SEARCHES = 3
LONGEST_SEARCH = 300


@dataclass(frozen=True)
class Topic:
    """A topic as a reader of one language meets it."""

    key: str
    label: str
    link: str

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]


def known(keys: Iterable[str]) -> list[str]:
    """The topics among `keys` that there are, each once, in the one order that a set of them is kept in.

    What makes no sense is left out; a search is kept as `practices.search` understood it.
    """
    sound = [key for key in dict.fromkeys(keys) if "\x00" not in key]  # the database takes none
    asked = [key.partition(":")[::2] for key in sound[: 2 * MOST_TOPICS]]
    there = {
        "city": _slugs(City.objects.listed(), asked, "city"),
        "region": _slugs(Region.objects.all(), asked, "region"),
        "commitment": _numbers(asked),
        "theme": set(Theme.values),
    }
    kept = {f"{kind}:{value}" for kind, value in asked if value in there.get(kind, ())}
    searches = [value for kind, value in asked if kind == "search"][:MOST_SEARCHES]
    kept |= {f"search:{query}" for value in searches if (query := _understood(value))}
    return _in_order(kept)


def union(*sets: Iterable[str]) -> list[str]:
    """All topics of `sets` in their order; everything, where one of them is."""
    if not all(sets):
        return []
    return _in_order({key for keys in sets for key in keys})


def named(keys: Iterable[str], language: str) -> list[Topic]:
    """The topics `keys` with their names in `language` and where each can be read. One that is gone is left out."""
    keys = list(keys)
    values = {kind: [key.partition(":")[2] for key in keys if key.startswith(f"{kind}:")] for kind in KINDS}
    with override(language):
        names: dict[str, tuple[str, str]] = {}
        for city in City.objects.filter(slug__in=values["city"]) if values["city"] else ():
            names[f"city:{city.slug}"] = (str(city.text("name", language)), city.get_absolute_url())
        for region in Region.objects.filter(slug__in=values["region"]) if values["region"] else ():
            link = f"{reverse('city_list')}?region={region.slug}"
            names[f"region:{region.slug}"] = (str(region.text("name", language)), link)
        for each in Commitment.objects.of_melbourne() if values["commitment"] else ():
            names[f"commitment:{each.number}"] = (
                f"{each.number}. {each.text('short', language)}",
                each.get_absolute_url(),
            )
        for theme in Theme:
            names[f"theme:{theme.value}"] = (str(theme.label), f"{reverse('practice_list')}?theme={theme.value}")
        for query in values["search"]:
            names[f"search:{query}"] = (_in_words(query, language), f"{reverse('practice_list')}?{query}")
        return [Topic(key, *names[key]) for key in keys if key in names]


def offered(language: str) -> dict[str, list[tuple[str, str]]]:
    """What everybody is offered to follow: by kind, (topic, name) in the order to show them."""
    with override(language):
        themes = sorted(((str(each.label), each.value) for each in Theme), key=lambda pair: sort_key(pair[0]))
        return {
            "commitment": [
                (f"commitment:{each.number}", f"{each.number}. {each.text('short', language)}")
                for each in Commitment.objects.of_melbourne().order_by("number")
            ],
            "region": [(f"region:{each.slug}", str(each.text("name", language))) for each in Region.objects.all()],
            "theme": [(f"theme:{value}", label) for label, value in themes],
        }


def practices_found(query: str) -> PracticeSearch:
    """What the search of a reader asks of the practices."""
    return PracticeSearch(QueryDict(query), "en")


def _slugs(rows, asked: list, kind: str) -> set[str]:
    wanted = [value for each, value in asked if each == kind]
    return set(rows.filter(slug__in=wanted).values_list("slug", flat=True)) if wanted else set()


def _numbers(asked: list) -> set[str]:
    if not any(kind == "commitment" for kind, _value in asked):
        return set()
    return {str(number) for number in Commitment.objects.of_melbourne().values_list("number", flat=True)}


def _understood(query: str) -> str:
    """`query` as the list of practices understood it, without an order; "" where that narrows nothing."""
    if len(query) > LONGEST_SEARCH or "%00" in query:
        return ""
    asked = QueryDict(query, mutable=True)
    asked.pop("sort", None)
    return PracticeSearch(asked, "en").faceted.query


def _in_order(keys: set[str]) -> list[str]:
    """`keys` in the one order, and no more than there may be."""
    searches = sorted(key for key in keys if key.startswith("search:"))
    return sorted(keys - set(searches[MOST_SEARCHES:]), key=_place)[:MOST_TOPICS]


def _place(key: str) -> tuple[int, int, str]:
    kind, _colon, value = key.partition(":")
    return KINDS.index(kind), int(value) if value.isdecimal() else 0, value


def _in_words(query: str, language: str) -> str:
    """A search as its reader would say it: Practices: “school” · Theme: Hate crime."""
    asked = PracticeSearch(QueryDict(query), language)
    opening, closing = QUOTES[language]
    parts = [f"{opening}{asked.words}{closing}"] if asked.words else []
    colon = NO_BREAK_SPACE + ":" if language == "fr" else ":"
    parts += [f"{facet.label}{colon} {option.label}" for facet, option in asked.faceted.chosen]
    return _("Practices: %(search)s") % {"search": " · ".join(parts)}

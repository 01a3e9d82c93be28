"""The topics that a reader may follow: cities, regions, commitments, themes of practices, and searches.

A topic is a string, `kind:value`: `city:montreal`, `region:africa`, `commitment:3`, `theme:hate`, and
`search:theme=hate&q=school` for a search in the list of practices. An empty set of topics means everything.
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
from scn_portal.base.facet_options import sort_key
from scn_portal.base.typography import NO_BREAK_SPACE, QUOTES

# The most specific first: news that belongs to several is shown under the first of them.
KINDS = ("city", "search", "commitment", "theme", "region")
MAX_TOPICS = 50
# Each search costs a query, in a form that anybody may send.
MAX_SEARCHES = 3
MAX_LENGTH_SEARCH = 300


@dataclass(frozen=True)
class Topic:
    """A topic with its name and link in one language."""

    key: str
    label: str
    link: str

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]


def known_topics(keys: Iterable[str]) -> list[str]:
    """The valid topics among `keys`, each once, in the order in which a set of topics is stored.

    The others are left out; a search is normalised by `practices.search`.
    """
    sound = [key for key in dict.fromkeys(keys) if "\x00" not in key]  # the database refuses NUL
    pairs = [key.partition(":")[::2] for key in sound[: 2 * MAX_TOPICS]]
    valid = {
        "city": _slugs(City.objects.listed(), pairs, "city"),
        "region": _slugs(Region.objects.all(), pairs, "region"),
        "commitment": _numbers(pairs),
        "theme": set(Theme.values),
    }
    kept = {f"{kind}:{value}" for kind, value in pairs if value in valid.get(kind, ())}
    searches = [value for kind, value in pairs if kind == "search"][:MAX_SEARCHES]
    kept |= {f"search:{query}" for value in searches if (query := _normalise_search(value))}
    return _in_order(kept)


def merge_topics(*sets: Iterable[str]) -> list[str]:
    """All topics of `sets`, in the order in which they are stored; empty (everything) if one of the sets is empty."""
    if not all(sets):
        return []
    return _in_order({key for keys in sets for key in keys})


def name_topics(keys: Iterable[str], language: str) -> list[Topic]:
    """The topics `keys` with their names in `language` and their links. One that no longer exists is left out."""
    keys = list(keys)
    values = {kind: [key.partition(":")[2] for key in keys if key.startswith(f"{kind}:")] for kind in KINDS}
    with override(language):
        names: dict[str, tuple[str, str]] = {}
        for city in City.objects.shown().filter(slug__in=values["city"]) if values["city"] else ():
            names[f"city:{city.slug}"] = (str(city.text("name", language)), city.get_absolute_url())
        for region in Region.objects.filter(slug__in=values["region"]) if values["region"] else ():
            link = f"{reverse('city_list')}?region={region.slug}"
            names[f"region:{region.slug}"] = (str(region.text("name", language)), link)
        for commitment in Commitment.objects.of_melbourne() if values["commitment"] else ():
            label = f"{commitment.number}. {commitment.text('short', language)}"
            names[f"commitment:{commitment.number}"] = (label, commitment.get_absolute_url())
        for theme in Theme:
            names[f"theme:{theme.value}"] = (str(theme.label), f"{reverse('practice_list')}?theme={theme.value}")
        for query in values["search"]:
            names[f"search:{query}"] = (_search_label(query, language), f"{reverse('practice_list')}?{query}")
        return [Topic(key, *names[key]) for key in keys if key in names]


def offered_topics(language: str) -> dict[str, list[tuple[str, str]]]:
    """The topics offered to everybody: by kind, (topic, name) in the order to show them."""
    with override(language):
        themes = sorted(((str(theme.label), theme.value) for theme in Theme), key=lambda pair: sort_key(pair[0]))
        return {
            "commitment": [
                (f"commitment:{row.number}", f"{row.number}. {row.text('short', language)}")
                for row in Commitment.objects.of_melbourne().order_by("number")
            ],
            "region": [(f"region:{row.slug}", str(row.text("name", language))) for row in Region.objects.all()],
            "theme": [(f"theme:{value}", label) for label, value in themes],
        }


def practice_search(query: str) -> PracticeSearch:
    """The search that a reader follows."""
    return PracticeSearch(QueryDict(query), "en")


def _slugs(rows, pairs: list, kind: str) -> set[str]:
    slugs = [value for pair_kind, value in pairs if pair_kind == kind]
    return set(rows.filter(slug__in=slugs).values_list("slug", flat=True)) if slugs else set()


def _numbers(pairs: list) -> set[str]:
    if not any(kind == "commitment" for kind, _value in pairs):
        return set()
    return {str(number) for number in Commitment.objects.of_melbourne().values_list("number", flat=True)}


def _normalise_search(query: str) -> str:
    """`query` as the list of practices reads it, without an order; "" if it filters nothing."""
    if len(query) > MAX_LENGTH_SEARCH or "%00" in query:
        return ""
    params = QueryDict(query, mutable=True)
    params.pop("sort", None)
    return PracticeSearch(params, "en").faceted.query


def _in_order(keys: set[str]) -> list[str]:
    """`keys` in the order in which they are stored, cut to the limits."""
    searches = sorted(key for key in keys if key.startswith("search:"))
    return sorted(keys - set(searches[MAX_SEARCHES:]), key=_sort_key)[:MAX_TOPICS]


def _sort_key(key: str) -> tuple[int, int, str]:
    kind, _colon, value = key.partition(":")
    return KINDS.index(kind), int(value) if value.isdecimal() else 0, value


def _search_label(query: str, language: str) -> str:
    """For example: Practices: “school” · Theme: Hate crime."""
    search = PracticeSearch(QueryDict(query), language)
    opening, closing = QUOTES[language]
    parts = [f"{opening}{search.words}{closing}"] if search.words else []
    colon = NO_BREAK_SPACE + ":" if language == "fr" else ":"
    parts += [f"{facet.label}{colon} {option.label}" for facet, option in search.faceted.chosen]
    return _("Practices: %(search)s") % {"search": " · ".join(parts)}

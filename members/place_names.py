"""The cities that a search query names, by their names or the names of their countries, in French or English."""

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import override
from django_countries import countries

from members.models import City
from scn_portal.base.languages import CODES
from scn_portal.base.search.full_text import NAMES, NamedPlace, TermQuery
from scn_portal.base.search.query import SearchQuery, Term, parse, plain_words

# Other names of countries, in addition to those of django-countries.
ALSO_CALLED = {
    "AE": ["UAE"],
    "CD": ["DR Congo", "RD Congo", "RDC"],
    "GB": [
        "UK",
        "Great Britain",
        "Britain",
        "England",
        "Scotland",
        "Wales",
        "Grande-Bretagne",
        "Angleterre",
        "Écosse",
        "pays de Galles",
    ],
    "MK": ["Macedonia", "Macédoine"],
    "US": ["USA", "United States", "États-Unis"],
}


def places(query: SearchQuery) -> list[NamedPlace]:
    """The cities that terms of `query` name, grouped by those terms. One database query."""
    countries_named = _countries_named(query)
    terms = [term for clause in query.clauses for term in (*clause.wanted, *clause.unwanted)]
    by_name = {f"named_{number}": _by_name(term) for number, term in enumerate(terms)}
    if not terms:
        return []
    wanted = Q(*by_name.values(), country__in=countries_named, _connector=Q.OR)
    named = {name: ExpressionWrapper(condition, BooleanField()) for name, condition in by_name.items()}
    cities = City.objects.filter(wanted).order_by().annotate(**named).values_list("pk", "country", *named)
    cities_by_terms = defaultdict(list)
    for pk, country, *matches in cities:
        of_the_city = {term for term, is_match in zip(terms, matches, strict=True) if is_match}
        cities_by_terms[frozenset(of_the_city | countries_named.get(country, set()))].append(pk)
    return [NamedPlace(named_by, tuple(pks)) for named_by, pks in cities_by_terms.items()]


def named_in(words: str) -> list[int]:
    """The keys of the cities that `words` name, by the city or its country, or whose name begins with `words`."""
    query = parse(words)
    found = {pk for place in places(query) for pk in place.cities}
    beginning = City.objects.filter(Q(name_en__unaccent__istartswith=words) | Q(name_fr__unaccent__istartswith=words))
    return sorted(found | set(beginning.values_list("pk", flat=True)))


def _by_name(term: Term) -> Q:
    """The condition that a city has the words of `term` in its name, or as its demonym."""
    cities = _city_demonyms().get(tuple(plain_words(term.words)), set())
    return Q(search=TermQuery(term, NAMES)) | Q(name_en__in=cities)


def _countries_named(query: SearchQuery) -> dict[str, set[Term]]:
    """The terms of `query` that name a country, by the code of the country."""
    terms_by_country = defaultdict(set)
    for clause in query.clauses:
        for terms in (clause.wanted, *((term,) for term in clause.unwanted)):
            for code, named_by in _named(terms):
                terms_by_country[code] |= named_by
    return terms_by_country


def _named(terms: Iterable[Term]) -> Iterable[tuple[str, set[Term]]]:
    """The codes of the countries that `terms` name, each with those terms. All words of a term must be in the name."""
    words = [(word, term) for term in terms for word in plain_words(term.words)]
    for name, codes in _country_names().items():
        for start in range(len(words) - len(name) + 1):
            run = words[start : start + len(name)]
            if tuple(word for word, _term in run) == name:
                named_by = {term for _word, term in run}
                if sum(term in named_by for _word, term in words) == len(name):
                    yield from ((code, named_by) for code in codes)


@cache
def _country_names() -> dict[tuple[str, ...], set[str]]:
    """The codes of countries by the words of their names, in both languages."""
    names = defaultdict(set)
    for language in CODES:
        with override(language):
            for code, name in countries:
                names[tuple(plain_words(name))].add(code)
    for code, other_names in [*ALSO_CALLED.items(), *_demonyms()["countries"].items()]:
        for name in other_names:
            for form in _forms(name):
                names[form].add(code)
    return dict(names)


@cache
def _city_demonyms() -> dict[tuple[str, ...], set[str]]:
    """The English names of cities by the words of a demonym (“Londoner”, « londonienne »)."""
    names = defaultdict(set)
    for city, demonyms in _demonyms()["cities"].items():
        for demonym in demonyms:
            for form in _forms(demonym):
                names[form].add(city)
    return dict(names)


def _forms(name: str) -> set[tuple[str, ...]]:
    """The words of a name or demonym in the singular and in the plural: “Kenyan”, “Kenyans”."""
    words = plain_words(name)
    return {tuple(words), (*words[:-1], f"{words[-1].removesuffix('s')}s")}


@cache
def _demonyms() -> dict[str, dict[str, list[str]]]:
    """The demonyms of `countries`, by code, and of `cities`, by English name."""
    return json.loads((Path(__file__).parent / "data" / "demonyms.json").read_text(encoding="utf-8"))

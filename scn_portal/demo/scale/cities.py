"""Invented cities in the countries of the real ones, and the people who act for them."""

import datetime as dt
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.conf import settings

from commitments.models import Declaration, Endorsement
from members.geography import country_point
from members.models import City, Membership, Role, User
from scn_portal.demo.accounts import MODERATOR
from scn_portal.demo.scale.moments import Moments
from scn_portal.demo.scale.rows import Keys, Row, copy
from scn_portal.demo.scale.words import syllables

SOURCE = "https://scale.example/cities/"
STATUSES = {"member": 80, "engaged": 15, "applicant": 3, "former": 2}
UNITS = {"city": 70, "municipality": 15, "district": 5, "county": 5, "province": 3, "state": 2}
ROLES = (Role.FOCAL_POINT, Role.EDITOR, Role.VIEWER)
WITH_PEOPLE, WITH_COLLEAGUES, CONFIRMED, SIGNED, HIDDEN = 0.5, 0.4, 0.6, 0.7, 0.001
# The width of a country whose outline is not known.
NARROW = 1.0


@dataclass
class Network:
    """The cities for which rows are written: the share of each city in all rows, by key, and the users who write for
    it."""

    weights: dict[int, float] = field(default_factory=dict)
    people: dict[int, list[int]] = field(default_factory=dict)
    moderator: int = 0

    def writer(self, city: int, source: random.Random) -> int | None:
        """A user of the city as author; None if the portal's team compiles the text."""
        people = self.people.get(city)
        return source.choice(people) if people and source.random() < 0.7 else None


def write(count: int, *, seed: int, moments: Moments) -> Network:
    """Write `count` cities with people and endorsements. Returns all cities, including those of the demo."""
    source = random.Random(f"cities:{seed}")
    network = Network(moderator=User.objects.get(email=MODERATOR).pk)
    _add_cities_of_the_demo(network)
    cities = list(_cities(count, source, moments))
    people = list(_people(cities, source, moments))
    _confirm(cities, people, source, moments)
    copy(User, (_user(person) for person in people))
    copy(EmailAddress, _addresses(people))
    copy(City, (_hidden(city, network, source, moments) for city in cities))
    copy(Membership, _memberships(people))
    copy(Endorsement, _endorsements(cities, source))
    for rank, city in enumerate(source.sample(cities, len(cities)), start=1):
        network.weights[city["id"]] = 1 / (rank + 20) ** 0.5
    for person in people:
        if person["role"] != Role.VIEWER:
            network.people.setdefault(person["city"], []).append(person["id"])
    return network


def _add_cities_of_the_demo(network: Network) -> None:
    """Add the cities of the demo. The city of a demo account gets a much larger share, for a full workspace."""
    for city in City.objects.listed():
        network.weights[city.pk] = 0.3 if city.slug == "montreal" else 0.05
    writing = Membership.objects.filter(role__in=(Role.FOCAL_POINT, Role.EDITOR))
    for city, user in writing.order_by("pk").values_list("city", "user"):
        network.people.setdefault(city, []).append(user)


def _cities(count: int, source: random.Random, moments: Moments) -> Iterator[Row]:
    keys, names = Keys(City), syllables("en", source, count)
    homes = list(City.objects.order_by("pk").values_list("country", "region", "time_zone"))
    joined = moments.some(count)
    for number, (name, at) in enumerate(zip(names, joined, strict=True), start=1):
        country, region, time_zone = source.choice(homes)
        latitude, longitude = _place(country, source)
        called = f"{name.capitalize()} {number}"
        status = source.choices(list(STATUSES), list(STATUSES.values()))[0]
        yield {
            "id": keys(), "slug": f"{name}-{number}", "name": called, "name_en": called, "name_fr": called,
            "country": country, "region_id": region, "time_zone": time_zone, "status": status,
            "unit_type": source.choices(list(UNITS), list(UNITS.values()))[0],
            "latitude": latitude, "longitude": longitude,
            "population": int(math.exp(source.gauss(12, 1.2))) if source.random() < 0.9 else None,
            "joined_year": at.year if status == "member" and source.random() < 0.8 else None,
            "source": f"{SOURCE}{number}", "confirmed_at": None, "confirmed_by_id": None, "hidden_at": None,
            "hidden_by_id": None, "hidden_reason": "",
        }  # fmt: skip


def _place(country: str, source: random.Random) -> tuple[float | None, float | None]:
    """Latitude and longitude within the country, as far as its centre and its width tell; sometimes not known."""
    point = country_point(country)
    if point is None or source.random() < 0.02:
        return None, None
    longitude, latitude, width = point
    reach, angle = max(width, NARROW) * math.sqrt(source.random()), 2 * math.pi * source.random()
    latitude = max(-85.0, min(85.0, latitude + reach * math.sin(angle)))
    longitude += reach * math.cos(angle) / max(0.2, math.cos(math.radians(latitude)))
    return round(latitude, 5), round((longitude + 180) % 360 - 180, 5)


def _people(cities: list[Row], source: random.Random, moments: Moments) -> Iterator[Row]:
    """The people who act for cities, named after their roles."""
    keys, number = Keys(User), 0
    for city in cities:
        if source.random() >= WITH_PEOPLE:
            continue
        roles = ROLES if source.random() < WITH_COLLEAGUES else ROLES[:1]
        for role in roles:
            number += 1
            yield {"id": keys(), "role": role, "city": city["id"], "number": number, "since": moments.lately(days=1500),
                   "name": f"{Role(role).label} {city['name']}", "language": source.choice(["en", "fr"])}  # fmt: skip


def _confirm(cities: list[Row], people: list[Row], source: random.Random, moments: Moments) -> None:
    """Let some focal points confirm the facts of their city."""
    focal_points = {person["city"]: person["id"] for person in people if person["role"] == Role.FOCAL_POINT}
    for city in cities:
        if city["id"] in focal_points and source.random() < CONFIRMED:
            city |= {"confirmed_at": moments.lately(days=700), "confirmed_by_id": focal_points[city["id"]]}


def _hidden(city: Row, network: Network, source: random.Random, moments: Moments) -> Row:
    if source.random() >= HIDDEN:
        return city
    at = moments.lately(days=300)
    return city | {"hidden_at": at, "hidden_by_id": network.moderator, "hidden_reason": "To measure hidden cities."}


def _user(person: Row) -> Row:
    return {
        "id": person["id"], "password": "!", "is_superuser": False, "email": _address(person),
        "name": str(person["name"])[:150], "language": person["language"], "time_zone": settings.TIME_ZONE,
        "is_staff": False, "is_active": True, "date_joined": person["since"], "last_login": person["since"],
    }  # fmt: skip


def _address(person: Row) -> str:
    return f"person{person['number']}@scale.example"


def _addresses(people: list[Row]) -> Iterator[Row]:
    keys = Keys(EmailAddress)
    for person in people:
        yield {"id": keys(), "email": _address(person), "verified": True, "primary": True, "user_id": person["id"]}


def _memberships(people: list[Row]) -> Iterator[Row]:
    keys = Keys(Membership)
    for person in people:
        since: dt.datetime = person["since"]
        yield {"id": keys(), "role": person["role"].value, "city_id": person["city"], "user_id": person["id"],
               "created_at": since, "confirmed_at": since}  # fmt: skip


def _endorsements(cities: list[Row], source: random.Random) -> Iterator[Row]:
    keys, declaration = Keys(Endorsement), Declaration.objects.get(slug="melbourne-2018").pk
    for city in cities:
        if city["status"] == "member" and source.random() < SIGNED:
            yield {"id": keys(), "endorsed_on": str(source.randint(2018, 2025)), "signatory_name": "",
                   "signatory_title": "", "proof": city["source"], "city_id": city["id"],
                   "declaration_id": declaration}  # fmt: skip

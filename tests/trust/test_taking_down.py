"""Pledges, milestones and updates are taken down at once, by whoever writes for their city, with its sign-off too."""

import pytest
from django.urls import reverse

from members.models import City, Role
from tests.factories import CityFactory, MilestoneFactory, PledgeFactory, ProgressUpdateFactory, acting_for, commit

pytestmark = pytest.mark.django_db

# What is taken down, the canary in its words, and the addresses that showed it and answer 410 then.
KINDS = {
    "pledge": lambda row: [f"/en/pledges/{row.pk}/", f"/fr/promesses/{row.pk}/", f"/api/v1/pledges/{row.pk}"],
    "milestone": lambda row: [f"/api/v1/milestones/{row.pk}"],
    "update": lambda row: [f"/api/v1/updates/{row.pk}"],
}
SHOWN = [
    "/en/cities/testford/", "/en/cities/testford/calendar.ics", "/en/cities/testford/feed.xml", "/en/calendar.ics",
    "/en/changes/", "/en/search/?q=potoocanary", "/en/data/milestones.csv", "/en/data/pledges.csv",
    "/en/data/updates.csv", "/api/v1/pledges", "/api/v1/milestones", "/api/v1/updates", "/en/pledges/",
]  # fmt: skip


def text_of(client, address: str) -> str:
    answer = client.get(address)
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


@pytest.mark.parametrize("kind", KINDS)
def test_an_editor_takes_it_down_at_once_though_a_focal_point_releases(client, kind):
    city = CityFactory(name_en="Testford", name_fr="Testford")
    acting_for(city)
    City.objects.filter(pk=city.pk).update(needs_sign_off=True)
    pledge = PledgeFactory(city=city, due_on="2030-01-01", title_en="Potoocanary" if kind == "pledge" else "A plan")
    rows = {
        "pledge": pledge,
        "milestone": MilestoneFactory(pledge=pledge, due_on="2030-01-01", title_en="Potoocanary"),
        "update": ProgressUpdateFactory(pledge=pledge, what_changed_en="Potoocanary"),
    }
    row = rows[kind]
    for other in rows.keys() - {kind, "pledge"}:
        type(rows[other]).objects.filter(pk=rows[other].pk).update(
            taken_down_at="2026-01-01T00:00Z", taken_down_by=acting_for(city),
            **({"taken_down_reason": "A name."} if other == "milestone" else {}),
        )  # fmt: skip
    commit()
    assert any("otoocanary" in text_of(client, address) for address in SHOWN)
    client.force_login(acting_for(city, Role.EDITOR))
    address = reverse(f"{kind}_take_down", args=[row.pk])
    assert reverse(f"{kind}_take_down", args=[row.pk]) in text_of(client, f"/en/my-city/pledges/{pledge.pk}/")
    assert "Give the reason." in client.post(address).text
    done = client.post(address, {"reason": "It names a witness."}, follow=True)
    assert "Taken down." in done.text
    assert "It names a witness." in done.text
    assert "otoocanary" in done.text, "its city still reads it"
    assert client.post(address, {"reason": "Again."}).status_code == 404
    commit()
    client.logout()
    for public in SHOWN:
        said = text_of(client, public).replace("potoocanary", "") if "?q=" in public else text_of(client, public)
        assert "otoocanary" not in said, public
    for gone in KINDS[kind](row):
        assert client.get(gone).status_code == 410, gone


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_else_takes_it_down(client, kind):
    pledge = PledgeFactory()
    rows = {
        "pledge": pledge, "milestone": MilestoneFactory(pledge=pledge), "update": ProgressUpdateFactory(pledge=pledge),
    }  # fmt: skip
    address = reverse(f"{kind}_take_down", args=[rows[kind].pk])
    for user in (acting_for(pledge.city, Role.VIEWER), acting_for(CityFactory())):
        client.force_login(user)
        assert client.get(address).status_code == client.post(address, {"reason": "No."}).status_code == 404

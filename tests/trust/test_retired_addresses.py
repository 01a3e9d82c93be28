"""An address whose words expose somebody is given up: 410 for good, nowhere else, never taken again."""

import datetime as dt
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from digests.delivery.rendering import TemplateCache
from digests.issues.compose import compose_issue
from members.models import Role
from practices import addresses, moderation
from practices.models import Practice, RetiredAddress
from practices.tasks import send_notices
from tests.database import refused_by
from tests.factories import (
    CityFactory,
    ModeratorFactory,
    RevisionFactory,
    SubscriptionFactory,
    acting_for,
    commit,
    moderators_group,
)
from tests.forms import press
from tests.site.desk.test_takedown import PAGES, content_of

pytestmark = pytest.mark.django_db

OLD = "potoocanary-leaves-the-group"


@pytest.fixture
def practice():
    """A public practice whose title once named somebody, with a document; its city has a focal point."""
    city = CityFactory(name_en="Quetzalcanary", name_fr="Quetzalcanary", country="KE")
    author = acting_for(city, Role.EDITOR, email="author@example.org", language="fr")
    RevisionFactory(status="published", practice__slug="other", practice__city=CityFactory(country="KE"))
    return RevisionFactory(
        status="published", practice__slug=OLD, practice__city=city, title_en="Leaving", author=author,
        documents=["A report"], published_at=timezone.now(),
    ).practice  # fmt: skip


def of(slug: str, practice: Practice) -> list[str]:
    """Every public address that has the slug in it."""
    document = practice.live.attachments.get().get_absolute_url().replace(practice.slug, slug)
    return [
        f"/en/practices/{slug}/", f"/fr/pratiques/{slug}/", f"/en/practices/{slug.upper()}/", document,
        f"/en/practices/{slug}/practice.pdf", f"/en/practices/{slug}/picture.png", f"/api/v1/practices/{slug}",
    ]  # fmt: skip


def give_up(client, practice: Practice, reason: str = "It names a person.", **changes):
    return press(client, client.get(reverse("desk_address", args=[practice.pk])), reason=reason, **changes)


def test_the_old_address_is_gone_for_good_and_nothing_carries_it(client, practice):
    for language in ("en", "fr"):
        SubscriptionFactory(frequency="weekly", language=language)
    issue = compose_issue("weekly", timezone.now() + dt.timedelta(minutes=1))
    deliveries = list(issue.deliveries.select_related("issue", "subscription"))
    assert all(OLD in TemplateCache().render(each).as_bytes().decode() for each in deliveries)
    commit()
    before = practice.revisions.get().pk
    client.force_login(ModeratorFactory())
    assert OLD in client.get(reverse("desk_address", args=[practice.pk])).text
    answer = give_up(client, practice)
    commit()
    assert (answer.status_code, answer.url) == (302, reverse("desk_revision", args=[before]))
    practice.refresh_from_db()
    assert practice.slug.startswith("practice-")
    client.logout()
    for address in of(OLD, practice):
        gone = client.get(address)
        assert (address, gone.status_code) == (address, 410)
        assert practice.slug not in gone.text, "the new address would name whom the old one exposed"
        assert "Leaving" not in gone.text
        assert "Cookie" not in gone.get("Vary", "")
    assert client.get(f"/en/practices/{practice.slug}/").status_code == 200
    for address in [page % {"issue": issue.pk} if "%" in page else page for page in PAGES]:
        assert OLD not in content_of(client, address), address
    for address in ("/en/cities/quetzalcanary/", "/en/cities/quetzalcanary/feed.xml"):
        assert OLD not in content_of(client, address), address
    assert practice.slug in content_of(client, "/sitemap-practices-1.xml")
    for each in deliveries:
        told = TemplateCache().render(each).as_bytes().decode()
        assert OLD not in told
        assert practice.slug in told


def test_whoever_keeps_a_copy_by_the_api_is_told_the_new_address(client, practice):
    commit()
    read = client.get("/api/v1/practices").json()
    assert [row["slug"] for row in read["results"]] == ["other", OLD]
    addresses.retire(practice, slug=OLD, reason="A name.", by=ModeratorFactory())
    commit()
    practice.refresh_from_db()
    changed = client.get(urlsplit(read["resume"])._replace(scheme="", netloc="").geturl()).json()["results"]
    assert [(row["id"], row["slug"]) for row in changed] == [(practice.pk, practice.slug)]


def test_no_practice_ever_has_it_again_whoever_tries(practice):
    addresses.retire(practice, slug=OLD, reason="A name.", by=ModeratorFactory())
    for slug in (OLD, OLD.upper()):
        with pytest.raises(IntegrityError, match="given up for good"), transaction.atomic():
            Practice.objects.filter(pk=practice.pk).update(slug=slug)
        with pytest.raises(IntegrityError, match="given up for good"), transaction.atomic():
            RevisionFactory(practice__slug=slug)
    same_title = RevisionFactory(status="submitted", title_en=OLD.replace("-", " "))
    moderation.publish(revision=same_title, by=ModeratorFactory())
    same_title.practice.refresh_from_db()
    assert same_title.practice.slug == f"{OLD}-2"
    row = RetiredAddress.objects.filter(practice=practice)
    for change in ({"reason": "Another."}, {"digest": "0" * 64}, {"practice": same_title.practice}):
        with refused_by("pgtrigger: Cannot"):
            row.update(**change)
    with refused_by("pgtrigger: Cannot"):
        row.delete()


def test_a_new_version_keeps_the_new_address(practice):
    addresses.retire(practice, slug=OLD, reason="A name.", by=ModeratorFactory())
    practice.refresh_from_db()
    neutral = practice.slug
    newer = RevisionFactory(practice=practice, status="submitted", title_en=OLD)
    moderation.publish(revision=newer, by=ModeratorFactory())
    practice.refresh_from_db()
    assert practice.slug == neutral


def test_its_city_gets_the_reason_and_the_new_address_and_never_the_old_one(client, practice):
    focal = acting_for(practice.city, email="focal@example.org")
    client.force_login(ModeratorFactory())
    page = client.get(reverse("desk_address", args=[practice.pk])).text
    assert "focal@example.org" in page
    give_up(client, practice, reason="It names a person.")
    practice.refresh_from_db()
    assert send_notices() == 2
    assert send_notices() == 0
    assert {message.to[0] for message in mail.outbox} == {focal.email, "author@example.org"}
    for message in mail.outbox:
        said = message.message().as_bytes().decode()
        assert practice.slug in said
        assert OLD not in said
        assert "It names a person." in message.body


def test_who_may_and_what_it_takes(client, practice):
    address = reverse("desk_address", args=[practice.pk])
    assert client.get(address).status_code == 302
    both = acting_for(practice.city)
    both.groups.add(moderators_group())
    for user in (acting_for(practice.city), both):
        client.force_login(user)
        assert client.get(address).status_code == client.post(address, {"reason": "A"}).status_code == 404
    client.force_login(ModeratorFactory())
    draft = RevisionFactory().practice
    assert client.get(reverse("desk_address", args=[draft.pk])).status_code == 404
    assert give_up(client, practice, reason=" ").context["form"].errors == {
        "reason": ["Give a reason: the city reads it."]
    }
    assert not RetiredAddress.objects.exists()


def test_of_two_moderators_the_second_gives_up_nothing_and_keeps_the_words(client, practice):
    client.force_login(ModeratorFactory())
    opened = client.get(reverse("desk_address", args=[practice.pk]))
    addresses.retire(practice, slug=OLD, reason="A name.", by=ModeratorFactory())
    page = press(client, opened, reason="Words of the second.")
    assert page.status_code == 200
    assert "Somebody has given up this address already." in page.text
    assert "Words of the second." in page.text
    assert RetiredAddress.objects.count() == 1


def test_one_that_is_taken_down_stays_so_under_both_addresses(client, practice):
    moderation.archive(revision=practice.live, by=acting_for(practice.city), reason="A name.")
    addresses.retire(practice, slug=OLD, reason="A name.", by=ModeratorFactory())
    practice.refresh_from_db()
    assert client.get(f"/en/practices/{OLD}/").context["gone"].kind is None
    assert client.get(f"/en/practices/{practice.slug}/").context["gone"].kind == "practice"

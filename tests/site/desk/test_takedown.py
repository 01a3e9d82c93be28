"""Taking something from the public, as staff: the address answers 410, its words are nowhere, its city is told."""

import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from commitments import pledges
from commitments.models import Milestone
from digests.delivery.rendering import TemplateCache
from digests.issues.compose import compose_issue
from members import hiding
from members.models import Role
from practices import moderation, vocabulary
from practices.models import Transition, Word
from scn_portal.base.models import PublicRecord
from scn_portal.site.desk import takedown
from scn_portal.site.models import Takedown
from scn_portal.site.tasks import send_takedowns
from tests.factories import (
    CityFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    SubscriptionFactory,
    UpdateDocumentFactory,
    UserFactory,
    acting_for,
    commit,
    moderators_group,
    staff_for_cities,
)
from tests.forms import fields_of
from tests.pdf_text import words_of

pytestmark = pytest.mark.django_db

SOON = timezone.localdate() + dt.timedelta(days=9)
PAGES = [
    "/en/", "/fr/", "/en/cities/", "/en/cities/?q=quetzalcanary", "/en/countries/ke/", "/en/regions/somewhere/",
    "/en/compare/", "/en/pledges/", "/en/changes/", "/en/matrix/", "/en/charts/", "/en/commitments/",
    "/en/commitments/1/", "/en/practices/", "/en/practices/other/", "/en/search/?q=toucanary", "/en/print/matrix/",
    "/en/print/cities/", "/en/print/practices/", "/en/embed/map/", "/en/embed/charts/pledges/", "/en/cities/map.json",
    "/en/method/", "/en/newsletter/issues/", "/en/newsletter/issues/%(issue)s/", "/en/practices/feed.xml",
    "/en/commitments/1/feed.xml", "/en/changes/feed.xml", "/en/calendar.ics", "/en/commitments/1/calendar.ics",
    "/sitemap-cities-1.xml", "/sitemap-pledges-1.xml", "/sitemap-practices-1.xml", "/en/charts/pledges.csv",
    "/en/newsletter/?topic=city:quetzalcanary",
    *(f"/api/v1/{name}" for name in (
        "cities", "commitments", "commitments/1", "pledges", "milestones", "updates", "practices", "removals")),
    *(f"/en/data/{name}.csv" for name in ("cities", "matrix", "pledges", "milestones", "updates", "practices")),
    "/en/data/cities.geojson",
]  # fmt: skip
OF_THE_CITY = ["/en/cities/%s/", "/en/cities/%s/feed.xml", "/en/cities/%s/calendar.ics", "/en/embed/cities/%s/"]


@pytest.fixture
def moderator():
    return ModeratorFactory()


@pytest.fixture
def city():
    """A city with one of everything, each with a canary of its own."""
    city = CityFactory(name_en="Quetzalcanary", name_fr="Quetzalcanary", country="KE")
    acting_for(city, email="focal@example.org", language="fr")
    return city


@pytest.fixture
def things(city):
    """What is taken down; the milestone, the update and the document belong to others that stay."""
    other = RevisionFactory(status="published", practice__slug="other", practice__city=CityFactory(country="KE"))
    kept, pledge = (
        PledgeFactory(city=city),
        PledgeFactory(city=city, title_en="A toucanary", description_en="toucanary"),
    )
    for of in (pledge, kept):  # those of the first go down with it
        update = ProgressUpdateFactory(
            pledge=of, what_changed_en="A kakapocanary.", author=acting_for(city, Role.EDITOR)
        )
        milestone = MilestoneFactory(pledge=of, title_en="hoatzincanary", due_on=SOON)
        # Shown among the dates that moved.
        Milestone.objects.filter(pk=milestone.pk).update(due_on=SOON + dt.timedelta(days=1))
    made = {"status": "published", "practice__city": city, "published_at": timezone.now()}
    revision = RevisionFactory(
        **made, practice__slug="potoocanary", title_en="A potoocanary", summary_en="potoocanary",
        documents=["cassowarycanary"], adapted_from=[other.practice],
    )  # fmt: skip
    document = RevisionFactory(**made, documents=["cassowarycanary"]).attachments.get()
    return {
        "practice": revision.practice, "document": document, "pledge": pledge, "milestone": milestone,
        "update": update, "city": city,
    }  # fmt: skip


FILES = (".pdf", ".png")
CANARIES = {
    "practice": ["potoocanary", "cassowarycanary"],
    "document": ["cassowarycanary"],
    "pledge": ["toucanary", "hoatzincanary", "kakapocanary"],
    "milestone": ["hoatzincanary"],
    "update": ["kakapocanary"],
    "city": ["quetzalcanary", "potoocanary", "toucanary", "cassowarycanary", "hoatzincanary", "kakapocanary"],
}
ADDRESSES = {
    "practice": lambda row: [
        f"/en/practices/{row.slug}/", f"/fr/pratiques/{row.slug}/", f"/en/practices/{row.slug}/practice.pdf",
        f"/en/practices/{row.slug}/picture.png", f"/api/v1/practices/{row.slug}"],
    "document": lambda row: [row.get_absolute_url()],
    "pledge": lambda row: [f"/en/pledges/{row.pk}/", f"/fr/promesses/{row.pk}/", f"/api/v1/pledges/{row.pk}"],
    "milestone": lambda row: [f"/api/v1/milestones/{row.pk}"],
    "update": lambda row: [f"/api/v1/updates/{row.pk}"],
    "city": lambda row: [
        *(f"/en/cities/{row.slug}/{name}" for name in (
            "", "feed.xml", "calendar.ics", "badge.svg", "picture.png", "profile.pdf")),
        f"/fr/villes/{row.slug}/", f"/api/v1/cities/{row.slug}", f"/en/embed/cities/{row.slug}/"],
}  # fmt: skip


def content_of(client, address: str) -> str:
    response = client.get(address, follow=True)
    assert response.status_code == 200, (address, response.status_code)
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode().lower()


def statuses(client, kind: str, things: dict) -> set[int]:
    answers = [client.get(address) for address in ADDRESSES[kind](things[kind])]
    for answer in answers:
        if answer.streaming:
            b"".join(answer.streaming_content)  # to its end, where the file is closed
    return {answer.status_code for answer in answers}


def waiting_mail() -> tuple:
    SubscriptionFactory(frequency="weekly")
    issue = compose_issue("weekly", timezone.now() + dt.timedelta(minutes=1))
    assert issue
    return issue, issue.deliveries.select_related("issue", "subscription").get()


@pytest.mark.parametrize("kinds", [("document", "milestone", "update", "practice", "pledge"), ("city",)])
def test_it_is_gone_from_every_output_and_from_the_mails_that_wait(client, moderator, city, things, kinds):
    issue, delivery = waiting_mail()
    commit()
    assert TemplateCache().render(delivery)
    client.force_login(moderator)
    for kind in kinds:
        assert statuses(client, kind, things) == {200}
        why = {"reason": "A name.", "sentence_fr": "Ici."}
        assert client.post(reverse("take_down", args=[kind, things[kind].pk]), why).status_code == 302
    commit()
    client.logout()
    links = [address for kind in kinds for address in ADDRESSES[kind](things[kind])]
    for link in links:
        gone = client.get(link)
        assert (link, gone.status_code, "Ici." in gone.text) == (link, 410, True)
        assert "Cookie" not in gone.get("Vary", "")
    vocabulary.refresh()
    canaries = [canary for kind in kinds for canary in CANARIES[kind]]
    of_the_city = [] if kinds == ("city",) else [address % city.slug for address in OF_THE_CITY]
    if of_the_city:
        kept = {"pledge": things["milestone"].pledge, "practice": things["document"].revision.practice}
        of_the_city += [link for kind, row in kept.items() for link in ADDRESSES[kind](row) if link[-4:] not in FILES]
    for address in [page % {"issue": issue.pk} if "%" in page else page for page in PAGES] + of_the_city:
        said = content_of(client, address)
        assert not [canary for canary in canaries if canary in said and canary not in address], address
        assert not [link for link in links if f'href="{link}"' in said], address
    if of_the_city:
        profile = words_of(client.get(f"/en/cities/{city.slug}/profile.pdf").content)
        assert not [canary for canary in canaries if canary in profile]
    after = TemplateCache().render(delivery)
    told = after.as_bytes().decode().lower() if after else ""
    assert not [canary for canary in canaries if canary in told]
    assert not Word.objects.filter(word__in=canaries).exists()


@pytest.mark.parametrize("kind", CANARIES)
def test_staff_show_it_again_and_its_city_hears_of_both(client, moderator, things, kind):
    client.force_login(moderator)
    commit()
    records = set(PublicRecord.objects.filter(removed_at=None).values_list("kind", "key"))
    client.post(reverse("take_down", args=[kind, things[kind].pk]), {"reason": "A *name* <b>."})
    commit()
    assert send_takedowns() > 0
    to_focal = next(each for each in mail.outbox if each.to == ["focal@example.org"])
    assert "A *name* <b>." in to_focal.body
    assert "Bonjour" in to_focal.body
    mail.outbox.clear()
    page = client.get(reverse("take_down_restore", args=[kind, things[kind].pk]))
    assert page.status_code == 200
    client.post(reverse("take_down_restore", args=[kind, things[kind].pk]))
    commit()
    assert statuses(client, kind, things) == {200}
    assert set(PublicRecord.objects.filter(removed_at=None).values_list("kind", "key")) == records
    assert send_takedowns() > 0
    assert not [each for each in mail.outbox if "Good news" in each.body]
    assert Takedown.objects.get().restored_by == moderator
    assert client.get(reverse("take_down_restore", args=[kind, things[kind].pk])).status_code == 404


def test_who_may(client, things, city):
    """Moderators and superusers; nobody else, and nobody for a city that they act for, whatever their role in it."""
    own = acting_for(city, Role.VIEWER)
    own.groups.add(moderators_group())
    roles = {
        "moderator": (ModeratorFactory(), 200), "superuser": (UserFactory(is_superuser=True), 200), "own": (own, 404),
        "official": (acting_for(city), 404), "staff": (UserFactory(is_staff=True), 404),
        "cities": (staff_for_cities(), 404),
    }  # fmt: skip
    addresses = [reverse("take_down", args=[kind, row.pk]) for kind, row in things.items()]
    pages = [*addresses, reverse("desk_pledge", args=[things["pledge"].pk])]
    for role, (user, status) in roles.items():
        client.force_login(user)
        assert (role, {client.get(address).status_code for address in pages}) == (role, {status})
    assert {client.post(address, {"reason": "Why"}).status_code for address in addresses} == {404}
    client.logout()
    assert {client.get(address).status_code for address in addresses} == {302}


def test_without_a_reason_nothing_happens(client, moderator, things):
    client.force_login(moderator)
    answer = client.post(reverse("take_down", args=["pledge", things["pledge"].pk]), {"reason": "  "})
    assert "Give a reason" in answer.text
    assert not Takedown.objects.exists()


def test_the_document_of_an_update_that_was_taken_down_answers_410(client, things):
    update = things["update"]
    document = UpdateDocumentFactory(pledge=update.pledge, update_row=update)
    address = document.get_absolute_url()
    takedown.take_down(takedown.KINDS["update"], update, by=ModeratorFactory(), reason="A face.")
    assert client.get(address).status_code == 410
    assert client.get(address.replace(document.key, "0" * 32)).status_code == 404


def test_the_reason_is_given_back_after_the_end_of_a_session(client, moderator, things):
    client.force_login(moderator)
    address = reverse("take_down", args=["pledge", things["pledge"].pk])
    form = fields_of(client.get(address)) | {"reason": "A <face> can be seen.\n"}
    client.logout()
    given = client.post(address, form, headers={"Sec-Fetch-Site": "same-origin"})
    assert (given.status_code, "A &lt;face&gt; can be seen." in given.text) == (403, True)
    client.force_login(moderator)
    assert [client.post(address, form).status_code for _time in range(2)] == [302, 302]
    assert Takedown.objects.count() == 1


def test_the_mail_is_read_before_it_leaves_by_those_who_get_it(client, moderator, things, city):
    acting_for(city, email="referente@example.org", language="fr")
    client.force_login(moderator)
    page = client.get(reverse("take_down", args=["pledge", things["pledge"].pk])).text
    assert "referente@example.org" in page
    assert "L’équipe du réseau a retiré ceci du site" in page
    stranger = PledgeFactory(city=CityFactory())
    page = client.get(reverse("take_down", args=["pledge", stranger.pk])).text
    assert "nobody acts for this city" in page


def test_who_comes_second_keeps_their_words(client, moderator, things):
    practice = things["practice"]
    takedown.take_down(takedown.KINDS["practice"], practice, by=ModeratorFactory(), reason="First.")
    client.force_login(moderator)
    answer = client.post(reverse("take_down", args=["practice", practice.pk]), {"reason": "My own words."})
    assert answer.status_code == 200
    assert "My own words." in answer.text
    assert Takedown.objects.count() == 1


def test_what_a_city_took_down_itself_answers_410_and_stays_for_it_to_decide(client, moderator, things, city):
    official = acting_for(city)
    pledges.take_down(things["pledge"], reason="Danger.", by=official)
    moderation.perform("archive", revision=things["practice"].live, by=official, reason="A name.")
    client.force_login(moderator)
    for kind in ("pledge", "practice"):
        address = ADDRESSES[kind](things[kind])[0]
        gone = client.get(address)
        assert (gone.status_code, "was taken down" in gone.text, "Danger" in gone.text) == (410, True, False)
        assert client.get(reverse("take_down_restore", args=[kind, things[kind].pk])).status_code == 404
    assert "asks when it is to be shown again" in client.get(reverse("desk_pledge", args=[things["pledge"].pk])).text


def test_a_document_stays_down_in_the_next_version(client, moderator, things):
    document = things["document"]
    practice = document.revision.practice
    takedown.take_down(takedown.KINDS["document"], document, by=moderator, reason="A face.")
    draft = moderation.open_draft(practice=practice, by=practice.live.author)
    assert draft.attachments.get().taken_down_at
    assert client.get(document.get_absolute_url()).status_code == 410
    assert client.get(practice.get_absolute_url()).status_code == 200


def test_what_never_was_public_stays_a_404(client, moderator):
    draft = PledgeFactory(published_at=None)
    revision = RevisionFactory(status="submitted")
    client.force_login(moderator)
    for address in (
        draft.get_absolute_url(), f"/api/v1/pledges/{draft.pk}", revision.practice.get_absolute_url(),
        reverse("take_down", args=["pledge", draft.pk]), reverse("take_down", args=["nothing", 1]),
        reverse("take_down", args=["practice", revision.practice_id]), reverse("desk_pledge", args=[draft.pk]),
    ):  # fmt: skip
        assert client.get(address).status_code == 404, address


def test_the_people_of_a_hidden_city_still_work_on_it(client, moderator, city, things):
    hiding.hide(city, reason="A threat.", by=moderator)
    client.force_login(acting_for(city))
    for address in (reverse("my_city_of", args=[city.slug]), reverse("pledge_workspace", args=[things["pledge"].pk]),
                    reverse("practice_workspace", args=[things["practice"].pk])):  # fmt: skip
        assert client.get(address).status_code == 200
    draft = RevisionFactory(practice=things["practice"], status="submitted", author=None)
    moderation.perform("publish", revision=draft, by=ModeratorFactory())
    client.logout()
    assert client.get(things["practice"].get_absolute_url()).status_code == 410


def test_the_desk_page_of_a_practice_leads_there_in_one_click(client, moderator, things):
    client.force_login(moderator)
    revision = things["document"].revision
    page = client.get(reverse("desk_revision", args=[revision.pk])).text
    for kind, row in (("practice", revision.practice), ("document", things["document"])):
        assert reverse("take_down", args=[kind, row.pk]) in page
    assert (
        reverse("take_down", args=["pledge", things["pledge"].pk])
        in client.get(reverse("desk_pledge", args=[things["pledge"].pk])).text
    )
    assert (
        reverse("take_down", args=["city", things["city"].pk])
        in client.get(reverse("desk_city", args=[things["city"].slug])).text
    )


def test_a_newer_version_is_not_replaced_by_an_older_one(moderator):
    old = RevisionFactory(status="archived")
    RevisionFactory(practice=old.practice, status="published")
    with pytest.raises(moderation.Refused):
        moderation.perform("restore", revision=old, by=moderator)
    assert not Transition.objects.exists()


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("takedown_kind_known", {"kind": "mayor"}),
        ("takedown_says_why", {"reason": ""}),
        ("takedown_restored_by_someone", {"restored_at": timezone.now()}),
    ],
)
def test_the_database_refuses(moderator, city, name, fields):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Takedown.objects.create(
            **{"kind": "city", "key": city.pk, "city": city, "by": moderator, "reason": "Why"} | fields
        )

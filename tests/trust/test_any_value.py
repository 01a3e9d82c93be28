"""Whatever a form accepts, every page, feed, calendar, picture, download, PDF, mail and admin page of it is 200.

A fresh seed each run, printed; `SCN_SEED=… make soak` asks the same again. In brief a part of the
addresses for a few examples; with `make soak` all of them, long.
"""

import os
import random
import secrets
import sys
import traceback
from urllib.parse import quote_from_bytes

import hypothesis
import lxml.etree
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import strategies as st
from icalendar import Calendar

from commitments.models import Commitment, Pledge
from digests.delivery.rendering import TemplateCache
from digests.issues.compose import compose_issue
from members.models import City
from practices import moderation
from practices.models import Practice, Revision
from practices.writing.forms import FORMS
from scn_portal.site.downloads.datasets import DATASETS
from tests.factories import (
    SMALL_PDF,
    CommitmentFactory,
    EndorsementFactory,
    SubscriptionFactory,
    UserFactory,
    acting_for,
    commit,
    harmless,
    moderators_group,
)
from tests.forms import fields_of
from tests.journeys.addresses import BARE, PUBLIC
from tests.members.editing.test_second_writers import address_of, admin_fields
from tests.trust.test_four_clicks import TASKS

SEED = int(os.environ.get("SCN_SEED") or secrets.randbits(32))

# What has broken software elsewhere: no control characters for XML, no glyphs, no measure, no direction, no end.
KNOWN = [
    "\0", "\ud800", "\udfff x", "\x07\x1b[31m", "\x0b\x0c\x1c\x85", "\u2028\u2029", "\ufffe\uffff\U0010ffff",
    "\ufeff", "\u202eabc", "\u2066x", "\u200f\u200e", "محمد علي", "שלום", "e\u0301" * 40, "Z" + "\u0336\u0489" * 80,
    "👩\u200d👩\u200d👧", "🏴\U000e0067\U000e0062", "﷽" * 30, "x" * 200, "é" * 20_000, "w " * 9_999, "\t",
    " \u00a0\u3000", "\r\n\r\n", "-", "0", "=1+1", "@SUM(A1)", "]]>", "<!--", "&#0;", "&amp;", "\\", "..", "CON",
    "<script>alert(1)</script>", "{{ 7 }}{% now %}", "%s%(x)d", "#let x = 1", "$x$", "*_`~[]()!|", "# " * 400,
    "> " * 1_000, "- " * 1_000, "[x](javascript:1)", "http://" + "a" * 480, "Bcc: a@b.example\nX: y", "BEGIN:VEVENT",
    "ﬀ\u1e9e\u0130i\u0307", "\U0001d54f\U00020000", "1e400", "NaN",
]  # fmt: skip
# The first is what the simplest example of each run is made of.
random.Random(SEED).shuffle(KNOWN)
TEXTS = st.one_of(
    st.sampled_from(KNOWN),
    st.text(st.characters(), max_size=80),
    st.builds(lambda word, times: word * times, st.text(min_size=1, max_size=4), st.integers(1, 300)),
    st.builds(" ".join, st.lists(st.sampled_from(KNOWN[:24]), min_size=1, max_size=4)),
)
DATES = st.one_of(
    st.sampled_from(["2200-12-31", "2200", "2200-12", "1900", "1900-01-01", "9999-12-31", "0001-01-01", "2024-02-29"]),
    st.dates().map(str), st.integers(1890, 2210).map(str),
)  # fmt: skip
NUMBERS = st.one_of(
    st.sampled_from(["0", "-0", "1", "2147483647", "2147483648", "-1", "99999999999999.99", "1e-7", "٣", "NaN", ""]),
    st.floats(allow_nan=True).map(str), st.integers().map(str),
)  # fmt: skip
NUMERIC = {
    "indicator_baseline", "indicator_target", "indicator_latest", "people_reached", "people_reached_year", "population",
    "latitude", "longitude", "joined_year", "geonames_id", "answer_days",
}  # fmt: skip
# What is chosen from a list stays as it is: the others are typed.
CHOSEN = {
    "status", "commitment", "commitments", "language", "role", "scope", "unit_type", "region", "country", "time_zone",
    "evaluation", "cost_band", "continuation", "obstacle_kind", "degree_of_change", "verbs", "themes", "target_groups",
    "opened", "opened_at_change", "csrfmiddlewaretoken", "slug", "step_read", "submitted_at_read", "find_words",
    "found_words", "email", "is_active", "is_staff", "before", "source_language", "city", "declaration",
}  # fmt: skip


def body_of(form: dict) -> str:
    """`form` as a browser would send it, lone surrogates too, which no browser does."""
    pairs = [(name, each) for name, value in form.items() for each in (value if isinstance(value, list) else [value])]
    return "&".join(f"{name}={quote_from_bytes(str(each).encode('utf-8', 'surrogatepass'))}" for name, each in pairs)


class Writer:
    """Fills in forms with what `data` draws. What a form refuses is taken back, and the rest is sent again."""

    def __init__(self, data, user) -> None:
        self.draw, self.user, self.browser = data.draw, user, Client()
        self.browser.force_login(user)

    def fill_in(self, address: str, needed: dict | None = None, *, admin: bool = False, odd: bool = True) -> None:
        page = self.browser.get(address)
        assert page.status_code == 200, address
        form = (admin_fields(page) if admin else fields_of(page)) | (needed or {})
        typed = form | {name: self._value(name) for name in form if odd and self._is_typed(name)}
        for _attempt in range(3):
            answer = self._send(address, typed)
            if answer.status_code == 302:
                return
            refused = self._refused(answer)
            typed |= {name: form[name] for name in refused & form.keys()}
        self._send(address, form)

    @staticmethod
    def _refused(answer) -> set[str]:
        """The names of the fields with an error; those of the texts where the form as a whole is refused."""
        found = {}
        for context in answer.context or []:
            shown = context.get("adminform") or context.get("form")
            found |= getattr(shown, "form", shown).errors if shown is not None else {}
        return set(found)

    def _send(self, address: str, form: dict):
        answer = self.browser.post(address, body_of(form), content_type="application/x-www-form-urlencoded")
        assert answer.status_code < 500, address
        return answer

    @staticmethod
    def _is_typed(name: str) -> bool:
        is_inline = "_FORMS" in name or name.endswith(("-id", "-pledge", "-declaration", "-number", "-user", "-city"))
        return name not in CHOSEN and not is_inline and not name.startswith("_")

    def _value(self, name: str) -> str:
        if name in NUMERIC:
            return self.draw(NUMBERS)
        return self.draw(DATES if name.endswith("_on") else TEXTS)


def write(data) -> dict:
    """A city with a pledge, its milestone, report and result, a practice with a document, all through their forms."""
    commitment = CommitmentFactory()
    endorsement = EndorsementFactory()
    city, declaration = endorsement.city, endorsement.declaration
    official, staff = acting_for(city), UserFactory(is_staff=True, is_superuser=True)
    staff.groups.add(moderators_group())
    at_city, at_desk = Writer(data, official), Writer(data, staff)
    at_desk.fill_in(address_of(city), {"name_en": "A city", "name_fr": "Une ville"}, admin=True)
    for row in (endorsement, declaration):
        at_desk.fill_in(address_of(row), admin=True)
    at_city.fill_in("/en/account/profile/", {"name": "Somebody"})
    new = {"title_en": "A pledge", "commitment": commitment.pk, "status": "done"}
    at_city.fill_in(f"/en/my-city/{city.slug}/pledges/new/", new)
    pledge = Pledge.objects.get()
    at_city.fill_in(f"/en/my-city/pledges/{pledge.pk}/edit/", {"title_en": "A pledge"})
    at_city.fill_in(f"/en/my-city/pledges/{pledge.pk}/milestones/new/", {"title_en": "A step"})
    Pledge.objects.filter(pk=pledge.pk).update(published_at=timezone.now())
    report = {"status": "done", "what_changed_en": "It is done."}
    at_city.fill_in(f"/en/my-city/pledges/{pledge.pk}/report/", report)
    at_city.fill_in(f"/en/my-city/pledges/{pledge.pk}/result/", {"degree_of_change": "full", "result_en": "All of it."})
    practice = write_practice(at_city, city, data)
    moderation.submit(revision=practice.newest, by=official, harm=harmless())
    at_desk.fill_in(reverse("desk_ask", args=[practice.newest.pk]), {"words": "Why?"})
    at_desk.fill_in(reverse("desk_remark", args=[practice.newest.pk]), {"words": "Hm."})
    at_city.fill_in(reverse("fact_wrong", args=[city.slug, "name_en"]), {"value": "Its name", "source": "A map"})
    at_desk.fill_in("/en/desk/newsletter/weekly/")
    decide = reverse("desk_decide", args=[practice.newest.pk, "publish"])
    at_desk.fill_in(decide, {"reason": "Well done.", "at": "", "which": "", "moment_shown": ""}, odd=False)
    Writer(data, official).fill_in("/en/report-a-concern/", {"words": "A name."})
    return {"city": City.objects.get(pk=city.pk), "pledge": pledge, "practice": practice, "by": (at_city, at_desk)}


def write_practice(writer: Writer, city: City, data) -> Practice:
    writer.fill_in(
        f"/en/my-city/{city.slug}/practices/new/", {"title_en": "A practice", "summary_en": "What was done."}
    )
    practice = Practice.objects.get()
    for slug in FORMS:
        needed = {"commitments": [Commitment.objects.first().pk], "themes": ["hate"]} if slug == "audience" else {}
        writer.fill_in(f"/en/my-city/practices/{practice.pk}/edit/{slug}/", needed)
    writer.fill_in(f"/en/my-city/practices/{practice.pk}/edit/translation/")
    name = data.draw(TEXTS).replace("\0", "").encode("utf-8", "replace").decode()[:80] or "a"
    file = {"title_en": "A report", "file": SimpleUploadedFile(f"{name}.pdf", SMALL_PDF, "application/pdf")}
    address = f"/en/my-city/practices/{practice.pk}/documents/"
    assert writer.browser.post(address, fields_of(writer.browser.get(address)) | file).status_code < 500
    revision = practice.newest
    for name in ("title", "summary", "approach"):  # without these it is not submitted
        column = f"{name}_{revision.source_language}"
        if not getattr(revision, column):
            Revision.objects.filter(pk=revision.pk).update(**{column: "Words."})
    return practice


FORMATS = ("csv", "xlsx", "json")


def public_addresses(world: dict) -> list[str]:
    """Every public address at which something of it may stand."""
    city, practice, pledge = world["city"], world["practice"], world["pledge"]
    practice.refresh_from_db()
    pages = [address for language in ("en", "fr") for address in (*PUBLIC[language], *BARE[language])]
    of_ours = {
        "montreal": city.slug, "denver": city.slug, "the-aarhus-model": practice.slug,
        "/ke/": f"/{city.country.code.lower()}/", "KE": city.country.code,
        "east-southern-africa": city.region.slug, "commitments/4": "commitments/1",
        "engagements/4": "engagements/1",
    }  # fmt: skip
    for name, ours in of_ours.items():
        pages = [page.replace(name, ours) for page in pages]
    pages = [page for page in pages if "nothing-here" not in page and "rien-ici" not in page and "accounts" not in page]
    document = practice.live.attachments.first()
    return [
        *dict.fromkeys(pages), f"/en/pledges/{pledge.pk}/", f"/fr/promesses/{pledge.pk}/",
        f"/en/practices/{practice.slug}/practice.pdf", f"/en/practices/{practice.slug}/picture.png",
        *(f"/en/cities/{city.slug}/{name}" for name in (
            "feed.xml", "calendar.ics", "badge.svg", "picture.png", "profile.pdf")),
        "/en/practices/feed.xml", "/en/commitments/1/feed.xml",
        "/en/changes/feed.xml", "/en/calendar.ics", "/en/commitments/1/calendar.ics", "/en/commitments/1/picture.png",
        "/sitemap.xml", "/sitemap-cities-1.xml", "/sitemap-pledges-1.xml", "/sitemap-practices-1.xml",
        "/en/charts/pledges.csv", "/en/charts/pledges.svg", "/en/cities/map.json", "/en/cities/map.json?q=a",
        *(f"/en/data/{dataset}.{form}" for dataset in DATASETS for form in FORMATS), "/en/data/cities.geojson",
        "/data/datapackage.json", "/data/strong-cities-network.zip",
        *(f"/api/v1/{name}" for name in (
            "cities", f"cities/{city.slug}", "commitments", "commitments/1", "pledges", f"pledges/{pledge.pk}",
            "milestones", "updates", "practices", f"practices/{practice.slug}", "removals")),
        *([document.get_absolute_url()] if document else []),
    ]  # fmt: skip


def closed_addresses(world: dict) -> dict[str, list[str]]:
    """Those of the workspace, of the desk and of the admin."""
    city, practice, pledge = world["city"], world["practice"], world["pledge"]
    revision = practice.revisions.get()
    workspace = [
        reverse("my_city_of", args=[city.slug]), reverse("my_city_people", args=[city.slug]), reverse("profile"),
        reverse("pledge_workspace", args=[pledge.pk]), reverse("pledge_edit", args=[pledge.pk]),
        reverse("pledge_report", args=[pledge.pk]), reverse("practice_workspace", args=[practice.pk]),
        reverse("practice_preview", args=[revision.pk]), reverse("milestone_new", args=[pledge.pk]),
    ]  # fmt: skip
    desk = [
        reverse(name) for name in (
            "desk", "desk_with_cities", "desk_decided", "desk_pledges", "desk_translations", "desk_cities",
            "desk_figures", "desk_patrol", "desk_concerns", "cities_desk", "newsletter_desk", "desk_staff")
    ] + [
        reverse("desk_revision", args=[revision.pk]), reverse("desk_revision", args=[revision.pk]) + "?view=talk",
        reverse("desk_pledge", args=[pledge.pk]), reverse("desk_city", args=[city.slug]),
        reverse("desk_address", args=[practice.pk]), reverse("take_down", args=["practice", practice.pk]),
        reverse("newsletter_next", args=["weekly"]), reverse("desk_search") + "?q=a",
    ]  # fmt: skip
    rows = [city, pledge, practice, city.endorsements.get(), world["by"][0].user]
    lists = [f"/en/admin/{row._meta.app_label}/{row._meta.model_name}/" for row in rows]
    return {"city": workspace, "desk": desk + lists + [address_of(row) for row in rows]}


def fault(browser: Client, address: str) -> str:
    """What is wrong at `address`; "" where it is 200, and what says that it is XML, a calendar or JSON is."""
    try:
        _answers(browser, address)
    except Exception as error:  # all of them are told at once
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{address}: {type(error).__name__} {str(error)[:200]} at {where.filename}:{where.lineno}"
    return ""


def _answers(browser: Client, address: str) -> None:
    response = browser.get(address, follow=True)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    assert response.status_code == 200, response.status_code
    kind = response["Content-Type"]
    if "xml" in kind and "html" not in kind and "spreadsheet" not in kind:
        lxml.etree.fromstring(content)
    elif "calendar" in kind:
        Calendar.from_ical(content)
    elif "json" in kind:
        response.json() if not response.streaming else None


def mails_leave(mailoutbox) -> None:
    mailoutbox.clear()
    SubscriptionFactory(frequency="weekly")
    SubscriptionFactory(frequency="weekly", language="fr")
    for task in TASKS:
        task()
    issue = compose_issue("weekly", timezone.now())
    for delivery in issue.deliveries.select_related("issue", "subscription") if issue else ():
        TemplateCache().render(delivery).as_bytes()
    for message in mailoutbox:
        assert "\n" not in message.subject
        message.message().as_bytes()


SIZES = [
    pytest.param(1, 8, id="in brief"),
    pytest.param(int(os.environ.get("SCN_EXAMPLES", "40")), 1, id="long", marks=pytest.mark.soak),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("examples", "one_in"), SIZES)
def test_whatever_a_form_accepts_every_output_answers(mailoutbox, capsys, examples, one_in):
    with capsys.disabled():
        sys.stdout.write(f"\nSCN_SEED={SEED}\n")
    turn = [SEED % one_in]

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True,
        phases=[hypothesis.Phase.generate],
    )  # fmt: skip
    @hypothesis.given(st.data())
    def one(data) -> None:
        with transaction.atomic():
            world = write(data)
            commit()
            closed, reader = closed_addresses(world), Client()
            todo = [(reader, address) for address in public_addresses(world)]
            todo += [(world["by"][0].browser, address) for address in closed["city"]]
            todo += [(world["by"][1].browser, address) for address in closed["desk"]]
            faults = [fault(browser, address) for browser, address in todo[turn[0] % one_in :: one_in]]
            assert list(filter(None, faults)) == []
            turn[0] += 1
            mails_leave(mailoutbox)
            transaction.set_rollback(True)

    one()

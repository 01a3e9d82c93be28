"""Periods and what they hold: nothing lost, nothing twice."""

import datetime as dt
import re
from email import message_from_bytes, policy

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests import subscriptions
from digests.delivery.rendering import TemplateCache
from digests.issues import compose
from digests.issues.compose import compose_issue
from digests.issues.news import LOOK_BACK
from digests.issues.schedule import last_boundary
from digests.models import Delivery, Issue, Item, ItemKind, Outcome, Subscription
from practices.choices import Status
from scn_portal.base.mail import bulk
from tests.factories import (
    CityFactory,
    DeliveryFactory,
    PledgeFactory,
    PracticeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    SubscriptionFactory,
    moved,
)

pytestmark = pytest.mark.django_db

MONDAY = dt.datetime(2026, 3, 9, 6, 0, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)
INSTANT = dt.timedelta(microseconds=1)


def practice_published_at(moment: dt.datetime, **fields):
    return RevisionFactory(status=Status.PUBLISHED, published_at=moment, **fields).practice


def composed(until: dt.datetime) -> Issue:
    """The weekly issue up to `until`, where there must be one."""
    issue = compose_issue("weekly", until)
    assert issue
    return issue


def items(issue: Issue):
    return Item.objects.filter(pk__gt=issue.items_from, pk__lte=issue.items_until)


def told(issue: Issue) -> set:
    return set(items(issue).filter(kind=ItemKind.PRACTICE).values_list("practice", flat=True))


# --- when ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "boundary"),
    [
        (MONDAY, MONDAY),
        (MONDAY - INSTANT, MONDAY - WEEK),
        (MONDAY + WEEK - INSTANT, MONDAY),
        (MONDAY.astimezone(dt.timezone(dt.timedelta(hours=-8))), MONDAY),
    ],
)
def test_the_week_ends_on_monday_at_six(now, boundary):
    assert last_boundary("weekly", now) == boundary


def test_no_boundary_for_what_is_no_frequency():
    with pytest.raises(ValueError, match="hourly"):
        last_boundary("hourly", MONDAY)


# --- three cycles ----------------------------------------------------------------------------------------------------


def test_over_three_weeks_each_practice_is_told_once():
    SubscriptionFactory()
    hours = [MONDAY - WEEK + dt.timedelta(hours=7 * step) for step in range(72)]
    edges = [MONDAY - INSTANT, MONDAY, MONDAY + INSTANT, MONDAY + WEEK - INSTANT, MONDAY + WEEK]
    moments = {practice_published_at(moment).pk: moment for moment in hours + edges}
    weeks = []
    for cycle in range(3):
        # Beat is never on time: the period is the week all the same.
        with time_machine.travel(MONDAY + cycle * WEEK + dt.timedelta(hours=5 * cycle), tick=False):
            (issue,) = compose.compose_due_issues()
            assert not compose.compose_due_issues(), "beat runs twice, the issue is one"
        assert (issue.starts_at, issue.ends_at) == (MONDAY + (cycle - 1) * WEEK, MONDAY + cycle * WEEK)
        assert all(issue.starts_at <= moments[practice] < issue.ends_at for practice in told(issue))
        weeks.append(told(issue))
    assert set.union(*weeks) == {pk for pk, moment in moments.items() if moment < MONDAY + 2 * WEEK}
    assert sum(map(len, weeks)) == len(set.union(*weeks))


def test_the_edges_are_half_open():
    SubscriptionFactory()
    practice_published_at(MONDAY - WEEK - INSTANT)
    first = practice_published_at(MONDAY - WEEK)
    practice_published_at(MONDAY)
    assert told(composed(MONDAY)) == {first.pk}


def test_a_week_without_news_stays_open():
    SubscriptionFactory()
    practice_published_at(MONDAY - INSTANT)
    compose_issue("weekly", MONDAY)
    assert compose_issue("weekly", MONDAY + WEEK) is None
    late = practice_published_at(MONDAY + WEEK)
    issue = composed(MONDAY + 2 * WEEK)
    assert issue.starts_at == MONDAY
    assert told(issue) == {late.pk}


def test_without_anybody_to_tell_the_period_stays_open():
    practice_published_at(MONDAY - INSTANT)
    SubscriptionFactory(confirmed_at=None)
    SubscriptionFactory(unsubscribed_at=MONDAY)
    SubscriptionFactory(confirmed_at=MONDAY + INSTANT)
    assert compose_issue("weekly", MONDAY) is None
    assert not Issue.objects.exists()


def test_an_issue_sent_by_hand_moves_the_next_start():
    SubscriptionFactory()
    wednesday = MONDAY + dt.timedelta(days=2)
    before, after = practice_published_at(wednesday - INSTANT), practice_published_at(wednesday)
    with time_machine.travel(wednesday, tick=False):
        (by_hand,) = compose.compose_issues_now()
        assert not compose.compose_issues_now()
    with time_machine.travel(MONDAY + WEEK, tick=False):
        (by_beat,) = compose.compose_due_issues()
    assert (told(by_hand), told(by_beat)) == ({before.pk}, {after.pk})
    assert by_beat.starts_at == by_hand.ends_at


def test_what_is_committed_late_is_told_by_the_next_issue():
    """A request that stamped its practice before the period ended, and ended itself after the issue was composed."""
    SubscriptionFactory()
    practice_published_at(MONDAY - 2 * INSTANT)
    compose_issue("weekly", MONDAY)
    late = practice_published_at(MONDAY - INSTANT)
    late_pledge = PledgeFactory(created_at=MONDAY - LOOK_BACK)
    issue = composed(MONDAY + WEEK)
    assert told(issue) == {late.pk}
    assert items(issue).get(kind=ItemKind.PLEDGE).pledge == late_pledge


def test_a_clock_that_was_set_back_composes_nothing():
    SubscriptionFactory()
    practice_published_at(MONDAY - INSTANT)
    compose_issue("weekly", MONDAY)
    practice_published_at(MONDAY - 2 * INSTANT)
    assert compose_issue("weekly", MONDAY - INSTANT) is None


def test_a_new_revision_of_an_old_practice_is_no_news():
    SubscriptionFactory()
    practice = PracticeFactory()
    RevisionFactory(practice=practice, status=Status.SUPERSEDED, published_at=MONDAY - 5 * WEEK)
    practice_published_at(MONDAY - INSTANT, practice=practice)
    assert compose_issue("weekly", MONDAY) is None


def test_what_was_down_when_it_was_new_is_told_when_it_is_back():
    SubscriptionFactory()
    practice = PracticeFactory()
    RevisionFactory(practice=practice, status=Status.ARCHIVED, published_at=MONDAY - 3 * WEEK)
    assert compose_issue("weekly", MONDAY - 2 * WEEK) is None
    RevisionFactory(practice=practice, status=Status.SUPERSEDED, published_at=MONDAY - 2 * INSTANT)
    practice_published_at(MONDAY - INSTANT, practice=practice)
    assert told(composed(MONDAY)) == {practice.pk}


def test_what_was_told_is_no_news_when_it_is_back():
    SubscriptionFactory()
    practice = practice_published_at(MONDAY - INSTANT)
    composed(MONDAY)
    moved(practice.revisions.all(), status=Status.ARCHIVED)
    practice_published_at(MONDAY + WEEK - INSTANT, practice=practice)
    assert compose_issue("weekly", MONDAY + WEEK) is None


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.SCHEDULED, Status.ARCHIVED])
def test_what_is_not_public_is_no_news(status):
    SubscriptionFactory()
    RevisionFactory(status=status)
    assert compose_issue("weekly", MONDAY) is None


def test_every_active_subscriber_has_a_delivery_and_nobody_else():
    readers = {SubscriptionFactory().pk, SubscriptionFactory(language="fr").pk}
    SubscriptionFactory(confirmed_at=None)
    SubscriptionFactory(unsubscribed_at=MONDAY - WEEK)
    practice_published_at(MONDAY - INSTANT)
    issue = composed(MONDAY)
    assert set(issue.deliveries.values_list("subscription", flat=True)) == readers
    assert len(set(issue.deliveries.values_list("message_id", flat=True))) == 2


# --- to whom ---------------------------------------------------------------------------------------------------------


def test_who_leaves_before_the_mail_goes_has_none():
    waiting = DeliveryFactory()
    assert waiting in Delivery.objects.waiting()
    subscriptions.unsubscribe(waiting.subscription)
    waiting.refresh_from_db()
    assert waiting.outcome == Outcome.DROPPED
    assert not Delivery.objects.waiting().exists()


# --- the mail --------------------------------------------------------------------------------------------------------


def issue_with(*revisions: dict, language="en", pledges=()) -> Delivery:
    subscription = SubscriptionFactory(language=language)
    for fields in revisions:
        practice_published_at(MONDAY - INSTANT, **fields)
    for fields in pledges:
        PledgeFactory(created_at=MONDAY - INSTANT, **fields)
    return composed(MONDAY).deliveries.get(subscription=subscription)


def sent(delivered: Delivery) -> bulk.RenderedMail | None:
    """What would leave for `delivered` now."""
    return TemplateCache().render(delivered)


def written(delivered: Delivery):
    """The mail as a mail program reads it."""
    mail = sent(delivered)
    assert mail
    return message_from_bytes(mail.as_bytes(), policy=policy.default)


def part(mail, kind: str) -> str:
    return mail.get_body((kind,)).get_content().replace("\r\n", "\n")


IN_BOTH = {"title_en": "Safe squares", "title_fr": "Places sûres", "summary_en": "Lit.", "summary_fr": "Éclairées."}


def test_the_headers_that_mail_programs_ask_for(settings):
    settings.SITE_URL = "https://portal.example.org"
    delivered = issue_with(IN_BOTH)
    mail = written(delivered)
    assert mail["Message-ID"] == delivered.message_id == written(delivered)["Message-ID"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip()
    assert link.startswith("<https://portal.example.org/en/newsletter/unsubscribe/")
    assert Subscription.objects.from_token(link.split("/")[-2], Subscription.UNSUBSCRIBE) == delivered.subscription
    assert mail["List-Id"] == "Strong Cities Network <newsletter.portal.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["To"] == delivered.subscription.email


@pytest.mark.parametrize(
    ("language", "mine", "other"),
    [
        ("en", ["Safe squares", "Lit.", "Testville"], "Places"),
        ("fr", ["Places sûres", "Éclairées.", "Essaiville"], "Safe"),
    ],
)
def test_the_mail_is_wholly_in_the_readers_language(language, mine, other):
    city = CityFactory(name_en="Testville", name_fr="Essaiville")
    mail = written(issue_with({**IN_BOTH, "practice__city": city}, language=language))
    assert mail["Content-Language"] == language
    assert mine[2] in mail["Subject"]
    for kind in ("plain", "html"):
        assert all(words in part(mail, kind) for words in mine)
        assert other not in part(mail, kind)
    assert f'<html lang="{language}"' in part(mail, "html")


def test_a_text_in_the_other_language_is_labelled():
    mail = written(issue_with({"source_language": "fr", "title_en": "", "title_fr": "Places sûres", "summary_en": ""}))
    assert "Places sûres (in French)\n" in part(mail, "plain")
    assert '<span lang="fr">Places sûres</span>' in part(mail, "html")


def test_the_subject_says_what_is_inside():
    names = ["Oneville", "Twoville", "Threeville", "Fourville"]
    revisions = [{"practice__city": CityFactory(name_en=name)} for name in names]
    subject = written(issue_with(*revisions))["Subject"]
    assert subject.strip() == "4 practices newly recorded: Fourville, Threeville, Twoville…"


@pytest.mark.parametrize(
    ("announced_on", "dated"),
    [("2019-01", "Announced: January 2019"), ("2011", "Action already taken: 2011"), ("", "Date not known")],
)
def test_a_newly_recorded_pledge_has_its_own_date(client, announced_on, dated):
    city = CityFactory(name_en="Oneville")
    mail = written(issue_with(pledges=[{"city": city, "title_en": "Open the hall", "announced_on": announced_on}]))
    plain, html = part(mail, "plain"), part(mail, "html")
    assert "NEWLY RECORDED PLEDGES" in plain
    assert "Newly recorded on the portal from" in plain
    assert dated in plain
    assert f"· {dated}" in " ".join(html.split())
    page = " ".join(client.get(Issue.objects.get().get_absolute_url()).text.split())
    assert f"Oneville · {dated}" in page
    assert "Newly recorded pledges" in page


def test_a_newly_recorded_practice_says_when_it_started():
    plain = part(written(issue_with({"started_on": "2015"})), "plain")
    assert "NEWLY RECORDED PRACTICES" in plain
    assert "Started: 2015" in plain


def test_an_action_older_than_the_declaration_is_not_told_as_a_pledge_completed():
    SubscriptionFactory()
    for announced_on in ("2011", "2019"):
        pledge = PledgeFactory(title_en=f"Of {announced_on}", announced_on=announced_on, status="done")
        ProgressUpdateFactory(pledge=pledge, status="done", created_at=MONDAY - INSTANT)
    done = items(composed(MONDAY)).filter(kind=ItemKind.DONE)
    assert [item.pledge.title_en for item in done] == ["Of 2019"]


def test_the_subject_of_one_practice():
    subject = written(issue_with({"practice__city": CityFactory(name_en="Oneville")}))["Subject"]
    assert subject == "1 practice newly recorded: Oneville"


def test_pledges_alone_make_an_issue():
    pledge = {"city": CityFactory(name_en="Oneville"), "title_en": "Open the hall"}
    mail = written(issue_with(pledges=[pledge]))
    assert mail["Subject"] == "1 pledge newly recorded: Oneville"
    assert "Open the hall" in part(mail, "plain")
    assert "practices" not in part(mail, "plain").lower()


def test_a_long_issue_says_how_many_more():
    mail = written(issue_with(*[{"practice__city": CityFactory()} for _number in range(14)]))
    assert "and 2 more" in part(mail, "plain")
    assert "and 2 more" in part(mail, "html")


def test_what_people_wrote_is_text_not_markup():
    mail = written(issue_with({"title_en": "<script>alert(1)</script> & co", "summary_en": "<b>bold</b>"}))
    assert "<script>" not in part(mail, "html")
    assert "<script>alert(1)</script> & co" in part(mail, "plain")


def test_what_was_taken_down_since_is_not_sent():
    delivered = issue_with(IN_BOTH)
    moved(items(delivered.issue).get().practice.revisions.all(), status=Status.ARCHIVED)
    assert sent(delivered) is None


EVIL = "x\n\n# Account locked\n\n[Sign in](https://evil.example/) <https://evil.example/>"


def test_a_reader_is_led_nowhere_by_what_a_city_wrote():
    pledge = {"title_en": EVIL, "description_en": EVIL}
    mail = written(issue_with({"title_en": EVIL, "summary_en": EVIL}, pledges=[pledge]))
    html = part(mail, "html")
    assert 'href="https://evil' not in html
    assert not re.search(r"<h\d[^>]*>Account locked", html)
    assert "· x # Account locked [Sign in](https://evil.example/)" in part(mail, "plain")
    assert "\n# Account" not in part(mail, "plain")


def test_readers_who_follow_the_same_share_what_is_read(django_assert_num_queries):
    SubscriptionFactory.create_batch(2)
    issue_with(IN_BOTH)
    templates = TemplateCache()
    deliveries = list(Delivery.objects.select_related("issue", "subscription"))
    first = templates.render(deliveries[0])
    with django_assert_num_queries(0):
        others = [templates.render(delivery) for delivery in deliveries[1:]]
    assert all(first and mail and mail.to != first.to for mail in others)


def test_what_there_is_to_tell_is_read_once_for_readers_of_other_topics():
    city = CityFactory()
    topics = ([f"city:{city.slug}"], [f"region:{city.region.slug}"])
    for followed in topics:
        SubscriptionFactory(topics=followed, language="en")
    issue_with({**IN_BOTH, "practice__city": city})
    templates = TemplateCache()
    told = Delivery.objects.select_related("issue", "subscription").filter(subscription__topics__in=topics)
    first, second = told.order_by("pk")
    assert templates.render(first)
    with CaptureQueriesContext(connection) as captured:
        assert templates.render(second)
    assert not [query["sql"] for query in captured if "digests_item" in query["sql"]]


def test_the_mail_is_small_and_keeps_its_night_colours():
    mail = written(issue_with(*[{"practice__city": CityFactory()} for _number in range(30)]))
    html = part(mail, "html")
    assert len(html.encode()) < 60 * 1024
    assert "prefers-color-scheme: dark" in html
    assert "http" not in html.replace("http://127.0.0.1:8000", ""), "nothing is fetched from anywhere"

"""The patrol: what became public without a moderator, with the difference, ticked off."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from commitments.models import Pledge
from members.models import Role
from scn_portal.base.models import PublicRecord
from scn_portal.site.desk import patrol
from scn_portal.site.models import PatrolSeat, PatrolTick
from tests.factories import (
    CityFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    acting_for,
    commit,
    moderators_group,
    moved,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator():
    return ModeratorFactory()


def listed(client) -> list[tuple]:
    """What the page shows: kind, title."""
    return [(entry.record.kind, entry.title.value) for entry in client.get("/en/desk/patrol/").context["entries"]]


def record_of(kind: str, row) -> PublicRecord:
    return PublicRecord.objects.get(kind=kind, key=row.pk)


def test_everything_public_is_there_in_the_order_of_the_commits_but_practices(client, moderator):
    city = CityFactory(name_en="Testford")
    commit()
    pledge = PledgeFactory(city=city, title_en="Bikes")
    commit()
    MilestoneFactory(pledge=pledge, title_en="Ten racks")
    PledgeFactory(published_at=None, city=city)
    RevisionFactory(status="published", practice__city=city, author=None)
    commit()
    ProgressUpdateFactory(pledge=pledge, what_changed_en="Built.")
    commit()
    client.force_login(moderator)
    kinds = [kind for kind, _title in listed(client)]
    assert sorted(kinds) == ["city", "milestone", "pledge", "update"]
    assert kinds.index("city") < kinds.index("milestone") < kinds.index("update")
    page = client.get("/en/desk/patrol/").text
    assert all(words in page for words in ("Bikes", "Ten racks", "Built.", "Testford"))


def test_a_date_of_which_the_year_alone_is_known_is_shown_so(client, moderator):
    PledgeFactory(due="2027", title_en="Bikes")
    commit()
    client.force_login(moderator)
    page = client.get("/en/desk/patrol/").text
    assert ("2027" in page, "31 December 2027" in page) == (True, False)


def test_the_difference_since_the_last_look(client, moderator):
    pledge = PledgeFactory(title_en="Bikes for all")
    commit()
    patrol.tick_up_to(PublicRecord.objects.latest("pk"), by=moderator)
    client.force_login(moderator)
    assert listed(client) == []
    # What follows happens in the same transaction here, whose moment history has: the look was before it.
    moved(Pledge.objects.filter(pk=pledge.pk), title_en="Bikes for some", status="under_way")
    commit()
    (entry,) = client.get("/en/desk/patrol/").context["entries"]
    before = apps.get_model("commitments.PledgeEvent").objects.filter(pgh_obj=pledge).earliest("pgh_id")
    watched = patrol.WATCHED["pledge"]
    shown = patrol._differences(watched, before, entry.row)
    assert [(each.label, each.before, each.after) for each in shown] == [
        ("Title (English)", "Bikes for all", "Bikes for some"), ("Status", "Announced", "Under way"),
    ]  # fmt: skip


def _this_transaction():
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


def test_ticked_off_one_by_one_or_up_to_here_and_each_for_themselves(client, moderator):
    pledges = [PledgeFactory(title_en=f"Pledge {number}") for number in range(3)]
    commit()
    client.force_login(moderator)
    assert len(listed(client)) == 6
    client.post(f"/en/desk/patrol/{record_of('pledge', pledges[2]).pk}/")
    assert ("pledge", "Pledge 2") not in listed(client)
    assert len(listed(client)) == 5
    last = max(record_of("city", pledges[1].city).pk, record_of("pledge", pledges[1]).pk)
    client.post(f"/en/desk/patrol/{last}/", {"up_to": "yes"})
    assert listed(client) == [
        each for each in listed(client) if PublicRecord.objects.filter(kind=each[0], pk__gt=last).exists()
    ]
    assert "Pledge 0" not in client.get("/en/desk/patrol/").text
    other = ModeratorFactory()
    client.force_login(other)
    assert len(listed(client)) == 6


def test_what_changed_since_the_page_was_opened_stays(client, moderator):
    pledge = PledgeFactory()
    commit()
    read = record_of("pledge", pledge).pk
    Pledge.objects.filter(pk=pledge.pk).update(title_en="Others")
    commit()
    client.force_login(moderator)
    answer = client.post(f"/en/desk/patrol/{read}/", follow=True)
    assert "It has changed since you opened this page" in answer.text
    assert ("pledge", "Others") in listed(client)


def test_a_pledge_is_not_there_again_for_a_milestone_of_it(client, moderator):
    pledge = PledgeFactory()
    commit()
    patrol.tick_up_to(PublicRecord.objects.latest("pk"), by=moderator)
    PatrolSeat.objects.update(up_to_at=_this_transaction() + 2 * patrol.LONGEST_TRANSACTION)
    MilestoneFactory(pledge=pledge, title_en="A step")
    commit()
    client.force_login(moderator)
    assert listed(client) == [("milestone", "A step")]


def test_their_own_city_is_left_to_colleagues(client):
    own = PledgeFactory(title_en="Ours")
    user = acting_for(own.city, Role.VIEWER)
    user.groups.add(moderators_group())
    PledgeFactory(title_en="Theirs")
    commit()
    client.force_login(user)
    assert {title for kind, title in listed(client) if kind == "pledge"} == {"Theirs"}
    seat, row = patrol.seat_of(user), record_of("pledge", own)
    assert row not in patrol.waiting(user, seat)


def test_it_takes_as_many_queries_for_many_rows_as_for_few(client, moderator):
    client.force_login(moderator)

    def count() -> int:
        commit()
        client.get("/en/desk/patrol/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get("/en/desk/patrol/").status_code == 200
        return len(queries)

    MilestoneFactory()
    few = count()
    for _number in range(3):
        ProgressUpdateFactory(pledge=MilestoneFactory().pledge)
    assert count() <= few + 1  # updates have a query of their own


def test_the_database_keeps_one_tick_a_row(moderator):
    pledge = PledgeFactory()
    commit()
    record = record_of("pledge", pledge)
    patrol.tick(record, by=moderator)
    patrol.tick(record, by=moderator)
    with pytest.raises(IntegrityError, match="patrol_tick_once_a_row"), transaction.atomic():
        PatrolTick.objects.create(
            moderator=moderator, kind="pledge", key=pledge.pk, record=1, record_at=record.changed_at
        )

"""What the database refuses about erasing, whoever asks for it."""

from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from members.models import User, Vacancy
from scn_portal.site.models import Erasure, ErasureMail
from scn_portal.site.privacy import erasing
from tests.database import constraints_of, refused_by
from tests.trust.world import EMAIL, NAME, asks_to_be_erased


@pytest.fixture
def asked(db) -> SimpleNamespace:
    return asks_to_be_erased()


def erase_in_the_database(person: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT scn_erase_person(%s)", [person.pk])


def test_the_database_erases_nobody_without_an_approved_row(asked):
    with refused_by("no approved erasure"):
        erase_in_the_database(asked.person)
    decided = {"decided_at": timezone.now(), "is_approved": True}
    Erasure.objects.filter(pk=asked.erasure.pk).update(decided_by=asked.person, **decided)
    with refused_by("no approved erasure"):  # who acts for a city does not approve it themselves
        erase_in_the_database(asked.person)
    Erasure.objects.filter(pk=asked.erasure.pk).update(decided_by=asked.staff)
    with refused_by("is not closed"):
        erase_in_the_database(asked.person)
    User.objects.filter(pk=asked.person.pk).update(is_active=False)
    erase_in_the_database(asked.person)
    with refused_by("no approved erasure"):  # and only once
        erase_in_the_database(asked.person)


def test_it_runs_with_the_rights_of_the_owner_on_a_fixed_path(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosecdef, proconfig FROM pg_proc WHERE proname = 'scn_erase_person'")
        ((is_definer, settings_of_it),) = cursor.fetchall()
    assert is_definer
    assert "search_path=pg_catalog, public, pg_temp" in settings_of_it


def test_the_triggers_hold_again_afterwards(asked):
    vacancy = Vacancy.objects.create(city=asked.city, left_by=asked.person, by=asked.staff, reason=f"{NAME} left")
    erasing.approve(asked.erasure, by=asked.staff)
    vacancy.refresh_from_db()
    assert vacancy.reason == f"Former official {asked.person.pk} left"
    with pytest.raises(DatabaseError), transaction.atomic():
        Vacancy.objects.update(reason="bent")


BROKEN = [
    ("erasure_decided_by_someone", Erasure, {"decided_at": timezone.now()}),
    ("erasure_refused_with_a_reason", Erasure, {"decided": False}),
    ("erasure_done_once_approved", Erasure, {"done_at": timezone.now()}),
    ("erasure_mail_keeps_no_address", ErasureMail, {"mailed_at": timezone.now(), "email": EMAIL}),
    ("erasure_mail_language_known", ErasureMail, {"language": "xx"}),
    ("erasure_mail_kind_known", ErasureMail, {"kind": "x"}),
]


@pytest.mark.parametrize(("name", "model", "change"), BROKEN)
def test_the_database_refuses_it(asked, name, model, change):
    if "decided" in change:
        change = {"decided_at": timezone.now(), "decided_by": asked.staff, "is_approved": change["decided"]}
    keys = {Erasure: asked.erasure, ErasureMail: asked.erasure.mails.first()}
    with refused_by(name):
        model.objects.filter(pk=keys[model].pk).update(**change)


def test_what_was_decided_stays_written(asked):
    erasing.refuse(asked.erasure, by=asked.staff, reason="No.")
    with refused_by("Cannot delete rows"):
        Erasure.objects.all().delete()


def test_one_erasure_a_person(asked):
    with refused_by("erasure_once_a_person"):
        Erasure.objects.create(person=asked.person)
    ours = {name for name in constraints_of("site") if name.startswith("erasure")}
    assert ours == {name for name, _model, _change in BROKEN if name.startswith("erasure")} | {"erasure_once_a_person"}

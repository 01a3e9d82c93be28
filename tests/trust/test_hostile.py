"""Whoever holds the password of the role that serves can bend no history: each statement is refused or recorded."""

from collections.abc import Iterator

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from pghistory.models import Context

from digests.models import NextIssue
from members.models import City, Vacancy
from practices import moderation
from practices.models import Revision
from scn_portal.base.database_roles.decisions import ROLE
from tests.factories import (
    CityFactory,
    InvitationFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    acting_for,
    harmless,
    moderators_group,
)
from tests.trust.hostile import STATEMENTS, Hostile

RECORDED = "SELECT count(*) FROM {} JOIN pghistory_context c ON c.id = pgh_context_id WHERE pgh_created_at = now()"


def rows() -> dict[str, object]:
    """Something to be hostile to, and its keys."""
    city = CityFactory()
    official, moderator = acting_for(city), ModeratorFactory()
    published = RevisionFactory(practice__city=city, author=official, documents=["Report"])
    moderation.submit(revision=published, by=official, harm=harmless())
    moderation.publish(revision=published, by=moderator)
    draft, pledge = RevisionFactory(practice__city=city), PledgeFactory(city=city)
    ProgressUpdateFactory(pledge=pledge)
    InvitationFactory(city=city, invited_by=official)
    NextIssue.of("weekly")
    Authenticator.objects.create(user=official, type="totp", data={"secret": "x"})
    Vacancy.objects.create(city=city, left_by=official, by=moderator, reason="Retired.")
    event = City.pgh_event_model.objects.latest("pgh_id")
    trigger = {model: {t.name: t.get_pgid(model) for t in model._meta.triggers} for model in (City, Revision)}
    return {
        "city": city.pk,
        "official": official.pk,
        "published": published.pk,
        "draft": draft.pk,
        "other_practice": published.practice_id,
        "pledge": pledge.pk,
        "step": published.transitions.latest("pk").pk,
        "document": published.attachments.get().pk,
        "group": moderators_group().pk,
        "context": event.pgh_context_id,
        "owner": connection.settings_dict["USER"],
        "frozen": trigger[Revision]["frozen_once_submitted"],
        "step_rule": trigger[Revision]["status_has_its_step"],
        "city_update": trigger[City]["update_update"],
    }


@pytest.fixture
def intruder(transactional_db) -> Iterator[psycopg.Connection]:
    """A connection of its own, signed in as the role that serves."""
    database = connection.settings_dict
    with psycopg.connect(host=database["HOST"], dbname=database["NAME"], user=ROLE) as session:
        yield session


def came_of(statement: Hostile, keys: dict[str, object], session: psycopg.Connection) -> str:
    """What the database says to it, or that it is recorded; nothing of it stays."""
    try:
        session.execute("BEGIN")
        for part in statement.sql.format(**keys).split("; "):
            session.execute(part)
        session.execute("SET CONSTRAINTS ALL IMMEDIATE")
        session.execute("RESET search_path")
        return "recorded" if events_of_this_transaction(session) else "not recorded"
    except psycopg.Error as error:
        return str(error)
    finally:
        session.rollback()
        session.execute("RESET ALL")
        session.commit()


def events_of_this_transaction(session: psycopg.Connection) -> int:
    tables = session.execute("SELECT relname FROM pg_class WHERE relname LIKE '%event' AND relkind = 'r'").fetchall()
    return sum(session.execute(RECORDED.format(table)).fetchone()[0] for (table,) in tables)


def test_each_hostile_statement_is_refused_or_recorded(intruder):
    keys = rows()
    wrong = []
    for statement in STATEMENTS:
        answer = came_of(statement, keys, intruder)
        if (statement.refused or "recorded") not in answer or answer == "not recorded":
            wrong.append(f"{statement.sql}: {answer}")
    assert not wrong, "\n".join(wrong)
    assert len(STATEMENTS) >= 40


def test_who_made_a_change_is_never_rewritten(intruder):
    keys = rows()
    before = Context.objects.get(pk=keys["context"]).metadata
    intruder.execute(f"SET pghistory.context_id = '{keys['context']}'")
    intruder.execute("SET pghistory.context_metadata = '{\"user\": 0}'")
    intruder.execute("UPDATE members_city SET name_en = 'Elsewhere'")
    intruder.commit()
    assert Context.objects.get(pk=keys["context"]).metadata == before
    event = City.pgh_event_model.objects.latest("pgh_id")
    assert event.pgh_context.metadata == {"user": 0}
    assert event.pgh_context_id != keys["context"]


def test_a_change_that_says_nobody_has_the_name_of_the_role(intruder):
    rows()
    intruder.execute("UPDATE members_city SET name_en = 'Elsewhere'")
    intruder.commit()
    assert City.pgh_event_model.objects.latest("pgh_id").pgh_context.metadata == {"process": "role:scn_app"}

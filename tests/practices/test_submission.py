"""Check and submit: what a moderator would ask, what could put people at risk, the harm check, the note."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members.models import Role, User
from members.risks import names_in
from practices import moderation
from practices.models import HarmCheck, Revision
from scn_portal.base.risks import risks_in
from tests.factories import ModeratorFactory, RevisionFactory, UserFactory, acting_for, moved
from tests.forms import press, submit_practice, write_practice

pytestmark = pytest.mark.django_db

CANARY = "quetzalcoatlus"


@pytest.fixture
def draft(client):
    revision = RevisionFactory(title_en="Listening circles")
    client.force_login(acting_for(revision.practice.city))
    return revision


def check(client, draft):
    return client.get(f"/en/my-city/practices/{draft.practice_id}/edit/check/")


def test_what_a_moderator_would_ask_is_listed_and_stands_in_nobodys_way(client, draft):
    write_practice(client, draft, evaluation="internal")
    asked = [(str(one.words)[:22], one.task and one.task.slug) for one in check(client, draft).context["asked"]]
    assert asked == [
        ("Nothing says why the c", "story"), ("It was evaluated, and ", "results"),
        ("There is no source: no", "sources"), ("Nothing says how right", "safeguards"),
        ("It is in one language ", None),
    ]  # fmt: skip
    assert submit_practice(client, draft.practice_id).status_code == 302
    assert Revision.objects.get().status == "submitted"


def test_only_names_that_stand_in_a_text_are_read_in_one_query(django_assert_num_queries):
    for name in ("Amina Okonjo", "Zoë Ærø-Strauß", "Ben Amina", "Madonna", "Amina Other"):
        UserFactory(name=name)
    UserFactory(name="Closed Account", is_active=False)
    with django_assert_num_queries(1):
        found = names_in(["Led by amina  OKONJO,", None, "(Zoe Ærø Strauss)", "ben", "a closed account; madonna"])
    assert set(found) == {"Amina Okonjo", "Zoë Ærø-Strauß", "Ben Amina", "Madonna"}


def test_where_many_have_an_account_names_are_found_by_their_index(db):
    people = (User(email=f"person{number}@city.example", name=f"Amina Okonjo {number}") for number in range(2000))
    User.objects.bulk_create(people)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_user")
        with CaptureQueriesContext(connection) as captured:
            assert names_in(["Led by somebody of the city, " * 20]) == []
        cursor.execute(f"EXPLAIN {captured[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor)
    assert "user_words_of_name" in plan, plan


def test_each_risk_is_taken_out_or_answered(client, draft):
    UserFactory(name="Amina Okonjo")
    text = "Write to jo@city.example or (514) 687-7141, 12 Baker Street, 45.5019, -73.5674. Amina Okonjo leads."
    write_practice(client, draft, approach_en=text)
    found = {(hit.risk.kind.value, hit.risk.found): hit for hit in check(client, draft).context["form"].hits}
    assert set(found) == {
        ("email", "jo@city.example"), ("telephone", "(514) 687-7141"), ("street", "12 Baker Street"),
        ("coordinates", "45.5019, -73.5674"), ("name", "Amina Okonjo"),
    }  # fmt: skip
    assert {hit.task.slug for hit in found.values()} == {"story"}
    told = submit_practice(client, draft.practice_id)
    assert len(told.context["form"].errors) == 5
    write_practice(client, draft, approach_en="Write to jo@city.example.")
    key = f"answer-{found['email', 'jo@city.example'].risk.key}"
    assert submit_practice(client, draft.practice_id, **{key: "The address of the service."}).status_code == 302
    assert HarmCheck.objects.get().answers == [
        {"found": "jo@city.example", "answer": "The address of the service."}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Call +33 1 42 76 40 40", ["telephone"]),
        ("Au 12, rue de la Paix", ["street"]),
        ("Au 5 bis, avenue Foch", ["street"]),
        ("In der Hauptstraße 5", ["street"]),
        ("Calle Mayor 12", ["street"]),
        ("At 45°30′N", ["coordinates"]),
        ("amina  okonjo", ["name"]),
        ("From 2007 to 2011, law 2015-912, 50 000 € and 1,200 people in 12 streets", []),
        ("The Avenue project of 2016 in 3 schools", []),
        ("Okonjo", []),
    ],
)
def test_the_rules_find_what_puts_people_at_risk_and_little_else(text, kinds):
    assert [risk.kind.value for risk in risks_in(text, country="FR", names=["Amina Okonjo", "Al"])] == kinds


def test_a_yes_of_the_harm_check_needs_words_and_every_question_an_answer(client, draft):
    told = client.post(f"/en/my-city/practices/{draft.practice_id}/edit/check/", {"at_risk": "yes", "faces": "no"})
    assert set(told.context["form"].errors) == {"at_risk_words", "quoted"}
    assert Revision.objects.get().status == "draft"


def test_the_answers_are_for_staff_alone_and_the_note_is_on_the_desk(client, draft):
    answers = {f"{name}_words": f"{CANARY} {name}" for name in HarmCheck.QUESTIONS}
    yes = dict.fromkeys(HarmCheck.QUESTIONS, "yes")
    submit_practice(client, draft.practice_id, note="A new summary.", **answers, **yes)
    desk = Client()
    desk.force_login(ModeratorFactory())
    page = desk.get(f"/en/desk/{draft.pk}/").text
    assert all(f"{CANARY} {name}" in page for name in HarmCheck.QUESTIONS)
    assert "A new summary." in page
    press(desk, desk.get(f"/en/desk/{draft.pk}/decide/send_back/"), reason="More.")
    assert Revision.objects.get().status == "sent_back"
    pk, slug = draft.practice_id, draft.practice.slug
    viewer = Client()
    viewer.force_login(acting_for(draft.practice.city, Role.VIEWER))
    tasks = [f"/en/my-city/practices/{pk}/edit/{page}" for page in ("", "essentials/", "translation/", "check/")]
    written = [*tasks, f"/en/my-city/practices/{pk}/", f"/en/my-city/revisions/{draft.pk}/preview/", "/en/my-city/"]
    public = [f"/en/practices/{slug}/", "/en/practices/", "/en/changes/", f"/en/desk/{draft.pk}/"]
    assert "A new summary." in client.get(f"/en/my-city/practices/{pk}/").text
    for reader in (client, viewer, Client()):
        for path in (*written, *public):
            assert CANARY not in reader.get(path, follow=True).text, path
    moved(Revision.objects.filter(pk=draft.pk), status="submitted", reason="", submitted_at=draft.created_at)
    moved(Revision.objects.filter(pk=draft.pk), status="published", published_at=draft.created_at)
    published = [
        f"/en/practices/{slug}/",
        f"/api/v1/practices/{slug}",
        "/en/practices/feed.xml",
        "/en/data/practices.csv",
    ]
    for path in published:
        answer = Client().get(path)
        assert (answer.status_code, CANARY in b"".join(answer).decode()) == (200, False), path


def test_the_answers_of_an_earlier_submission_are_not_shown_to_the_writer_again(client, draft):
    submit_practice(client, draft.practice_id, at_risk="yes", at_risk_words=CANARY)
    moved(Revision.objects.all(), status="sent_back", reason="More.")
    assert CANARY not in check(client, draft).text


def test_submitting_is_for_those_who_write_for_the_city(draft):
    with pytest.raises(PermissionDenied):
        moderation.submit(revision=draft, by=UserFactory(), harm=HarmCheck(at_risk=False, faces=False, quoted=False))
    assert not HarmCheck.objects.exists()

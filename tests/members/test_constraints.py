"""Impossible rows of members are impossible, whichever way they come: every constraint is tried in the database."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.models import (
    AccountMail,
    City,
    Correction,
    Invitation,
    LostSecondFactor,
    Membership,
    Notice,
    OpenForm,
    Reminder,
    RiskAnswer,
    Scratch,
    SentForm,
    User,
    Vacancy,
)
from scn_portal.base.mail import MAX_ATTEMPTS
from tests.database import constraints_of, refused_by
from tests.factories import CityFactory, InvitationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

ROWS = {
    User: lambda: UserFactory(email="first@example.org"),
    City: lambda: CityFactory(country="CA", name_en="Testford", geonames_id=1),
    Membership: lambda: MembershipFactory(role="editor"),
    Invitation: InvitationFactory,
    OpenForm: lambda: OpenForm.objects.create(user=UserFactory(), form="practice:1"),
    AccountMail: lambda: AccountMail.objects.create(email="a@example.org", language="en", values={"activate_url": "x"}),
    Notice: lambda: Notice.objects.create(to=UserFactory(), kind="removed", city=CityFactory()),
    Reminder: lambda: Reminder.objects.create(user=UserFactory(), week="2026-05-04"),
    Correction: lambda: Correction.objects.create(
        city=CityFactory(), fact="population", value="1", source="A census", by=UserFactory()
    ),
}
# The constraint, the model, and an .update() of a sound row that must not pass.
BROKEN = [
    ("user_language_known", User, {"language": "de"}),
    ("user_erased_is_nobody", User, {"email": "me@erased.invalid"}),
    ("city_named_in_both_languages", City, {"name_fr": None}),
    ("city_named_in_both_languages", City, {"name_fr": ""}),
    ("city_named_in_both_languages", City, {"name_en": None}),
    ("city_named_in_both_languages", City, {"name_en": ""}),
    ("city_on_the_globe", City, {"latitude": 200.0, "longitude": 0.0}),
    ("city_on_the_globe", City, {"latitude": 0.0, "longitude": -180.1}),
    ("city_on_the_globe", City, {"latitude": 45.5, "longitude": None}),
    ("city_on_the_globe", City, {"latitude": None, "longitude": 3.0}),
    ("city_on_the_globe", City, {"latitude": float("nan"), "longitude": 3.0}),
    ("city_joined_in_a_plausible_year", City, {"joined_year": 1999}),
    ("city_joined_in_a_plausible_year", City, {"joined_year": 2101}),
    ("city_status_known", City, {"status": "friend"}),
    ("city_unit_type_known", City, {"unit_type": "galaxy"}),
    ("city_has_a_source", City, {"source": ""}),
    ("city_confirmed_by_someone", City, {"confirmed_at": timezone.now()}),
    ("city_hidden_with_a_reason", City, {"hidden_at": timezone.now(), "hidden_reason": "A threat."}),
    ("city_changed_after_a_confirmation", City, {"facts_changed_at": timezone.now()}),
    ("notice_kind_known", Notice, {"kind": "gossip"}),
    ("notice_role_known", Notice, {"role": "boss"}),
    ("reminder_week_begins_on_monday", Reminder, {"week": "2026-05-05"}),
    ("correction_fact_known", Correction, {"fact": "weather"}),
    ("correction_has_value_and_source", Correction, {"value": ""}),
    ("correction_has_value_and_source", Correction, {"source": ""}),
    ("correction_decided_by_someone", Correction, {"decided_at": timezone.now()}),
    ("correction_decided_by_someone", Correction, {"is_accepted": True}),
    ("membership_role_known", Membership, {"role": "boss"}),
    ("invitation_role_in_a_city", Invitation, {"role": "boss"}),
    ("invitation_role_in_a_city", Invitation, {"role": ""}),
    ("invitation_role_in_a_city", Invitation, {"city": None}),
    ("invitation_accepted_by_someone", Invitation, {"accepted_at": timezone.now()}),
    ("account_mail_language_known", AccountMail, {"language": "de"}),
    ("account_mail_keeps_no_secret", AccountMail, {"mailed_at": timezone.now()}),
    ("open_form_seen_after_it_was_opened", OpenForm, {"seen_at": timezone.now() - dt.timedelta(days=1)}),
    ("account_mail_keeps_no_secret", AccountMail, {"mail_attempts": MAX_ATTEMPTS}),
]


@pytest.mark.parametrize(("name", "model", "change"), BROKEN)
def test_the_database_refuses(name, model, change):
    row = ROWS[model]()
    with refused_by(name):
        model._base_manager.filter(pk=row.pk).update(**change)


def test_an_address_has_one_account_in_whatever_case():
    UserFactory(email="first@example.org")
    with refused_by("user_email_once"):
        User.objects.bulk_create([User(email="FIRST@example.org", name="Second")])


def test_a_geonames_id_is_of_one_city():
    CityFactory(geonames_id=7)
    second = CityFactory()
    with refused_by("city_geonames_once"):
        City.objects.filter(pk=second.pk).update(geonames_id=7)


def test_a_country_has_a_name_once_in_whatever_case_and_another_country_may_have_it_too():
    CityFactory(name_en="Testford", country="CA")
    CityFactory(name_en="Testford", country="KE")
    third = CityFactory(country="CA")
    with refused_by("city_name_once_a_country"):
        City.objects.filter(pk=third.pk).update(name_en="TESTFORD")


def test_a_person_has_one_role_in_a_city():
    membership = MembershipFactory(role="focal_point")
    with refused_by("membership_once_a_city"):
        Membership.objects.bulk_create([Membership(user=membership.user, city=membership.city, role="viewer")])


def test_an_invitation_is_not_both_accepted_and_withdrawn():
    invitation = InvitationFactory()
    now = timezone.now()
    with refused_by("invitation_accepted_or_withdrawn"):
        Invitation.objects.filter(pk=invitation.pk).update(accepted_at=now, accepted_by=UserFactory(), withdrawn_at=now)


def test_an_address_waits_for_a_city_with_one_invitation():
    first = InvitationFactory(email="waiting@example.org")
    again = {"city": first.city, "email": "Waiting@Example.org"}
    with refused_by("invitation_one_pending_a_city"):
        InvitationFactory(**again)
    Invitation.objects.filter(pk=first.pk).update(withdrawn_at=timezone.now())
    InvitationFactory(**again)
    assert Invitation.objects.count() == 2


def test_an_address_waits_for_the_staff_with_one_invitation():
    waiting = {"city": None, "role": "", "language": "en", "invited_by": UserFactory()}
    Invitation.objects.create(email="waiting@example.org", **waiting)
    with refused_by("invitation_one_pending_to_the_staff"):
        Invitation.objects.create(email="Waiting@example.org", **waiting)


def test_a_person_has_one_scratch_copy_of_a_form():
    copy = {"user": UserFactory(), "form": "practice:1", "fields": {}}
    Scratch.objects.create(**copy)
    with refused_by("scratch_once_a_person_and_form"):
        Scratch.objects.create(**copy)


def test_a_person_has_a_form_open_once():
    opened = {"user": UserFactory(), "form": "practice:1"}
    OpenForm.objects.create(**opened)
    with refused_by("open_form_once_a_person"):
        OpenForm.objects.create(**opened)


def test_the_same_words_of_a_form_are_saved_once():
    sent = {"user": UserFactory(), "opened": uuid.uuid4(), "words": "x", "address": "/en/", "message": "Saved."}
    SentForm.objects.create(**sent)
    with refused_by("sent_form_once"):
        SentForm.objects.create(**sent)


def test_a_person_has_one_reminder_a_week():
    first = Reminder.objects.create(user=UserFactory(), week="2026-05-04")
    with refused_by("reminder_once_a_week"):
        Reminder.objects.create(user=first.user, week="2026-05-04")


def test_a_vacancy_says_why_and_is_kept_as_it_is():
    row = {"city": CityFactory(), "left_by": UserFactory()}
    with refused_by("vacancy_has_a_reason"):
        Vacancy.objects.create(**row, reason="")
    Vacancy.objects.create(**row, reason="She retired.")
    with refused_by("Cannot update"):
        Vacancy.objects.update(reason="Another story.")
    with refused_by("Cannot delete"):
        Vacancy.objects.all().delete()


def test_an_answer_about_a_risk_says_something_and_is_kept_as_it_is():
    row = {"city": CityFactory(), "about": "pledge:1", "found": "jo@city.example", "by": UserFactory()}
    with refused_by("risk_answer_given"):
        RiskAnswer.objects.create(**row, answer="")
    RiskAnswer.objects.create(**row, answer="The address of the office.")
    with refused_by("Cannot update"):
        RiskAnswer.objects.update(answer="Another story.")
    with refused_by("Cannot delete"):
        RiskAnswer.objects.all().delete()


def test_a_lost_second_step_takes_two_others_and_is_asked_for_once():
    person, first, second = UserFactory(), UserFactory(), UserFactory()
    with refused_by("lost_factor_asked_by_another"):
        LostSecondFactor.objects.create(person=person, asked_by=person, reason="It is me.")
    lost = LostSecondFactor.objects.create(person=person, asked_by=first, reason="We met.")
    with refused_by("lost_factor_asked_once"):
        LostSecondFactor.objects.create(person=person, asked_by=second, reason="We met.")
    with refused_by("lost_factor_has_a_reason"):
        LostSecondFactor.objects.update(reason="")
    decided = {"decided_at": timezone.now(), "is_approved": True}
    for nobody_else in ({}, {"decided_by": first}, {"decided_by": person}, {"decided_by": second, "is_approved": None}):
        with refused_by("lost_factor_decided_by_a_second"):
            LostSecondFactor.objects.filter(pk=lost.pk).update(**decided | nobody_else)
    LostSecondFactor.objects.filter(pk=lost.pk).update(**decided, decided_by=second)
    LostSecondFactor.objects.create(person=person, asked_by=second, reason="Once more.")


def test_every_constraint_of_members_is_tried_here():
    tried_alone = {
        "lost_factor_asked_by_another", "lost_factor_asked_once", "lost_factor_has_a_reason",
        "lost_factor_decided_by_a_second",
        "reminder_once_a_week", "vacancy_has_a_reason", "risk_answer_given",
        "user_email_once", "city_geonames_once", "city_name_once_a_country", "membership_once_a_city",
        "invitation_accepted_or_withdrawn", "invitation_one_pending_a_city", "invitation_one_pending_to_the_staff",
        "scratch_once_a_person_and_form",
        "open_form_once_a_person", "sent_form_once", "proposal_once",  # the last in tests/site/test_sign_off.py
    }  # fmt: skip
    assert constraints_of("members") == {name for name, _model, _change in BROKEN} | tried_alone


def test_a_person_who_acted_for_a_city_cannot_be_deleted():
    membership = MembershipFactory()
    with pytest.raises(Exception, match="protected"):
        membership.user.delete()


def test_a_form_says_in_words_what_the_database_would_refuse():
    CityFactory(name_en="Testford", country="CA")
    same = CityFactory.build(name_en="testford", country="CA", region=CityFactory().region)
    with pytest.raises(ValidationError) as refusal:
        same.full_clean()
    assert refusal.value.messages == ["This country already has a city of that name."]


@pytest.mark.parametrize(
    ("existing", "new", "slug"),
    [
        ([], ("Testford", "CA"), "testford"),
        ([("Testford", "KE")], ("Testford", "CA"), "testford-ca"),
        ([("Testford", "KE"), ("Testford ca", "FR")], ("Testford", "CA"), "testford-ca-2"),
        ([], ("東京", "JP"), "city"),
    ],
)
def test_a_slug_is_the_english_name_and_the_country_where_it_is_taken(existing, new, slug):
    for name, country in existing:
        CityFactory(name_en=name, name_fr=name, country=country)
    assert CityFactory(name_en=new[0], name_fr=new[0], country=new[1]).slug == slug


def test_a_slug_stays_when_the_name_changes():
    city = CityFactory(name_en="Testford")
    city.name_en = "Newford"
    city.save()
    assert City.objects.get(pk=city.pk).slug == "testford"

"""Impossible revisions are impossible; what was submitted is frozen, what was decided is kept."""

import pytest
from django.db import connection
from django.utils import timezone

from practices import moderation
from practices.choices import Status
from practices.models import (
    Adaptation,
    Attachment,
    HarmCheck,
    Message,
    ModerationRules,
    PartnerCity,
    PracticeAsEvidence,
    ReasonTemplate,
    Remark,
    RetiredAddress,
    Revision,
    RevisionCommitment,
    SourceCheck,
    SubmittedWords,
    Transition,
)
from practices.vocabulary import Word
from tests.database import constraints_of, refused_by
from tests.factories import (
    AttachmentFactory,
    CityFactory,
    CommitmentFactory,
    ModeratorFactory,
    PracticeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    UserFactory,
    harmless,
    moved,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()
PICTURE = {
    "picture": "pictures/x.jpg", "picture_width": 800, "picture_height": 450, "picture_alt_en": "A square",
    "picture_credit": "A city",
}  # fmt: skip
FROZEN = [status for status in Status.values if status not in ("draft", "sent_back")]
# The constraint, the status of a sound revision, and an .update() of it that must not pass.
BROKEN = [
    ("revision_started_on_a_date", "draft", {"started_on": "last year"}),
    ("revision_started_on_plausible", "draft", {"started_on": "1899"}),
    ("revision_ended_on_plausible", "draft", {"ended_on": "2201-01-01", "continuation": "ended"}),
    ("revision_publish_at_plausible", "scheduled", {"publish_at": "9999-12-31T00:00Z"}),
    ("revision_evaluation_known", "draft", {"evaluation": "excellent"}),
    ("revision_scope_known", "draft", {"scope": "galaxy"}),
    ("revision_cost_band_known", "draft", {"cost_band": "cheap"}),
    ("revision_continuation_known", "draft", {"continuation": "maybe"}),
    ("revision_ended_on_a_date", "draft", {"continuation": "ended", "ended_on": "last year"}),
    ("revision_ended_if_it_has_an_end", "draft", {"continuation": "ongoing", "ended_on": "2020"}),
    ("revision_status_known", "withdrawn", {"status": "lost"}),
    ("revision_published_on_a_day", "published", {"published_at": None}),
    ("revision_published_on_a_day", "archived", {"published_at": None}),
    ("revision_published_on_a_day", "superseded", {"published_at": None}),
    ("revision_published_on_a_day", "submitted", {"published_at": NOW}),
    ("revision_submitted_on_a_day", "draft", {"submitted_at": NOW}),
    ("revision_submitted_on_a_day", "draft", {"status": "submitted"}),
    ("revision_submitted_on_a_day", "published", {"submitted_at": None}),
    ("revision_sent_back_with_a_reason", "submitted", {"status": "sent_back"}),
    ("revision_sent_back_with_a_reason", "submitted", {"status": "rejected"}),
    ("revision_sent_back_with_a_reason", "rejected", {"reason": ""}),
    ("revision_sent_back_with_a_reason", "published", {"reason": "Because."}),
    ("revision_scheduled_for_a_day", "scheduled", {"publish_at": None}),
    ("revision_scheduled_for_a_day", "submitted", {"publish_at": NOW}),
    ("revision_people_reached_counted", "draft", {"people_reached": 0}),
    ("revision_people_reached_counted", "draft", {"people_reached_year": 2024}),
    ("revision_people_reached_in_a_year", "draft", {"people_reached": 5, "people_reached_year": 24}),
    ("revision_picture_described", "draft", PICTURE | {"picture_credit": ""}),
    ("revision_picture_described", "draft", PICTURE | {"picture_alt_en": None}),
    ("revision_picture_described", "draft", PICTURE | {"picture_alt_en": "", "picture_alt_fr": ""}),
    ("revision_picture_described", "draft", PICTURE | {"picture_width": None}),
    ("revision_picture_described", "draft", PICTURE | {"picture_height": 0}),
    ("revision_picture_described", "draft", PICTURE | {"picture": ""}),
    ("revision_picture_described", "draft", {"picture_credit": "A city"}),
    ("revision_picture_described", "draft", {"picture_alt_fr": "Une place"}),
    ("revision_picture_there_to_take_down", "published", {"picture_taken_down_at": timezone.now()}),
]


@pytest.mark.parametrize(("name", "status", "change"), BROKEN)
def test_the_database_refuses(name, status, change):
    revision = RevisionFactory(status=status)
    with refused_by(name):
        Revision.objects.filter(pk=revision.pk).update(**change)


def test_a_picture_is_described_in_one_language_or_both():
    rows = Revision.objects.filter(pk=RevisionFactory().pk)
    for alt in ({"picture_alt_fr": "Une place"}, {"picture_alt_en": "", "picture_alt_fr": "Une place"}):
        assert rows.update(**PICTURE | alt) == 1


@pytest.mark.parametrize("nothing", [{"title_en": ""}, {"title_en": None}, {"source_language": "fr"}])
def test_a_draft_without_a_title_is_never_submitted(nothing):
    revision = RevisionFactory()
    Revision.objects.filter(pk=revision.pk).update(**nothing)
    with refused_by("revision_has_a_title_in_its_language"):
        moved(Revision.objects.filter(pk=revision.pk), status="submitted", submitted_at=NOW)


def test_a_practice_has_each_number_once():
    first = RevisionFactory(status="published", number=1)
    with refused_by("revision_number_once"):
        RevisionFactory(practice=first.practice, number=1)


def test_a_practice_has_one_live_revision():
    first = RevisionFactory(status="published")
    with refused_by("revision_one_live_a_practice"):
        RevisionFactory(practice=first.practice, status="published")


@pytest.mark.parametrize("status", ["draft", "sent_back", "submitted", "scheduled"])
def test_a_practice_has_one_open_revision(status):
    first = RevisionFactory(status=status)
    with refused_by("revision_one_open_a_practice"):
        RevisionFactory(practice=first.practice)


def test_a_revision_serves_a_commitment_once():
    revision = RevisionFactory(commitments=[CommitmentFactory()])
    with refused_by("revision_commitment_once"):
        RevisionCommitment.objects.create(revision=revision, commitment=CommitmentFactory())


def test_a_revision_is_adapted_from_a_practice_once():
    original = RevisionFactory(status="published").practice
    revision = RevisionFactory(adapted_from=[original])
    with refused_by("adaptation_once"):
        Adaptation.objects.create(revision=revision, original=original)


def test_an_update_names_a_practice_once():
    update, practice = ProgressUpdateFactory(), PracticeFactory()
    PracticeAsEvidence.objects.create(update_row=update, practice=practice)
    with refused_by("practice_as_evidence_once"):
        PracticeAsEvidence.objects.create(update_row=update, practice=practice)


def test_a_revision_has_a_partner_city_once():
    revision, partner = RevisionFactory(), CityFactory()
    PartnerCity.objects.create(revision=revision, city=partner)
    with refused_by("partner_city_once"):
        PartnerCity.objects.create(revision=revision, city=partner)


@pytest.mark.parametrize("name", HarmCheck.QUESTIONS)
def test_a_yes_of_the_harm_check_has_words(name):
    revision = RevisionFactory(status="submitted")
    step = Transition.objects.create(
        revision=revision, verb="submit", from_status="draft", to_status="submitted", by=revision.author
    )
    answers = dict.fromkeys(HarmCheck.QUESTIONS, False)
    with refused_by(f"harm_check_{name}_in_words"):
        HarmCheck.objects.create(submission=step, **answers | {name: True})
    kept = HarmCheck.objects.create(submission=step, **answers)
    with refused_by("Cannot update or delete rows"):
        HarmCheck.objects.filter(pk=kept.pk).update(at_risk_words="x")


@pytest.mark.parametrize("titles", [{"title_en": ""}, {"title_en": None}, {"title_en": None, "title_fr": ""}])
def test_a_document_has_a_title(titles):
    document = AttachmentFactory(title_en="Titled")
    with refused_by("attachment_has_a_title"):
        Attachment.objects.filter(pk=document.pk).update(**titles)


def test_a_word_is_kept_once_a_language():
    Word.objects.create(language="en", word="hate", plain="hate", texts=1)
    Word.objects.create(language="fr", word="hate", plain="hate", texts=1)
    with refused_by("word_once_a_language"):
        Word.objects.create(language="en", word="hate", plain="hate", texts=2)


REASON = {
    "title_fr": "Titre", "title_en": "Title", "words_fr": "Mots", "words_en": "Words", "verbs": ["reject"],
}  # fmt: skip


@pytest.mark.parametrize("change", [{"title_fr": None}, {"title_en": ""}, {"words_fr": ""}, {"words_en": None}])
def test_a_ready_reason_is_in_both_languages(change):
    with refused_by("reason_template_in_both_languages"):
        ReasonTemplate.objects.filter(pk=ReasonTemplate.objects.create(**REASON).pk).update(**change)


@pytest.mark.parametrize("verbs", [[], ["withdraw"], ["reject", "delete"]])
def test_a_ready_reason_is_offered_with_verbs_that_take_one(verbs):
    with refused_by("reason_template_has_verbs"):
        ReasonTemplate.objects.create(**REASON | {"verbs": verbs})


def test_the_rules_of_the_desk_are_one_row():
    ModerationRules.objects.create()
    with refused_by("practices_moderationrules_only_key"):
        ModerationRules.objects.create()
    with refused_by("moderation_rules_are_one_row"):
        ModerationRules.objects.create(only=False)


def test_what_was_said_has_words_and_is_never_changed():
    revision = RevisionFactory(status="submitted")
    said = {"revision": revision, "by": revision.author, "words": "Words"}
    in_english = said | {"kind": "question", "language": "en"}
    for name, change in {
        "message_has_words": {"words": ""}, "message_kind_known": {"kind": "shout"},
        "message_language_known": {"language": "de"},
    }.items():  # fmt: skip
        with refused_by(name):
            Message.objects.create(**in_english | change)
    with refused_by("remark_has_words"):
        Remark.objects.create(**said | {"words": ""})
    for row in (Message.objects.create(**in_english), Remark.objects.create(**said)):
        with refused_by("Cannot update rows"):
            type(row).objects.filter(pk=row.pk).update(words="Other words")
        with refused_by("Cannot delete rows"):
            type(row).objects.filter(pk=row.pk).delete()


def test_what_was_submitted_is_never_changed():
    revision = RevisionFactory()
    moderation.submit(revision=revision, by=revision.author, harm=harmless())
    with refused_by("Cannot update or delete rows"):
        SubmittedWords.objects.update(values={})


def test_a_look_at_a_source_has_a_known_outcome():
    with refused_by("source_check_known"):
        SourceCheck.objects.create(address="https://example.org/", outcome="lost")


@pytest.mark.parametrize(
    ("name", "change"),
    [("retired_address_is_a_digest", {"digest": "a-title"}), ("retired_address_says_why", {"reason": ""})],
)
def test_an_address_that_was_given_up_is_a_digest_with_a_reason(name, change):
    practice = RevisionFactory(status="published").practice
    row = {"practice": practice, "by": UserFactory(), "reason": "A name.", "digest": "0" * 64}
    with refused_by(name):
        RetiredAddress.objects.create(**row | change)


def test_every_constraint_of_practices_is_tried_here():
    tried_in_test_queue = {
        "desk_settings_answer_days", "desk_settings_one_row", "hold_ends_after_it_begins", "hold_one_a_revision",
        "hold_word_is_of_somebody", "moderator_mail_choice_known", "submission_digest_once_a_day",
        "unassigned_reminder_once",
    }  # fmt: skip
    tried_alone = {
        "reason_template_in_both_languages", "reason_template_has_verbs", "moderation_rules_are_one_row",
        "message_has_words", "message_kind_known", "message_language_known", "remark_has_words", "source_check_known",
        "revision_number_once", "revision_one_live_a_practice", "revision_one_open_a_practice",
        "revision_commitment_once", "adaptation_once", "practice_as_evidence_once", "attachment_has_a_title",
        "retired_address_is_a_digest", "retired_address_says_why",
        "word_once_a_language", "partner_city_once", "revision_has_a_title_in_its_language",
        *(f"harm_check_{name}_in_words" for name in HarmCheck.QUESTIONS),
    }  # fmt: skip
    assert (
        constraints_of("practices") == {name for name, _status, _change in BROKEN} | tried_alone | tried_in_test_queue
    )


@pytest.mark.parametrize("status", FROZEN)
def test_a_submitted_revision_cannot_change(status):
    revision = RevisionFactory(status=status)
    rows = Revision.objects.filter(pk=revision.pk)
    for change in (
        {"title_en": "Other words"}, {"title_fr": "D’autres mots"}, {"source_language": "fr", "title_fr": "Mots"},
        {"sources": ["https://example.org/"]}, PICTURE, {"people_reached": 5},
        {"practice": RevisionFactory().practice}, {"author": None},
    ):  # fmt: skip
        with refused_by("Cannot update rows"):
            rows.update(**change)
    with refused_by("Cannot update rows"), connection.cursor() as cursor:
        cursor.execute("UPDATE practices_revision SET summary_en = 'Other' WHERE id = %s", [revision.pk])


def test_its_words_cannot_change_in_the_same_breath_as_its_status():
    revision = RevisionFactory(status="submitted")
    with refused_by("Cannot update rows"):
        Revision.objects.filter(pk=revision.pk).update(status="draft", submitted_at=None, title_en="Other words")


@pytest.mark.parametrize("status", FROZEN)
def test_the_commitments_of_a_submitted_revision_cannot_change(status):
    revision = RevisionFactory(status=status, commitments=[CommitmentFactory(number=1)])
    second = CommitmentFactory(number=2)
    with refused_by("what belongs to a submitted revision cannot change"):
        revision.commitments.add(second)
    with refused_by("what belongs to a submitted revision cannot change"):
        RevisionCommitment.objects.filter(revision=revision).update(commitment=second)
    with refused_by("what belongs to a submitted revision cannot change"):
        revision.commitments.clear()
    assert list(revision.commitments.values_list("number", flat=True)) == [1]


@pytest.mark.parametrize("status", FROZEN)
def test_what_a_submitted_revision_was_adapted_from_cannot_change(status):
    original, another = (RevisionFactory(status="published").practice for _ in range(2))
    revision = RevisionFactory(status=status, adapted_from=[original])
    with refused_by("what belongs to a submitted revision cannot change"):
        revision.adapted_from.add(another)
    with refused_by("what belongs to a submitted revision cannot change"):
        Adaptation.objects.filter(revision=revision).update(original=another)
    with refused_by("what belongs to a submitted revision cannot change"):
        revision.adapted_from.clear()
    assert list(revision.adapted_from.all()) == [original]


@pytest.mark.parametrize("status", FROZEN)
def test_the_documents_of_a_submitted_revision_cannot_change(status):
    revision = RevisionFactory(status=status, documents=["The report"])
    rows = Attachment.objects.filter(revision=revision)
    with refused_by("what belongs to a submitted revision cannot change"):
        AttachmentFactory(revision=revision)
    for change in ({"title_en": "Another report"}, {"file": "attachments/other.pdf"}, {"revision": RevisionFactory()}):
        with refused_by("what belongs to a submitted revision cannot change"):
            rows.update(**change)
    with refused_by("what belongs to a submitted revision cannot change"):
        rows.delete()
    assert [each.title_en for each in rows.all()] == ["The report"]


def test_a_commitment_cannot_be_carried_off_to_a_draft_or_brought_from_one():
    frozen = RevisionFactory(status="published", commitments=[CommitmentFactory(number=1)])
    draft = RevisionFactory(commitments=[CommitmentFactory(number=2)])
    with refused_by("what belongs to a submitted revision cannot change"):
        RevisionCommitment.objects.filter(revision=frozen).update(revision=draft)
    with refused_by("what belongs to a submitted revision cannot change"):
        RevisionCommitment.objects.filter(revision=draft).update(revision=frozen)


@pytest.mark.parametrize("status", ["draft", "sent_back"])
def test_what_is_still_being_written_can_change(status):
    revision = RevisionFactory(status=status, commitments=[CommitmentFactory(number=1)])
    revision.title_en = "Better words"
    revision.save()
    revision.commitments.set([CommitmentFactory(number=2)])
    changed = Revision.objects.get(pk=revision.pk)
    assert (changed.title_en, [each.number for each in changed.commitments.all()]) == ("Better words", [2])


@pytest.mark.parametrize("status", Status.values)
def test_no_revision_can_be_deleted(status):
    revision = RevisionFactory(status=status, commitments=[])
    with refused_by("Cannot delete rows"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM practices_revision WHERE id = %s", [revision.pk])
    assert Revision.objects.filter(pk=revision.pk).exists()


def test_what_was_decided_can_be_neither_changed_nor_deleted():
    revision = RevisionFactory(status="submitted")
    moderation.reject(revision=revision, by=ModeratorFactory(), reason="Too short.")
    steps = Transition.objects.filter(revision=revision)
    for change in (
        {"reason": "Too long."},
        {"note": "x"},
        {"by": ModeratorFactory()},
        {"at": NOW},
        {"to_status": "published"},
    ):
        with refused_by("Cannot update rows"):
            steps.update(**change)
    with refused_by("Cannot delete rows"):
        steps.delete()
    assert [(step.verb, step.reason) for step in steps.all()] == [("reject", "Too short.")]

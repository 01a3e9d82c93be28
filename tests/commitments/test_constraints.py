"""Impossible rows of commitments are impossible; what was reported stays reported."""

import pytest
from django.db import connection

from commitments.models import (
    Commitment,
    Declaration,
    Endorsement,
    Milestone,
    Pledge,
    ProgressUpdate,
    RestoreDecision,
    RestoreRequest,
    UpdateDocument,
)
from tests.database import constraints_of, refused_by
from tests.factories import (
    SOME_DAY,
    CommitmentFactory,
    DeclarationFactory,
    EndorsementFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RestoreRequestFactory,
    UpdateDocumentFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

ROWS = {
    Declaration: DeclarationFactory,
    Commitment: CommitmentFactory,
    Endorsement: EndorsementFactory,
    Pledge: PledgeFactory,
    Milestone: MilestoneFactory,
    RestoreRequest: RestoreRequestFactory,
    UpdateDocument: UpdateDocumentFactory,
}
# The constraint, the model, and an .update() of a sound row that must not pass.
BROKEN = [
    ("declaration_adopted_on_a_date", Declaration, {"adopted_on": "July 2018"}),
    ("declaration_has_its_official_text", Declaration, {"title_fr": ""}),
    ("declaration_has_its_official_text", Declaration, {"title_fr": None}),
    ("commitment_numbered_from_one", Commitment, {"number": 0}),
    ("endorsement_dated", Endorsement, {"endorsed_on": ""}),
    ("endorsement_dated", Endorsement, {"endorsed_on": "2018-7"}),
    ("pledge_has_a_title_in_its_language", Pledge, {"title_en": ""}),
    ("pledge_has_a_title_in_its_language", Pledge, {"title_en": None}),
    ("pledge_has_a_title_in_its_language", Pledge, {"source_language": "fr"}),
    ("pledge_has_a_title_in_its_language", Pledge, {"source_language": "de"}),
    ("pledge_due_after_it_starts", Pledge, {"starts_on": "2026-05-02", "due_on": "2026-05-01"}),
    ("pledge_status_known", Pledge, {"status": "forgotten"}),
    ("pledge_announced_on_a_date", Pledge, {"announced_on": "spring"}),
    ("pledge_announced_on_a_date", Pledge, {"announced_on": "2018-99"}),
    ("pledge_taken_down_with_a_reason", Pledge, {"taken_down_at": "2999-01-01T00:00Z"}),
    ("pledge_taken_down_with_a_reason", Pledge, {"taken_down_reason": "No longer true."}),
    ("pledge_degree_known", Pledge, {"degree_of_change": "huge"}),
    ("pledge_extension_dated", Pledge, {"extension_reason": "Late."}),
    ("pledge_extension_dated", Pledge, {"extension_language": "en"}),
    ("pledge_starts_on_the_first_day", Pledge, {"starts_on": "2026-05-02", "starts_precision": "month"}),
    ("pledge_starts_on_the_first_day", Pledge, {"starts_on": "2026-05-01", "starts_precision": "year"}),
    ("pledge_starts_on_the_first_day", Pledge, {"starts_precision": "week"}),
    ("pledge_due_on_the_last_day", Pledge, {"due_on": "2028-02-28", "due_precision": "month"}),
    ("pledge_due_on_the_last_day", Pledge, {"due_on": "2026-11-30", "due_precision": "year"}),
    ("milestone_due_on_the_last_day", Milestone, {"due_on": "2026-05-30", "due_precision": "month"}),
    ("milestone_due_on_the_last_day", Milestone, {"due_precision": ""}),
    ("milestone_extension_dated", Milestone, {"extension_reason": "Late."}),
    *(
        (f"{table}_{name}_plausible", model, {name: day})
        for table, model, name in (
            ("pledge", Pledge, "due_on"),
            ("pledge", Pledge, "starts_on"),
            ("milestone", Milestone, "due_on"),
            ("milestone", Milestone, "done_on"),
        )
        for day in ("1899-12-31", "2201-01-01")
    ),
    *(
        (f"{table}_{name}_plausible", model, {name: date})
        for table, model, name in (
            ("pledge", Pledge, "announced_on"),
            ("declaration", Declaration, "adopted_on"),
            ("endorsement", Endorsement, "endorsed_on"),
        )
        for date in ("1899", "2201-01")
    ),
    ("milestone_has_a_title", Milestone, {"title_en": None}),
    ("milestone_has_a_title", Milestone, {"title_en": ""}),
    ("restore_request_of_one_thing", RestoreRequest, {"pledge": None}),
    ("restore_request_says_why", RestoreRequest, {"reason": ""}),
    ("restore_request_decided_by_someone", RestoreRequest, {"decided_at": SOME_DAY}),
    ("restore_request_decided_by_someone", RestoreRequest, {"is_accepted": True}),
    ("restore_request_reason_once_decided", RestoreRequest, {"decision_reason": "No."}),
    ("update_document_has_a_title", UpdateDocument, {"title": ""}),
    ("update_document_has_a_title", UpdateDocument, {"language": "de"}),
]


@pytest.mark.parametrize(("name", "model", "change"), BROKEN)
def test_the_database_refuses(name, model, change):
    row = ROWS[model]()
    with refused_by(name):
        model._base_manager.filter(pk=row.pk).update(**change)


def test_a_declaration_is_adopted_in_a_known_language():
    declaration = DeclarationFactory()
    # Two constraints refuse it: declaration_language_known, and the official text that is not there.
    with refused_by("declaration_"):
        Declaration.objects.filter(pk=declaration.pk).update(source_language="de")


def test_a_declaration_has_each_number_once():
    first = CommitmentFactory(number=1)
    second = CommitmentFactory(number=2)
    with refused_by("commitment_number_once"):
        Commitment.objects.filter(pk=second.pk).update(number=first.number)


def test_a_city_endorses_a_declaration_once():
    first = EndorsementFactory()
    with refused_by("endorsement_once"):
        EndorsementFactory(city=first.city, declaration=first.declaration)


@pytest.mark.parametrize("missing", [{"what_changed_en": ""}, {"what_changed_en": None}, {"source_language": "fr"}])
def test_an_update_says_what_changed(missing):
    with refused_by("update_says_what_changed"):
        ProgressUpdateFactory(**missing)


@pytest.mark.parametrize("day", ["1899-12-31", "2201-01-01"])
def test_an_update_is_of_a_plausible_day(day):
    with refused_by("update_reported_on_plausible"):
        ProgressUpdateFactory(reported_on=day)


def test_an_update_has_a_status_that_is_known():
    with refused_by("update_status_known"):
        ProgressUpdateFactory(status="forgotten")


def test_an_update_is_taken_down_by_someone():
    update = ProgressUpdateFactory()
    for half in ({"taken_down_at": SOME_DAY}, {"taken_down_by": update.author}):
        with refused_by("update_taken_down_by_someone"):
            ProgressUpdate.objects.filter(pk=update.pk).update(**half)


@pytest.mark.parametrize("status", ["paused", "dropped"])
@pytest.mark.parametrize("reason", ["", None, "Too short.", "Too short." + " " * 20])
def test_an_update_that_pauses_or_drops_gives_its_reason(status, reason):
    with refused_by("update_gives_its_reason"):
        ProgressUpdateFactory(status=status, reason_en=reason)


def test_an_obstacle_has_a_kind_that_is_known():
    with refused_by("update_obstacle_known"):
        ProgressUpdateFactory(obstacle_kind="weather")


def test_a_reader_is_told_a_decision_once():
    told = RestoreDecision.objects.create(request=RestoreRequestFactory(), to=UserFactory())
    with refused_by("restore_decision_told_once"):
        RestoreDecision.objects.create(request=told.request, to=told.to)


def test_only_an_update_that_was_taken_down_has_a_reason_for_it():
    update = ProgressUpdateFactory()
    with refused_by("update_reason_once_taken_down"):
        ProgressUpdate.objects.filter(pk=update.pk).update(taken_down_reason="It names a witness.")


def test_a_milestone_is_taken_down_by_someone_and_with_a_reason():
    milestone, by = MilestoneFactory(), UserFactory()
    for part in ({"taken_down_at": SOME_DAY, "taken_down_by": by}, {"taken_down_reason": "It names a witness."}):
        with refused_by("milestone_taken_down_with_a_reason"):
            Milestone.objects.filter(pk=milestone.pk).update(**part)


def test_a_draft_cannot_be_taken_down():
    pledge = PledgeFactory(published_at=None)
    down = {"taken_down_at": SOME_DAY, "taken_down_by": UserFactory(), "taken_down_reason": "No longer true."}
    with refused_by("pledge_taken_down_once_published"):
        Pledge.objects.filter(pk=pledge.pk).update(**down)


def test_the_staff_are_asked_once_at_a_time():
    first, update = RestoreRequestFactory(), ProgressUpdateFactory()
    with refused_by("restore_request_once_a_pledge"):
        RestoreRequestFactory(pledge=first.pledge)
    RestoreRequestFactory(pledge=None, update_row=update)
    with refused_by("restore_request_once_an_update"):
        RestoreRequestFactory(pledge=None, update_row=update)


def test_every_constraint_of_commitments_is_tried_here():
    tried_alone = {
        "declaration_language_known", "commitment_number_once", "endorsement_once", "update_says_what_changed",
        "update_status_known", "update_taken_down_by_someone", "update_reason_once_taken_down",
        "update_gives_its_reason", "update_obstacle_known", "milestone_taken_down_with_a_reason",
        "pledge_taken_down_once_published", "restore_request_once_a_pledge", "restore_request_once_an_update",
        "restore_decision_told_once", "update_reported_on_plausible",
    }  # fmt: skip
    assert constraints_of("commitments") == {name for name, _model, _change in BROKEN} | tried_alone


def test_a_progress_update_cannot_be_changed_or_deleted_not_even_by_raw_sql():
    update = ProgressUpdateFactory(what_changed_en="As it was")
    rows = ProgressUpdate.objects.filter(pk=update.pk)
    with refused_by("pgtrigger: Cannot"):
        rows.update(what_changed_en="As it should have been")
    with refused_by("pgtrigger: Cannot"):
        rows.delete()
    for statement in (
        "UPDATE commitments_progressupdate SET reported_on = '2020-01-01' WHERE id = %s",
        "DELETE FROM commitments_progressupdate WHERE id = %s",
    ):
        with refused_by("pgtrigger: Cannot"), connection.cursor() as cursor:
            cursor.execute(statement, [update.pk])
    assert rows.get().what_changed_en == "As it was"


def test_a_pledge_with_what_hangs_on_it_cannot_be_deleted():
    milestone = MilestoneFactory()
    with pytest.raises(Exception, match="protected"):
        milestone.pledge.delete()

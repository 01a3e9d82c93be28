"""Two people, one text: every form that edits what is there, each with two writers. No word is lost without a word.

The tables name every form of the portal; one that is in none of them fails the first tests.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.urls import reverse

from digests.models import NextIssue
from members.editing.guarded_admin import GuardedAdmin
from members.models import Region, User
from practices.models import DeskSettings, ModerationRules, ReasonTemplate, Revision
from practices.writing.forms import FORMS
from tests.factories import (
    CommitmentFactory,
    EndorsementFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
    moderators_group,
)
from tests.forms import HARMLESS, fields_of
from tests.members.editing.test_second_writers import address_of, admin_fields
from tests.turns import in_turn

pytestmark = pytest.mark.django_db

APPS = ("commitments", "digests", "members", "practices", "scn_portal")


@dataclass(frozen=True)
class Form:
    """An editing form: its view, its address in the `world`, the field that two change, to what, and what is kept."""

    view: str
    address: Callable[[dict], str]
    field: str
    mine: str
    theirs: str
    kept: Callable[[dict], Any]
    of_staff: bool = False


def _reload(world: dict, name: str, field: str) -> Any:
    row = world[name]
    row.refresh_from_db()
    return getattr(row, field)


def _of_draft(slug: str, field: str, mine: str = "Mine.", theirs: str = "Theirs.", column: str = "") -> Form:
    return Form(
        "practices.views.writing.practice_task",
        lambda world: f"/en/my-city/practices/{world['draft'].practice_id}/edit/{slug}/",
        field, mine, theirs, lambda world: str(_reload(world, "draft", column or field)),
    )  # fmt: skip


WITH_A_ROW = {
    "pledge": Form(
        "commitments.views.writing.pledge_edit", lambda world: f"/en/my-city/pledges/{world['pledge'].pk}/edit/",
        "description_en", "Mine.", "Theirs.", lambda world: _reload(world, "pledge", "description_en"),
    ),
    "result": Form(
        "commitments.views.writing.pledge_close", lambda world: f"/en/my-city/pledges/{world['done'].pk}/result/",
        "lessons_en", "Mine.", "Theirs.", lambda world: _reload(world, "done", "lessons_en"),
    ),
    "milestone": Form(
        "commitments.views.writing.milestone_edit", lambda world: f"/en/my-city/milestones/{world['milestone'].pk}/",
        "title_en", "Mine", "Theirs", lambda world: _reload(world, "milestone", "title_en"),
    ),
    "essentials": _of_draft("essentials", "summary_en"),
    "story": _of_draft("story", "approach_en"),
    "results": _of_draft("results", "results_en"),
    "learning": _of_draft("learning", "lessons_en"),
    "safeguards": _of_draft("safeguards", "safeguards_en"),
    "audience": _of_draft("audience", "themes_other_en", "Mine", "Theirs"),
    "sources": _of_draft("sources", "website", "https://mine.example", "https://theirs.example"),
    "translation": Form(
        "practices.views.writing.practice_translation",
        lambda world: f"/en/my-city/practices/{world['draft'].practice_id}/edit/translation/",
        "title_fr", "Le mien", "Le leur", lambda world: _reload(world, "draft", "title_fr"),
    ),
    "picture": Form(
        "practices.views.pictures.lead_picture_page",
        lambda world: f"/en/my-city/practices/{world['draft'].practice_id}/picture/",
        "picture_credit", "Mine", "Theirs", lambda world: _reload(world, "draft", "picture_credit"),
    ),
    "introduction": Form(
        "digests.staff_views.newsletter_next", lambda world: "/en/desk/newsletter/weekly/",
        "introduction_en", "Mine.", "Theirs.", lambda world: NextIssue.of("weekly").introduction_en, of_staff=True,
    ),
    "ready reason": Form(
        "practices.views.desk.rules.desk_reason", lambda world: reverse("desk_reason", args=[world["reason"].pk]),
        "words_en", "Mine.", "Theirs.", lambda world: _reload(world, "reason", "words_en"), of_staff=True,
    ),
    "settings of the desk": Form(
        "scn_portal.site.desk.agreed.desk_settings", lambda world: reverse("desk_settings"),
        "answer_days", "20", "30", lambda world: str(DeskSettings.load().answer_days), of_staff=True,
    ),
    "profile": Form(
        "members.views.profile.profile", lambda world: reverse("profile"),
        "function", "Mine", "Theirs", lambda world: world["anna"].__class__.objects.get(pk=world["anna"].pk).function,
    ),
}  # fmt: skip
# What another of these would be refused or adds a row of its own, so that there is nothing to overwrite.
WITHOUT_A_ROW = {
    "makes a row of its own": {
        "commitments.views.writing.pledge_new", "commitments.views.writing.milestone_new",
        "practices.views.writing.practice_new", "practices.views.attachments.documents",
        "practices.views.desk.rules.desk_reason_new", "members.views.people.my_city_people",
        "scn_portal.site.desk.staff.staff",
        "scn_portal.site.desk.lost_factors.lost_second_steps", "scn_portal.site.pledges.workspace.pledge_report",
        "practices.views.desk.talking.desk_ask", "practices.views.desk.talking.desk_remark",
        "practices.views.conversation.practice_answer", "scn_portal.site.todo.views.fact_wrong",
    },
    "holds boxes alone; see the test of the rules": {"practices.views.desk.rules.desk_rules"},
    "decides once; see DECISIONS": {
        "practices.views.writing.practice_check", "practices.views.desk.deciding.desk_decide",
        "practices.views.desk.correcting.desk_correct", "practices.views.desk.addressing.desk_address",
        "scn_portal.site.desk.takedown_views.take_down", "scn_portal.site.pledges.workspace.proposed_update",
    },
}  # fmt: skip
# Forms that are no `Editing`: what is chosen in them is said on the page that follows, and no text is in them.
CHOICES = {
    "a choice of one person about themselves": {
        "digests.views.newsletter", "digests.views._preferences", "scn_portal.site.desk.agreed.desk_mails",
        "scn_portal.site.todo.views.reminders",
    },
    "a role, held to the one that the page named: tests/trust/test_focal_points.py": {
        "members.views.people.person_role", "scn_portal.site.cities.people.remove_person",
    },
    "asks before an act that is done once, and says who was faster": {
        "commitments.views.deciding.pledge_take_down", "commitments.views.deciding.update_take_down",
        "commitments.views.deciding.milestone_take_down",
        "commitments.views.deciding._ask_to_restore", "scn_portal.site.pledges.workspace.pledge_publish",
        "practices.views.holds.hold_hand_over", "practices.views.workspace.practice_act",
        "scn_portal.site.desk.concern_views.desk_concern", "scn_portal.site.privacy.desk_views._approval_form",
        "scn_portal.site.privacy.desk_views.desk_erasure_refuse",
    },
    "adds a row": {"scn_portal.site.desk.concern_views.concern"},
}  # fmt: skip
ADMIN_FORMS = {
    "commitments.Pledge": "title_en", "commitments.Declaration": "title_en",
    "commitments.Endorsement": "signatory_name", "members.City": "name_en", "members.Region": "name_en",
    "members.User": "function", "auth.Group": "name", "account.EmailAddress": "verified",
}  # fmt: skip
ADMIN_WITHOUT_WORDS = {
    "practices.Practice": "every field is to read only",
}  # fmt: skip


# --- The tables are whole --------------------------------------------------------------------------------------------


def calls(wanted: Callable[[ast.Call], bool]) -> set[str]:
    """The functions of the portal, by their dotted names, in which a call is made that `wanted` knows."""
    found = set()
    for path in (path for app in APPS for path in (settings.BASE_DIR / app).rglob("*.py")):
        module = ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
        for function in (node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)):
            if any(isinstance(node, ast.Call) and wanted(node) for node in ast.walk(function)):
                found.add(f"{module}.{function.name}")
    return found


def is_editing(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "Editing"


def reads_what_was_sent(call: ast.Call) -> bool:
    """Whether it makes a form of `request.POST`."""
    name = getattr(call.func, "id", "")
    arguments = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "data")]
    sent = [node for argument in arguments for node in ast.walk(argument)]
    is_sent = any(isinstance(node, ast.Attribute) and node.attr == "POST" for node in sent)
    return is_sent and (name.endswith("Form") or name == "_form_of")


def test_every_editing_form_is_in_a_table():
    listed = {form.view for form in WITH_A_ROW.values()} | set().union(*WITHOUT_A_ROW.values())
    assert calls(is_editing) == listed
    assert {name for name, form in WITH_A_ROW.items() if form.view.endswith("practice_task")} == FORMS.keys()


def test_every_other_form_is_listed_with_a_reason():
    assert calls(reads_what_was_sent) == set().union(*CHOICES.values())


def test_every_form_of_the_admin_is_guarded_or_listed_with_a_reason(rf):
    request = rf.get("/")
    request.user = User(is_active=True, is_staff=True, is_superuser=True)
    to_change = {
        model._meta.label: site for model, site in admin.site._registry.items() if site.has_change_permission(request)
    }
    assert to_change.keys() == ADMIN_FORMS.keys() | ADMIN_WITHOUT_WORDS.keys()
    assert {
        name for name, site in to_change.items() if not isinstance(site, GuardedAdmin)
    } == ADMIN_WITHOUT_WORDS.keys()


# --- Two writers -----------------------------------------------------------------------------------------------------


@pytest.fixture
def world() -> dict:
    """A city with one of everything that is edited; Anna and Ben may edit all of it, for the city or as staff."""
    pledge = PledgeFactory(title_en="A pledge", description_en="Before.")
    city = pledge.city
    draft = RevisionFactory(practice__city=city, summary_en="Before.")
    pictured = {"picture_width": 9, "picture_height": 9, "picture_alt_en": "A square", "picture_credit": "Before"}
    Revision.objects.filter(pk=draft.pk).update(picture="pictures/a.jpg", **pictured)
    reason = dict.fromkeys(("title_en", "title_fr", "words_en", "words_fr"), "Before")
    ModerationRules.objects.get_or_create(only=True)
    NextIssue.of("weekly")
    return {
        "anna": acting_for(city, name="Anna"), "ben": acting_for(city, name="Ben"), "city": city, "pledge": pledge,
        "done": PledgeFactory(city=city, status="done", result_en="R", degree_of_change="full", lessons_en="Before."),
        "milestone": MilestoneFactory(pledge=pledge, title_en="Before"), "draft": draft,
        "reason": ReasonTemplate.objects.create(verbs=["reject"], **reason),
        "staff": [ModeratorFactory(name=name, is_superuser=True) for name in ("Anna", "Ben")],
    }  # fmt: skip


@pytest.mark.parametrize(("group", "names"), in_turn(["forms"], sorted(WITH_A_ROW), of=4))
def test_the_second_writer_overwrites_nothing_and_sees_both_texts(client, world, group, names):
    for name in names:
        form = WITH_A_ROW[name]
        address = form.address(world)
        anna, ben = world["staff"] if form.of_staff else (world["anna"], world["ben"])
        if name == "profile":
            ben = anna  # in another tab
        client.force_login(anna)
        mine = fields_of(client.get(address)) | {form.field: form.mine}
        client.force_login(ben)
        assert client.post(address, fields_of(client.get(address)) | {form.field: form.theirs}).status_code == 302, name
        assert form.kept(world) == form.theirs, name
        client.force_login(anna)
        page = client.post(address, mine)
        assert (name, page.status_code, form.kept(world)) == (name, 200, form.theirs)
        (difference,) = page.context["editing"].differences
        assert (difference.field.name, difference.take) == (form.field, ""), name
        assert difference.theirs in page.text, name
        assert difference.yours in page.text, name
        assert form.mine in str(fields_of(page)[form.field]), name
        # Gone away from here and come back: the words are still there, and are compared again.
        again = client.post(address, fields_of(client.get(address)))
        assert again.context["editing"].differences, name
        assert client.post(address, fields_of(again) | {f"take-{form.field}": "yours"}).status_code == 302, name
        assert form.kept(world) == form.mine, name


def test_of_two_who_change_different_rules_the_second_sees_what_the_first_did(client, world):
    address, (anna, ben) = reverse("desk_rules"), world["staff"]
    client.force_login(anna)
    mine = fields_of(client.get(address)) | {"needs_both_languages": "on"}
    client.force_login(ben)
    client.post(address, fields_of(client.get(address)) | {"shows_names": "on"})
    client.force_login(anna)
    differences = client.post(address, mine).context["editing"].differences
    assert {each.field.name: each.take for each in differences} == {
        "needs_both_languages": "yours", "shows_names": "theirs",
    }  # fmt: skip
    assert ModerationRules.current().shows_names


@pytest.mark.parametrize(("group", "names"), in_turn(["admin"], sorted(ADMIN_FORMS), of=4))
def test_the_second_writer_in_the_admin_overwrites_nothing_and_keeps_what_they_typed(client, world, group, names):
    CommitmentFactory(), EndorsementFactory()
    rows = {
        "commitments.Pledge": world["pledge"], "members.City": world["city"], "members.Region": Region.objects.first(),
        "members.User": world["anna"], "auth.Group": moderators_group(),
        "account.EmailAddress": world["anna"].emailaddress_set.get(),
        "commitments.Declaration": world["pledge"].commitment.declaration,
        "commitments.Endorsement": EndorsementFactory._meta.model.objects.first(),
    }  # fmt: skip
    one, other = (UserFactory(is_staff=True, is_superuser=True, name=name) for name in ("Dora", "Carl"))
    for name in names:
        row, field = rows[name], ADMIN_FORMS[name]
        address = address_of(row)
        is_box = field == "verified"
        client.force_login(one)
        mine = admin_fields(client.get(address)) | {field: "on" if is_box else "Of the first"}
        client.force_login(other)
        theirs = admin_fields(client.get(address)) | {field: "Of the second"}
        if is_box:
            del theirs[field]
        answer = client.post(address, theirs)
        assert answer.status_code == 302, (name, answer.context["errors"])
        client.force_login(one)
        page = client.post(address, mine)
        row.refresh_from_db()
        kept = getattr(row, field)
        assert (name, page.status_code, kept) == (name, 200, False if is_box else "Of the second")
        assert "changed this since you opened it" in page.text, name
        assert is_box or 'value="Of the first"' in page.text, name


DECISIONS = {
    "submitting": ("practice_check", "note", HARMLESS, False),
    "deciding": ("desk_decide", "reason", {}, True),
    "correcting": ("desk_correct", "reason", {"summary_en": "Corrected."}, True),
    "taking down": ("take_down", "reason", {}, True),
}


def decision(name: str, world: dict) -> str:
    match name:
        case "submitting":
            return reverse("practice_check", args=[RevisionFactory(practice__city=world["city"]).practice_id])
        case "deciding":
            return reverse("desk_decide", args=[RevisionFactory(status="submitted").pk, "send_back"])
        case "correcting":
            return reverse("desk_correct", args=[RevisionFactory(status="submitted").pk])
        case _:
            return reverse("take_down", args=["pledge", PledgeFactory().pk])


@pytest.mark.parametrize("name", DECISIONS)
def test_whoever_decides_second_decides_nothing_and_keeps_every_word(client, world, name):
    _view, field, typed, by_staff = DECISIONS[name]
    address = decision(name, world)
    people = [ModeratorFactory(), ModeratorFactory()] if by_staff else [world["anna"], world["ben"]]
    forms = []
    for number, person in enumerate(people):
        client.force_login(person)
        forms.append(fields_of(client.get(address)) | typed | {field: f"Words of number {number}."})
    client.force_login(people[0])
    assert client.post(address, forms[0]).status_code == 302
    client.force_login(people[1])
    page = client.post(address, forms[1])
    assert page.status_code == 200
    assert "Words of number 1." in page.text
    assert page.context["form"].errors


def test_the_words_of_a_pledge_that_were_saved_on_an_older_status_leave_the_status_alone(client, world):
    pledge = world["pledge"]
    client.force_login(world["anna"])
    address = WITH_A_ROW["pledge"].address(world)
    mine = fields_of(client.get(address)) | {"description_en": "Mine."}
    report = f"/en/my-city/pledges/{pledge.pk}/report/"
    client.post(report, fields_of(client.get(report)) | {"status": "done", "what_changed_en": "It is done."})
    assert client.post(address, mine).status_code == 302
    pledge.refresh_from_db()
    assert (pledge.status, pledge.description_en) == ("done", "Mine.")

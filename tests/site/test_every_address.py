"""Every address of the portal is in a walk: those that ask for a sign-in by role here, the public ones in
`tests/journeys/addresses.py`. The rest is listed with the reason why it has a test of its own."""

from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.urls import Resolver404, URLResolver, get_resolver, resolve, reverse

from commitments import pledges
from commitments.models import ProgressUpdate, UpdateDocument
from members import corrections, proposals
from members.models import Role
from practices.models import Revision
from scn_portal.site.privacy import erasing
from tests.factories import (
    SMALL_PDF,
    AttachmentFactory,
    CityFactory,
    InvitationFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RestoreRequestFactory,
    RevisionFactory,
    UpdateDocumentFactory,
    acting_for,
    staff_for_cities,
)
from tests.journeys.addresses import BARE, PUBLIC

V, E, F, S = "viewer", "editor", "focal point", "staff"
WRITE, ALL_OF_CITY = {E, F}, {V, E, F}
ANYBODY = {"stranger", V, E, F, S}
ROLES = ("nobody", "stranger", V, E, F, S)

# --- The walk: address × role, by hand. The path arguments name what `world` holds. Who is not named finds nothing. ---

READ = {
    "my_city": ([], ANYBODY),
    "my_city_of": (["city"], ALL_OF_CITY),
    "my_city_people": (["city"], {F, S}),
    "remove_person": (["colleague"], {F, S}),
    "person_role": (["colleague"], {F, S}),
    "withdraw_invitation": (["invitation"], {F, S}),
    "fact_wrong": (["city", "region"], WRITE),
    "profile": ([], ANYBODY),
    "second_step": ([], ANYBODY),
    "reminders": ([], ANYBODY),
    "newsletter_of_account": ([], ANYBODY),
    "my_data": ([], ANYBODY),
    "my_data_page": ([], ANYBODY),
    "my_data_file": ([], ANYBODY),
    "erase_me": ([], ANYBODY),
    "editing_signed_in": ([], ANYBODY),
    "pledge_new": (["city"], WRITE),
    "pledge_workspace": (["pledge"], WRITE),
    "pledge_edit": (["pledge"], WRITE),
    "pledge_close": (["done"], WRITE),
    "pledge_publish": (["draft"], WRITE),
    "pledge_report": (["pledge"], WRITE),
    "pledge_take_down": (["pledge"], WRITE),
    "pledge_restore": (["down"], WRITE),
    "pledge_delete": (["draft"], WRITE),
    "milestone_new": (["pledge"], WRITE),
    "milestone_edit": (["milestone"], WRITE),
    "milestone_delete": (["milestone"], WRITE),
    "milestone_take_down": (["milestone"], WRITE),
    "update_take_down": (["update"], WRITE),
    "update_restore": (["update_down"], WRITE),
    "update_document": (["pledge", "key", "filename"], {"nobody", *ANYBODY}),
    "update_document_preview": (["update_document"], WRITE),
    "proposed_update": (["proposal"], WRITE),  # the city has no sign-off: with it, tests/site/test_sign_off.py
    "practice_new": (["city"], WRITE),
    "practice_workspace": (["practice"], ALL_OF_CITY),
    "practice_edit": (["practice"], WRITE),
    "practice_task": (["practice", "story"], WRITE),
    "practice_translation": (["practice"], WRITE),
    "practice_check": (["practice"], WRITE),
    "practice_documents": (["practice"], WRITE),
    "practice_preview": (["revision"], ALL_OF_CITY),
    "practice_act": (["submitted", "withdraw"], WRITE),
    "document_preview": (["document"], ALL_OF_CITY),
    "document_remove": (["document"], WRITE),
    "lead_picture_page": (["practice"], WRITE),
    "lead_picture_preview": (["revision"], ALL_OF_CITY),
    "desk": ([], {S}),
    "desk_revision": (["submitted"], {S}),
    "desk_decide": (["submitted", "send_back"], {S}),
    "desk_ask": (["submitted"], {S}),
    "desk_remark": (["submitted"], {S}),
    "desk_correct": (["submitted"], {S}),
    "desk_address": (["published"], {S}),
    "hold_hand_over": (["submitted"], {S}),
    "desk_with_cities": ([], {S}),
    "desk_decided": ([], {S}),
    "desk_pledges": ([], {S}),
    "desk_pledge": (["pledge"], {S}),
    "desk_translations": ([], {S}),
    "desk_cities": ([], {S}),
    "desk_city": (["city"], {S}),
    "desk_city_history": (["city"], {S}),
    "desk_person_history": (["person"], {S}),
    "desk_figures": ([], {S}),
    "desk_search": ([], {S}),
    "desk_patrol": ([], {S}),
    "desk_concerns": ([], {S}),
    "desk_erasures": ([], {S}),
    "desk_erasure": (["erasure"], {S}),
    "desk_erasure_approve": (["erasure"], {S}),
    "desk_erasure_refuse": (["erasure"], {S}),
    "desk_reasons": ([], {S}),
    "desk_reason_new": ([], {S}),
    "desk_rules": ([], {S}),
    "desk_settings": ([], {S}),
    "desk_staff": ([], {S}),
    "lost_second_steps": ([], {S}),
    "desk_mails": ([], {S}),
    "cities_desk": ([], {S}),
    "newsletter_desk": ([], {S}),
    "newsletter_next": (["weekly"], {S}),
    "newsletter_send": (["weekly"], {S}),
}
DO = {
    "city_confirm": (["city"], WRITE),
    "people_confirm": (["city"], {F, S}),
    "sign_off": (["city"], {F}),
    "city_second_step": (["city"], {F}),
    "second_step_later": ([], ANYBODY),
    "send_invitation_again": (["invitation"], {F, S}),
    "pledge_propose": (["draft"], WRITE),
    "milestone_reach": (["milestone"], WRITE),
    "proposed_update_discard": (["proposal"], WRITE),
    "practice_similar": (["city"], WRITE),
    "practice_propose": (["practice"], WRITE),
    "practice_revise": (["published"], WRITE),
    "lead_picture_remove": (["practice"], WRITE),
    "markdown_preview": ([], ANYBODY),
    "erase_me_not": ([], ANYBODY),
    "correction_decide": (["correction"], {S}),
    "restore_decide": (["request"], {S}),
}
ELSEWHERE = {
    "a page of the desk that needs more, in test_desk_access.py, tests/site/desk/ and tests/practices/": {
        "desk_link", "desk_submitted", "desk_reason", "desk_reason_delete", "desk_concern", "patrol_tick", "hold_take",
        "hold_release", "take_down", "take_down_restore", "staff_invitation_withdraw",
        "staff_invitation_again", "practice_answer", "lost_second_step_decide",
    },
    "a form whose words are kept, in tests/members/editing/": {"editing_keep", "editing_leave", "editing_discard"},
    "with a token instead of a sign-in, in test_invitations.py and tests/digests/": {
        "invitation", "newsletter_confirm", "newsletter_unsubscribe", "newsletter_preferences",
    },
    "a page that needs an issue, a pledge or a draft of its own, in test_issues.py and test_pledge_page.py": {
        "newsletter_issue", "pledge_detail",
    },
    "no page but a file, in tests/site/": {
        "practice_feed", "city_feed", "commitment_feed", "changes_feed", "calendar", "city_calendar",
        "commitment_calendar", "picture", "city_picture", "practice_picture", "commitment_picture", "city_badge",
        "download", "datapackage_json", "data_package", "catalogue", "city_map", "chart_csv", "chart_svg", "city_pdf",
        "practice_pdf", "document", "lead_picture", "robots", "sitemap_index", "sitemap",
    },
    "of a file that is being made, in test_made_files.py": {"file_waiting"},
    "for machines, in test_health.py and test_home.py": {"root", "healthz", "readyz", "taken_down"},
}  # fmt: skip
# Whole parts: the API has walks of its own, the admin and the pages of accounts are other people's code.
PARTS = ("api", "en/accounts/", "en/admin/", "webhooks/", "dev/")


def names(resolver: URLResolver, before: str = "") -> dict[str, str]:
    """The address of each name, without those of PARTS."""
    found = {}
    for pattern in resolver.url_patterns:
        address = f"{before}{pattern.pattern}".removeprefix("^")
        if address.startswith(PARTS):
            continue
        if isinstance(pattern, URLResolver):
            found |= names(pattern, address)
        else:
            found[pattern.name] = address
    return found


def public_names() -> set[str]:
    found = set()
    for address in (*PUBLIC["en"], *BARE["en"]):
        try:
            found.add(resolve(urlsplit(address).path).url_name)
        except Resolver404:
            pass
    return found


def test_every_address_is_in_a_walk_or_listed_with_a_reason():
    listed = {name for those in ELSEWHERE.values() for name in those}
    walked = public_names() | READ.keys() | DO.keys()
    ours = names(get_resolver())
    assert not {name: address for name, address in ours.items() if name not in walked | listed}
    assert not listed & walked
    assert not {name for name in listed | READ.keys() | DO.keys() if name not in ours}


@pytest.fixture
def world(db) -> dict:
    """One of each thing, in one city; the colleague has a role there too."""
    city = CityFactory()
    by = acting_for(city)
    pledge, draft = PledgeFactory(city=city), PledgeFactory(city=city, published_at=None)
    down = pledges.take_down(PledgeFactory(city=city), reason="A name.", by=by)
    update_down = pledges.take_down(ProgressUpdateFactory(pledge=pledge), reason="A name.", by=by)
    revision = RevisionFactory(practice__city=city, author=by)
    pictured = {"picture_width": 9, "picture_height": 9, "picture_alt_en": "A square", "picture_credit": "The city"}
    Revision.objects.filter(pk=revision.pk).update(picture=picture(revision), **pictured)
    submitted = RevisionFactory(practice__city=city, author=by, status="submitted")
    proposal = proposals.propose(f"update:{pledge.pk}", city=city, by=by, fields={"status": "under_way"})
    correction = corrections.report(city=city, fact="population", by=by, value=5, source="A census")
    rows = {
        "pledge": pledge, "draft": draft, "down": down, "done": PledgeFactory(city=city, status="done"),
        "milestone": MilestoneFactory(pledge=pledge), "update": ProgressUpdateFactory(pledge=pledge),
        "update_down": update_down, "proposal": proposal, "correction": correction,
        "request": RestoreRequestFactory(pledge=down, by=by), "invitation": InvitationFactory(city=city),
        "colleague": (colleague := acting_for(city, Role.EDITOR)).memberships.get(), "person": colleague,
        "practice": revision.practice,
        "revision": revision, "submitted": submitted, "document": AttachmentFactory(revision=revision),
        "published": RevisionFactory(practice__city=city, status="published").practice,
        "erasure": erasing.ask(acting_for(city, Role.VIEWER)),
    }  # fmt: skip
    file = document_of(rows["update"])
    words = {"city": city.slug, "row of the city": city, "key": file.key, "filename": file.filename}
    return {name: row.pk for name, row in rows.items()} | {"update_document": file.pk} | words


def document_of(update: ProgressUpdate) -> UpdateDocument:
    """A document of an update, whose file is there."""
    document = UpdateDocumentFactory.build(pledge=update.pledge, update_row=update, by=update.author)
    document.file.save("report.pdf", ContentFile(SMALL_PDF), save=False)
    document.save()
    return document


def picture(revision: Revision) -> str:
    """The name of a file that is there."""
    revision.picture.save("picture.jpg", ContentFile(b"no real picture"), save=False)
    return revision.picture.name


def user_of(role: str, city):
    match role:
        case "stranger":
            return acting_for(CityFactory())
        case "staff":
            staff = staff_for_cities()
            staff.groups.add(*ModeratorFactory().groups.all())
            return staff
    return acting_for(city, Role(role.replace(" ", "_")))


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reads_what_the_table_says(client, world, role):
    if role != "nobody":
        client.force_login(user_of(role, world["row of the city"]))
    for name, (arguments, allowed) in READ.items():
        answer = client.get(reverse(name, args=[world.get(each, each) for each in arguments]))
        if answer.streaming:
            list(answer.streaming_content)  # a file, which is closed at its end
        elif answer.status_code == 200 and name != "my_data_file":
            assert 'href="/en/guide/"' in answer.text, name
            assert "---------" not in answer.text, name  # what is not chosen yet has words of its own
            # Whoever is signed in is not asked to do so.
            assert 'href="/en/accounts/login/"' not in answer.text, name
        if role in allowed:
            assert answer.status_code == 200 or (name in LEADS_ON and answer.status_code == 302), (role, name, answer)
        elif role == "nobody":
            assert answer.status_code == 302, (role, name)
            assert "/accounts/login/" in answer.url, (role, name)
        else:
            assert answer.status_code == 404, (role, name, answer.status_code)


# Whoever acts for one city is led to it; whoever has no newsletter to ask for it; the password is asked for again.
LEADS_ON = {"my_city", "newsletter_of_account", "my_data_page", "my_data_file", "erase_me"}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_does_what_the_table_says_and_nothing_by_get(client, world, role):
    if role != "nobody":
        client.force_login(user_of(role, world["row of the city"]))
    for name, (arguments, allowed) in DO.items():
        address = reverse(name, args=[world.get(each, each) for each in arguments])
        if role != "nobody":
            assert client.get(address).status_code in (404, 405), (role, name)
        if role in allowed:
            continue  # done in the tests of each
        answer = client.post(address)
        if role == "nobody":
            assert "/accounts/login/" in answer.url, (role, name)
        else:
            assert answer.status_code == 404, (role, name, answer.status_code)

"""The sample content of the demo: sourced facts, in both languages, loaded once."""

import json
import re

import pytest
from django.core.management import CommandError, call_command

from commitments.loading import DATA, STATUSES, load_declaration
from commitments.models import Pledge
from members.city_csv import import_cities
from practices.loading import FILE, load_sample_practices
from practices.models import Practice, Revision
from scn_portal.demo.accounts import create_demo_accounts
from scn_portal.demo.workspace import STAGED, stage_versions
from tests.factories import ModeratorFactory, UserFactory
from tests.members.test_city_csv import REAL

pytestmark = pytest.mark.django_db

PRACTICES = json.loads(FILE.read_text())
PLEDGES = json.loads((DATA / "pledges.json").read_text())
STEPS = json.loads((DATA / "steps.json").read_text())


@pytest.fixture(scope="module")
def moderator(kept_rows):
    """Who publishes, with the Declaration and the cities there."""
    load_declaration()
    import_cities(REAL.read_bytes())
    return ModeratorFactory(email="moderator@example.org")


@pytest.mark.slow
def test_all_of_it_is_published_with_its_sources_and_loading_it_again_changes_nothing(moderator, capsys, client):
    call_command("load_sample_content", moderator="Moderator@example.org")
    steps = sum(len(row["milestones"]) + len(row["updates"]) for row in STEPS)
    first = f"{len(PLEDGES)} new pledges\n{steps} new milestones and updates\n{len(PRACTICES)} new practices\n"
    assert capsys.readouterr().out == first
    assert Practice.objects.published().count() == len(PRACTICES)
    assert not Revision.objects.filter(sources=[]).exists()
    assert not Pledge.objects.filter(sources=[]).exists()
    assert set(Revision.objects.values_list("transitions__by", flat=True)) == {moderator.pk}

    before = list(Revision.objects.order_by("pk").values()), list(Pledge.objects.order_by("pk").values())
    call_command("load_sample_content", moderator="moderator@example.org")
    assert capsys.readouterr().out == "0 new pledges\n0 new milestones and updates\n0 new practices\n"
    assert (list(Revision.objects.order_by("pk").values()), list(Pledge.objects.order_by("pk").values())) == before

    for practice in Practice.objects.published():
        for address in (f"/en/practices/{practice.slug}/", f"/fr/pratiques/{practice.slug}/"):
            page = client.get(address)
            assert page.status_code == 200
            for source in practice.live.sources:
                assert f'href="{source.replace("&", "&amp;")}"' in page.text


@pytest.mark.slow
def test_it_is_whole_in_both_languages_names_nobody_s_address_and_tells_who_learned_from_whom(moderator):
    call_command("load_sample_content", moderator=moderator.email)
    for row in (*Revision.objects.all(), *Pledge.objects.all()):
        assert row.title_en
        assert row.title_fr
    assert not Revision.objects.filter(website__contains="@").exists()
    assert not Revision.objects.filter(themes=[]).exists()
    evaluated = Revision.objects.exclude(evaluation="").values_list("practice__city__name_en", "evaluation")
    assert set(evaluated) == {("London", "external"), ("Kumanovo", "external")}
    adapted = Revision.objects.filter(adapted_from__isnull=False)
    assert set(adapted.values_list("practice__city__name_en", "adapted_from__city__name_en")) == {
        ("Strasbourg", "Montréal"), ("Kumanovo", "Tripoli"),
    }  # fmt: skip
    inspired = Revision.objects.exclude(inspired_by_fr="").values_list("practice__city__name_en", flat=True)
    assert set(inspired) == {"Kumanovo", "Tripoli"}


@pytest.mark.slow
def test_steps_of_pledges_have_only_dates_of_the_pledge_and_leave_its_status(moderator):
    call_command("load_sample_content", moderator=moderator.email)
    statuses = {(row["city"], row["title_en"]): STATUSES[row["status"]] for row in PLEDGES}
    for row in STEPS:
        given = next(each for each in PLEDGES if (each["city"], each["title_en"]) == (row["city"], row["title_en"]))
        years = set(re.findall(r"\d{4}", f"{given['description_en']} {given['adopted']}"))
        for step in (*row["milestones"], *row["updates"]):
            day = step.get("on") or step["due"]
            texts = " ".join(value for name, value in step.items() if name.endswith(("_en", "_fr")))
            assert set(re.findall(r"\d{4}", f"{day} {texts}")) <= years, step
            assert len(day) < 10 or day == given["adopted"], step
        pledge = Pledge.objects.get(city__name_en=row["city"], title_en=row["title_en"])
        assert pledge.status == statuses[row["city"], row["title_en"]]
        assert all(
            set(each.evidence) <= set(pledge.sources) for each in (*pledge.milestones.all(), *pledge.updates.all())
        )


@pytest.mark.parametrize("email", ["official@example.org", "nobody@example.org"])
def test_only_a_moderator_publishes(moderator, email):
    UserFactory(email="official@example.org", is_staff=True)
    with pytest.raises(CommandError, match="is not the address of a moderator"):
        call_command("load_sample_content", moderator=email)
    assert not Practice.objects.exists()


def test_the_demo_shows_new_versions_in_every_state_and_only_words_of_the_sample(moderator):
    load_sample_practices(moderator=moderator)
    create_demo_accounts()
    assert [stage_versions(moderator=moderator), stage_versions(moderator=moderator)] == [len(STAGED), 0]
    newest = {each.city: Practice.objects.get(city__slug=each.city).newest for each in STAGED}
    assert {city: str(revision.status) for city, revision in newest.items()} == {
        each.city: str(each.status) for each in STAGED
    }
    for revision in newest.values():
        assert revision.practice.live.number == 1  # what is public stays public
        for code in ("en", "fr"):
            claim = getattr(revision, f"claim_{code}").removesuffix(".")
            assert claim or code == "fr"  # some first sentences are too long in French
            assert claim in getattr(revision.practice.live, f"summary_{code}")

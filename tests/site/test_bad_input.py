"""Nothing that a stranger sends makes a public page fail."""

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from commitments.forms import MilestoneForm, PledgeForm, ProgressUpdateForm
from commitments.loading import load_declaration
from commitments.models import Milestone, Pledge
from practices.models import Revision
from practices.writing.forms import RevisionForm
from scn_portal.base.forms import AddressesField
from tests.factories import (
    CityFactory,
    DeclarationFactory,
    EndorsementFactory,
    PledgeFactory,
    RevisionFactory,
    acting_for,
)
from tests.turns import in_turn

pytestmark = pytest.mark.django_db

LISTS = [
    "/en/cities/",
    "/fr/villes/",
    "/en/practices/",
    "/fr/pratiques/",
    "/en/commitments/4/",
    "/en/matrix/",
    "/fr/recherche/",
    "/en/newsletter/",
    "/en/",
]
PAGED = ["/en/cities/", "/fr/villes/", "/en/practices/", "/fr/pratiques/", "/en/commitments/4/", "/en/matrix/"]
VALUES = [
    "", " ", "-1", "0", str(10**9), "9" * 400, "1.5", "NaN", "\0", "a\0b", "x" * 10_000, "é" * 5_000, "\u202e\ufeff",
    "' OR 1=1 --", "%'; DROP TABLE members_city; --", "\\", "%_%", "<script>alert(1)</script>", "{{ 7|add:7 }}",
    "{% now %}", "../../etc/passwd", "😀", "[", "*", "(" * 500,
]  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _some_content(kept_rows):
    load_declaration()
    city = CityFactory(name_en="Testford")
    PledgeFactory(city=city)
    RevisionFactory(practice__city=city, status="published")


@pytest.mark.parametrize(("address", "values"), in_turn(LISTS, VALUES))
@pytest.mark.parametrize(
    "names",
    [
        ["q", "region", "country", "commitment"],
        ["page"],
        # Each alone as well, so that one that is refused hides none of the others.
        *(pytest.param([name], marks=pytest.mark.soak) for name in ("q", "region", "country", "commitment")),
    ],
)
def test_no_value_of_a_question_makes_a_list_fail(client, address, values, names):
    for value in values:
        response = client.get(address, dict.fromkeys(names, value), follow=True)
        is_lost = names == ["page"] and value and address in PAGED  # a page that there is not
        assert response.status_code == (404 if is_lost else 200), value
        assert "<script>alert" not in response.text
        assert "{{ 14 }}" not in response.text


@pytest.mark.parametrize("address", LISTS)
def test_a_query_that_is_not_utf_8_is_read_as_well_as_it_goes(client, address):
    for query in ("q=%FF%FE", "q=%ED%A0%80", "%FF=%FF", "q=a&q=b&q=%00", "page=%C0%AF", "&&&=&=", "q"):
        is_lost = query.startswith("page") and address in PAGED
        assert client.get(f"{address}?{query}", follow=True).status_code == (404 if is_lost else 200), query


@pytest.mark.parametrize(
    "address",
    [
        "/en/cities/nowhere/", "/en/cities/%FF/", "/en/cities/%00/", "/en/cities/a%00b/", "/en/cities/<script>/",
        f"/en/cities/{'x' * 10_000}/", "/en/practices/nothing/", "/en/practices/%00/", "/fr/pratiques/%ED%A0%80/",
        "/en/commitments/0/", "/en/commitments/8/", f"/en/commitments/{10**30}/", "/en/commitments/x/",
        "/en/commitments/-1/", "/de/cities/", "/en/villes/", "/fr/cities/", "/.env", "/en/../../etc/passwd",
        "/wp-login.php", "/en/%0d%0aSet-Cookie:x=1/",
    ],
)  # fmt: skip
def test_an_address_that_leads_nowhere_says_so(client, address):
    response = client.get(address)
    assert response.status_code == 404
    assert "<script>" not in response.text
    assert not response.cookies


@pytest.mark.parametrize("address", LISTS[:-2])
def test_a_page_to_read_takes_no_other_method(client, address):
    for method in (client.post, client.put, client.delete, client.patch):
        assert method(address).status_code == 405


# --- What an official sends ------------------------------------------------------------------------------------------

PLEDGE = {"commitment": "1", "title_en": "Train people", "status": "planned"}
PRACTICE = {"title_en": "A practice", "summary_en": "What was done."}
FORMS = [
    ("/en/my-city/{}/pledges/new/", PLEDGE, "lead_department"),
    ("/en/my-city/{}/practices/new/", PRACTICE, "original_name"),
]
ONE_LINE = [
    *((FORMS[0][0], PLEDGE, name) for name in ("title_en", "title_fr", "lead_department", "announced_on")),
    *((FORMS[1][0], PRACTICE, name) for name in ("title_en", "title_fr", "claim_en", "claim_fr", "original_name")),
]
LONG = [
    *((FORMS[0][0], PLEDGE, name) for name in ("description_en", "description_fr")),
    *((FORMS[1][0], PRACTICE, name) for name in ("summary_en", "summary_fr")),
]
BREAKS = ["\n", "\r\n", "\r", "\x07", "\x0b", "\x0c", "\x1b", "\x1c", "\x1e", "\x7f", "\x85", "\u2028", "\u2029"]


@pytest.fixture
def send(client):
    """`send(address, form)`: what an official's form is answered, as the form of the page; nothing is saved of it."""
    commitment = load_declaration().commitments.first()
    city = CityFactory()
    client.force_login(acting_for(city))
    before = Pledge.objects.count(), Revision.objects.count()

    def answer(address, form):
        for name in {"commitment", "commitments"} & form.keys():
            form = form | {name: commitment.pk}
        response = client.post(address.format(city.slug), form)
        assert response.status_code == 200, "the form was taken"
        assert (Pledge.objects.count(), Revision.objects.count()) == before
        return response

    return answer


@pytest.mark.parametrize(("address", "form", "name"), ONE_LINE)
def test_a_text_of_one_line_takes_no_other_line(send, address, form, name):
    for mark in BREAKS:
        typed = f"Words{mark}more"
        errors = send(address, form | {name: typed}).context["form"].errors
        assert "Write this on one line, without line breaks." in errors[name], repr(mark)
        assert list(errors) == [name]


@pytest.mark.parametrize(("address", "form", "name"), LONG)
def test_no_text_is_without_measure(send, address, form, name):
    errors = send(address, form | {name: "é" * 20_001}).context["form"].errors
    assert errors == {name: ["20,001 characters; at most 20,000."]}


@pytest.mark.parametrize("form_class", [PledgeForm, ProgressUpdateForm, MilestoneForm, RevisionForm])
def test_every_text_of_every_form_has_a_measure(form_class):
    form = form_class(pledge=Pledge()) if form_class is ProgressUpdateForm else form_class()
    texts = [field for field in form.fields.values() if isinstance(field, forms.CharField)]
    assert texts
    for field in texts:
        with pytest.raises(ValidationError):
            field.clean("x" * 30_000)


BAD_ADDRESSES = pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("https://a.example/a\0b", "Line 1 is not a web address: “https://a.example/a\ufffdb”."),
        ("https://a.example/\nhttps://\0.example/", "Line 2 is not a web address: “https://\ufffd.example/”."),
        ("\0", "Line 1 is not a web address: “\ufffd”."),
        ("https://a.example/\x1b[0m", "Line 1 is not a web address: “https://a.example/\ufffd[0m”."),
        ("https://a.example/" + "x" * 483, "Line 1 is too long: an address has at most 500 characters."),
        ("x" * 100_000, "Line 1 is too long: an address has at most 500 characters."),
        ("https://a.example/\n" * 51, "Enter at most 50 addresses: there are 51 here."),
        ("http://[abc", "Line 1 is not a web address: “http://[abc”."),
    ],
    ids=["NUL", "NUL in the name", "NUL alone", "escape", "501 characters", "no address", "51", "half a bracket"],
)


@pytest.mark.parametrize(("address", "form", "other_field"), FORMS[:1])
@BAD_ADDRESSES
def test_bad_addresses_have_errors_beside_them_and_nothing_typed_is_lost(
    send, address, form, other_field, typed, message
):
    response = send(address, form | {"sources": typed, other_field: "Kept office"})
    assert response.context["form"].errors == {"sources": [message]}
    assert 'id="id_sources_error"' in response.text
    assert response.context["form"]["sources"].value() == typed
    assert form["title_en"] in response.text
    assert "Kept office" in response.text


@BAD_ADDRESSES
def test_so_have_those_of_a_practice(client, typed, message):
    draft = RevisionFactory()
    client.force_login(acting_for(draft.practice.city))
    website = "https://kept.example/"
    told = client.post(
        f"/en/my-city/practices/{draft.practice_id}/edit/sources/", {"sources": typed, "website": website}
    )
    assert told.context["form"].errors == {"sources": [message]}
    assert 'id="id_sources_error"' in told.text
    assert told.context["form"]["sources"].value() == typed
    assert website in told.text


def test_as_many_addresses_as_allowed_each_as_long_as_allowed():
    longest = "https://a.example/" + "x" * 482
    assert AddressesField().clean("\r\n\r\n".join([longest] * 50)) == [longest] * 50


def test_a_tab_in_a_title_is_no_fault():
    form = MilestoneForm({"title_en": "Pasted\tfrom a table"}, instance=Milestone(pledge=PledgeFactory()))
    assert form.is_valid()


# --- What is stored, and what is no request --------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["http://[abc", "https://]", "http://[::1", "https://a.example:x/"])
def test_a_source_that_is_no_address_is_shown_in_words(client, source):
    city = CityFactory(source=source)
    PledgeFactory(city=city, sources=[source])
    response = client.get(city.get_absolute_url())
    assert response.status_code == 200
    assert source in response.text


def test_the_declarations_a_city_signed_come_in_one_query(client, django_assert_num_queries):
    city = CityFactory()
    for number in range(5):
        EndorsementFactory(city=city, declaration=DeclarationFactory(slug=f"declaration-{number}"))
    with django_assert_num_queries(1):
        assert len([endorsement.declaration.title for endorsement in city.endorsements.with_declaration()]) == 5
    page = client.get(city.get_absolute_url())
    assert page.text.count("https://example.org/proof") == 5


@pytest.mark.parametrize("host", ["evil.example", "[", "a b", "localhost:x", "é"])
@pytest.mark.parametrize(
    ("address", "language"), [("/en/cities/", "en"), ("/", "en"), ("/fr/villes/", "fr"), ("/fr/rien/", "fr")]
)
def test_a_request_to_an_unknown_host_is_refused_on_an_error_page_of_the_portal(settings, host, address, language):
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    for https_only in (False, True):  # the redirection to HTTPS asks for the host before any language is known
        settings.SECURE_SSL_REDIRECT = https_only
        response = Client(raise_request_exception=False).get(address, headers={"host": host})
        assert response.status_code == 400
        assert f'<html lang="{language}">' in response.text
        assert f'href="/{language}/"' in response.text
        assert "css/portal.css" in response.text
        assert not response.cookies


def test_a_form_of_too_many_fields_is_refused_on_an_error_page_of_the_portal(settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 5
    client = Client(raise_request_exception=False)
    with override("fr"):
        address = reverse("newsletter")
    response = client.post(address, {f"field{number}": "x" for number in range(6)})
    assert response.status_code == 400
    assert '<html lang="fr">' in response.text

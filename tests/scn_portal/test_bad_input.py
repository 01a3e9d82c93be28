"""Nothing that a stranger sends makes a public page fail."""

import pytest

from commitments.loading import load_declaration
from tests.factories import CityFactory, PledgeFactory, RevisionFactory

pytestmark = pytest.mark.django_db

LISTS = [
    "/en/cities/",
    "/fr/villes/",
    "/en/practices/",
    "/fr/pratiques/",
    "/en/commitments/4/",
    "/en/newsletter/",
    "/en/",
]
VALUES = [
    "", " ", "-1", "0", str(10**9), "9" * 400, "1.5", "NaN", "\0", "a\0b", "x" * 10_000, "é" * 5_000, "\u202e\ufeff",
    "' OR 1=1 --", "%'; DROP TABLE members_city; --", "\\", "%_%", "<script>alert(1)</script>", "{{ 7|add:7 }}",
    "{% now %}", "../../etc/passwd", "😀", "[", "*", "(" * 500,
]  # fmt: skip


@pytest.fixture(autouse=True)
def _some_content():
    load_declaration()
    city = CityFactory(name_en="Testford")
    PledgeFactory(city=city)
    RevisionFactory(practice__city=city, status="published")


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("name", ["q", "region", "country", "commitment", "page"])
def test_no_value_of_a_question_makes_a_list_fail(client, address, name):
    for value in VALUES:
        response = client.get(address, {name: value})
        assert response.status_code == 200, value
        assert "<script>alert" not in response.text
        assert "{{ 14 }}" not in response.text


@pytest.mark.parametrize("page", ["-1", "0", "x", "", str(10**9)])
def test_a_page_beyond_the_last_is_the_last_and_one_that_is_none_the_first(client, page):
    CityFactory.create_batch(24)
    response = client.get("/en/cities/", {"page": page})
    assert response.context["page"].number == (2 if page in (str(10**9), "-1", "0") else 1)


@pytest.mark.parametrize("query", ["q=%FF%FE", "q=%ED%A0%80", "%FF=%FF", "q=a&q=b&q=%00", "page=%C0%AF", "&&&=&=", "q"])
@pytest.mark.parametrize("address", LISTS)
def test_a_query_that_is_not_utf_8_is_read_as_well_as_it_goes(client, address, query):
    assert client.get(f"{address}?{query}").status_code == 200


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
@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_page_to_read_takes_no_other_method(client, address, method):
    assert getattr(client, method)(address).status_code == 405

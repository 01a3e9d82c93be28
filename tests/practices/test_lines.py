"""Lines stay lines: what was pasted looks the same in the preview, on the public page and on the desk."""

import lxml.html
import pytest
from django.test import Client

from practices.models import Revision
from scn_portal.base.markdown import lists_from_pasted, to_html
from tests.factories import ModeratorFactory, RevisionFactory, acting_for, moved
from tests.forms import submit_practice, write_practice

PARTNERS = "The police\r\nSchools of the district\r\nParents’ council"
WORD = "We meet weekly.\r\n•\tin schools\r\n•\tin clubs\r\n\r\nThen:\r\n1)\tlisten\r\n2)\tanswer\r\nLast line\r\nof all"


@pytest.mark.django_db
def test_partners_and_a_pasted_list_look_the_same_everywhere(client):
    draft = RevisionFactory(title_en="Listening circles")
    client.force_login(acting_for(draft.practice.city))
    write_practice(client, draft, partners_en=PARTNERS, approach_en=WORD)
    submit_practice(client, draft.practice_id)
    desk = Client()
    desk.force_login(ModeratorFactory())
    pages = [
        client.get(f"/en/my-city/revisions/{draft.pk}/preview/"),
        client.get(f"/en/my-city/practices/{draft.practice_id}/"),
        desk.get(f"/en/desk/{draft.pk}/"),
    ]
    moved(Revision.objects.all(), status="published", published_at=draft.created_at)
    pages.append(Client().get(f"/en/practices/{draft.practice.slug}/"))
    for page in pages:
        texts = lxml.html.document_fromstring(page.content).xpath("//div[@class='prose']//div[@lang]")
        prose = [" ".join(lxml.html.tostring(text, encoding="unicode").split()) for text in texts]
        partners = "<ul> <li>The police</li> <li>Schools of the district</li> <li>Parents’ council</li> </ul>"
        assert any(partners in html for html in prose), page.request["PATH_INFO"]
        assert any("<ul> <li>in schools</li> <li>in clubs</li> </ul>" in html for html in prose)
        assert any("<ol> <li>listen</li> <li>answer<br> Last line<br> of all</li> </ol>" in html for html in prose)
    told = Client().get(f"/api/v1/practices/{draft.practice.slug}").json()
    assert told["partners"]["en"] == "- The police\n- Schools of the district\n- Parents’ council"


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("• one\n• two", "- one\n- two"),
        ("– one\n– two", "- one\n- two"),
        ("- one\n- two", "- one\n- two"),
        ("1) one\n2) two", "1. one\n2. two"),
        ("First:\n3) one", "First:\n\n3. one"),
        ("A line\nand another", "A line\nand another"),
        ("In\n2015. We began", "In\n2015. We began"),
        ("**bold** words\n-not a list", "**bold** words\n-not a list"),
        ("— Jane, 17", "— Jane, 17"),
    ],
)
def test_what_word_processors_write_before_an_item_becomes_a_list(pasted, kept):
    assert lists_from_pasted(pasted) == kept
    assert lists_from_pasted(kept) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("One", "One"), ("One\nTwo", "- One\n- Two"), ("One\n\nTwo", "- One\n- Two"), ("- One\n- Two", "- One\n- Two"),
        ("# Head\nTwo", "# Head\nTwo"),
    ],
)  # fmt: skip
def test_lines_of_a_text_that_lists_are_a_list(typed, kept):
    assert lists_from_pasted(typed, each_line=True) == kept


def test_lines_stay_lines_in_what_people_typed_and_texts_of_the_portal_flow():
    assert to_html("one\ntwo", lines=True) == "<p>one<br>\ntwo</p>\n"
    assert to_html("one\ntwo") == "<p>one\ntwo</p>\n"


@pytest.mark.django_db
def test_the_preview_of_one_text_shows_it_as_it_will_look(client):
    client.force_login(acting_for(RevisionFactory().practice.city))
    shown = client.post("/en/my-city/practices/as-it-looks/", {"text": "• **one**\n• <b>two</b>", "language": "en"})
    assert "<li><strong>one</strong></li>" in shown.text
    assert "<b>" not in shown.text
    assert client.get("/en/my-city/practices/as-it-looks/").status_code == 405

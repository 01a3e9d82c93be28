"""A double click: the same form arrives twice at once, on two real connections, and makes one row."""

import pytest
from django.test import Client

from commitments.models import Milestone, Pledge, ProgressUpdate
from members.models import Invitation
from practices.models import Attachment, Practice
from tests.factories import CommitmentFactory, PledgeFactory, RevisionFactory, acting_for
from tests.forms import fields_of
from tests.practices.test_attachments import pdf
from tests.practices.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_form_sent_twice_at_once_makes_one_row():
    pledge = PledgeFactory()
    city, draft = pledge.city, RevisionFactory(practice__city=pledge.city)
    user, commitment = acting_for(city), CommitmentFactory()
    first, second = Client(), Client()
    first.force_login(user)
    second.force_login(user)
    forms = {
        f"{city.slug}/pledges/new/": (Pledge, {"title_en": "Once", "commitment": commitment.pk, "status": "planned"}),
        f"pledges/{pledge.pk}/report/": (ProgressUpdate, {"status": "under_way", "what_changed_en": "It moved."}),
        f"pledges/{pledge.pk}/milestones/new/": (Milestone, {"title_en": "A step"}),
        f"{city.slug}/practices/new/": (Practice, {"title_en": "Once"}),
        f"practices/{draft.practice_id}/documents/": (Attachment, {"title_en": "A report"}),
        f"{city.slug}/people/": (Invitation, {"email": "new@example.org", "role": "editor"}),
    }
    for path, (model, typed) in forms.items():
        address, before = f"/en/my-city/{path}", model.objects.count()
        form = fields_of(first.get(address)) | typed

        def send(browser: Client, address=address, form=form, model=model):
            return browser.post(address, form | ({"file": pdf()} if model is Attachment else {}))

        answers = at_once(lambda: send(first), lambda: send(second))
        assert [getattr(answer, "status_code", answer) for answer in answers] == [302, 302], path
        assert answers[0].url == answers[1].url
        assert model.objects.count() == before + 1, path

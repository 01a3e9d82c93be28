"""The newsletter in the admin: what is erased is forgotten."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests.models import Outcome, Subscription
from tests.factories import SOME_DAY, ConsentFactory, DeliveryFactory, IssueFactory, SubscriptionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client):
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def assert_forgotten(erased: list[Subscription], by) -> None:
    assert not Subscription.objects.exists()
    entries = LogEntry.objects.filter(user=by)
    assert {entry.object_id for entry in entries} == {str(each.pk) for each in erased}
    for entry in entries:
        assert "reader" not in f"{entry.object_repr} {entry.change_message} {entry}"


def test_an_address_that_is_erased_is_not_kept_in_the_log(client, root):
    one = SubscriptionFactory()
    client.post(f"/en/admin/digests/subscription/{one.pk}/delete/", {"post": "yes"})
    assert_forgotten([one], root)


def test_nor_are_several(client, root):
    several = [SubscriptionFactory(), SubscriptionFactory()]
    action = {"action": "delete_selected", "_selected_action": [each.pk for each in several], "post": "yes"}
    client.post("/en/admin/digests/subscription/", action)
    assert_forgotten(several, root)


def test_what_was_agreed_to_is_shown_and_cannot_be_changed(client, root):
    consent = ConsentFactory(statement="I ask for it, in these words.")
    path = f"/en/admin/digests/subscription/{consent.subscription_id}/change/"
    page = client.get(path).text
    assert "I ask for it, in these words." in page
    assert 'name="consents-0-statement"' not in page
    assert client.post(path, {"consents-0-statement": "Other words"}).status_code == 403


def test_the_issues_and_their_numbers_take_the_same_queries_for_one_and_for_three(client, root):
    path, queries = "/en/admin/digests/issue/", []
    for count in (1, 2):
        for issue in IssueFactory.create_batch(count):
            DeliveryFactory.create_batch(2, issue=issue, outcome=Outcome.SENT, mailed_at=SOME_DAY)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(path).text
        queries.append(len(captured))
    assert queries[0] == queries[1]
    assert page.count('<td class="field-sent">2</td>') == 3
    assert page.count('<td class="field-waiting">0</td>') == 3

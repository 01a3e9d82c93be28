"""A request has one id: in its answer, in its log lines, and in those of the tasks and mails that it led to."""

import json
import logging
import re

import pytest
from django.test import Client
from django.utils import timezone

from digests import subscriptions
from scn_portal.base import request_ids
from scn_portal.base.request_ids import JsonFormatter, RequestIdFilter
from tests.celery_worker import LAST_TASK


def id_of(response) -> str:
    return response["X-Request-ID"]


def test_each_answer_has_an_id_of_its_own(client):
    answers = [client.get(path) for path in ("/healthz", "/healthz", "/nothing", "/static/css/portal.css")]
    answers[-1].close()  # the file that it streams
    ids = {id_of(answer) for answer in answers}
    assert len(ids) == 4
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)
    assert request_ids.current() == ""


@pytest.mark.parametrize("proxies", [0, 1])
@pytest.mark.parametrize(
    "given", ["f00d-0123456789abcdef", "short", "a" * 65, "two words-and-more", 'x"}\r\nSet-Cookie: a=b']
)
def test_the_id_of_our_proxy_is_taken_and_that_of_a_stranger_is_not(client, settings, proxies, given):
    settings.TRUSTED_PROXY_COUNT = proxies
    is_taken = proxies == 1 and given == "f00d-0123456789abcdef"
    assert (id_of(client.get("/healthz", headers={"X-Request-ID": given})) == given) == is_taken


def test_lines_of_a_request_have_its_id(caplog, settings):
    caplog.handler.addFilter(RequestIdFilter())
    settings.MAINTENANCE = True
    response = Client().get("/en/")
    assert response.status_code == 503
    (record,) = [record for record in caplog.records if record.name == "django.request"]
    assert record.request_id == id_of(response)


def line(**details) -> dict:
    record = logging.makeLogRecord(
        {"name": "a.logger", "levelname": "INFO", "msg": "said «%s»", "args": ("oui\n{",)} | details
    )
    RequestIdFilter().filter(record)
    written = JsonFormatter().format(record)
    assert "\n" not in written
    return json.loads(written)


def test_a_record_is_one_line_of_json_with_nothing_that_it_carries_besides():
    with request_ids.of("an-id"):
        said = line(request="canary@example.org", data={"args": "canary"})
    assert said["message"] == "said «oui\n{»"
    assert (said["level"], said["logger"], said["request_id"]) == ("INFO", "a.logger", "an-id")
    assert said["time"].startswith(f"{timezone.now():%Y-}")
    assert "canary" not in str(said)


def test_a_traceback_is_part_of_its_line():
    try:
        raise ValueError("wrong")
    except ValueError as error:
        said = line(exc_info=(type(error), error, error.__traceback__))
    assert said["exception"].endswith("ValueError: wrong")


@pytest.mark.slow
def test_a_task_and_its_mail_have_the_id_of_the_request_that_led_to_them(worker, smtp):
    """Through the real broker, a real worker and a real mail server."""
    with request_ids.of("the-request-of-anna"):
        subscriptions.subscribe(
            form="newsletter", email="anna@example.org", language="en", frequency="weekly", topics=[]
        )
    worker.wait_for_line("left, in en", 60)
    worker.wait_until_idle(60)
    lines = [line for line in worker.log if "[the-request-of-anna]" in line]
    assert [line for line in lines if re.search(r": mail \S+ <\S+> left, in en", line)]
    (last,) = [line for line in worker.log if LAST_TASK in line and "succeeded" in line][-1:]
    assert last not in lines  # nobody's request led to this one
    assert re.search(r"\[[0-9a-f]{32}\]", last)
    assert "anna@" not in "".join(worker.log)

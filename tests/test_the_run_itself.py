"""The test run is strict, and its parts are real."""

import smtplib
import subprocess
import sys
import warnings
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.core.mail import send_mail
from django.template import Engine, engines
from django.template.base import Origin, Template
from pytest_socket import SocketConnectBlockedError

from members.models import City
from scn_portal.celery import app
from tests import conftest
from tests.conftest import TEMPLATES
from tests.database import Snapshot, Standing, once_a_run
from tests.factories import CityFactory


def rendered(source: str, path: str, **context) -> str:
    """`source` rendered as if it were the template at `path`."""
    engine = Engine.get_default()
    django_template = Template(source, Origin(path), path, engine)
    return engines["django"].from_string("{% include template %}").render({"template": django_template, **context})


def test_an_unknown_variable_fails_in_our_templates():
    with pytest.raises(AssertionError, match="Unknown variable “no_such_thing”"):
        rendered("{{ no_such_thing }}", str(TEMPLATES / "page.html"))


def test_an_unknown_variable_is_silent_in_the_templates_of_packages():
    assert rendered("<{{ no_such_thing }}>", "/packages/page.html") == "<>"


@pytest.mark.django_db
def test_a_query_that_our_templates_build_is_noticed_and_one_that_they_are_given_is_not(queries_of_templates):
    city, path = CityFactory(), str(TEMPLATES / "page.html")
    rendered("{% for practice in practices %}{{ practice }}{% endfor %}", path, practices=city.practices.with_live())
    assert queries_of_templates == []
    rendered("{% for practice in city.practices.all %}{{ practice }}{% endfor %}", path, city=city)
    assert queries_of_templates == [f"Practice in {path}"]
    queries_of_templates.clear()


def test_a_warning_is_an_error():
    with pytest.raises(DeprecationWarning):
        warnings.warn("old", DeprecationWarning, stacklevel=1)


def test_no_test_leaves_this_machine():
    # pytest-socket warns before it raises, and here a warning is an error.
    with pytest.raises((SocketConnectBlockedError, UserWarning), match=r"192\.0\.2\.1"):
        urlopen("http://192.0.2.1/", timeout=1)  # an address set apart for documentation


def test_mail_goes_over_a_real_connection(smtp):
    smtp.refuse("gone@example.org", 550)
    send_mail("Subject", "Text", None, ["someone@example.org"])
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send_mail("Subject", "Text", None, ["gone@example.org"])
    (message,) = smtp.wait_for(1)
    assert (message["To"], message["Subject"]) == ("someone@example.org", "Subject")


def test_a_real_worker_takes_tasks_and_can_be_killed(worker):
    worker.wait_until_idle()
    worker.kill()
    assert not worker.is_running
    worker.start()
    app.send_task("celery.accumulate", args=["again"])
    worker.wait_for_line("celery.accumulate")


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
def test_a_worker_ends_with_the_run_that_started_it():
    """However the run ends: an orphan would go on taking tasks."""
    child = "import tests.settings, time; print('up', flush=True); time.sleep(1000)"
    parent = f"""import os, subprocess, sys
os.environ |= {{"SCN_TEST_CHILD": "1", "SCN_TEST_PARENT": str(os.getpid())}}
subprocess.run([sys.executable, "-c", {child!r}])"""
    run = subprocess.Popen([sys.executable, "-c", parent], cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)
    with run:
        assert run.stdout
        assert run.stdout.readline() == "up\n"
        run.kill()
        run.communicate(timeout=10)  # both held it, so it ends with both


@pytest.mark.parametrize("count", [3, 11])
def test_a_few_runs_ask_each_case_and_none_asks_nothing(monkeypatch, count):
    asked = []
    for seed in range(conftest.IN_TURN):
        monkeypatch.setattr(conftest, "SEED", str(seed))
        asked.append(conftest.in_turn([*range(count)]))
    assert all(asked)
    assert {case for cases in asked for case in cases} == {*range(count)}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_some_runs_ask_each_heavy_test_with_each_of_its_cases(monkeypatch, count):
    asked = set()
    for seed in range(conftest.IN_TURN * conftest.HEAVY_IN_TURN):
        monkeypatch.setattr(conftest, "SEED", str(seed))
        (case,) = conftest.in_turn([*range(conftest.IN_TURN)])
        asked |= {(test, case) for test in conftest.heavy_in_turn([*range(count)])}
    assert asked == {(test, case) for test in range(count) for case in range(conftest.IN_TURN)}


@pytest.mark.django_db(transaction=True)
def test_rows_that_stand_are_what_each_test_leaves_until_the_first_that_does_not_want_them(django_db_blocker):
    standing = Standing(django_db_blocker)
    city = CityFactory()
    standing.stay(Snapshot(), "portal")
    City.objects.update(name_en="Another name")
    CityFactory()
    standing.restore()
    assert [each.name_en for each in City.objects.all()] == [city.name_en]
    standing.leave()
    assert (standing.fixture, City.objects.exists()) == ("", False)


@pytest.mark.django_db(transaction=True)
def test_what_one_process_has_loaded_another_takes_over(tmp_path):
    once_a_run(tmp_path / "city", CityFactory)
    (city,) = City.objects.all()
    City.objects.all().delete()
    taken = once_a_run(tmp_path / "city", lambda: pytest.fail("loaded twice"))
    assert City.objects.get().name_en == city.name_en
    assert CityFactory().pk == city.pk + 1, "the sequences go on from there"
    taken.restore()
    assert [each.pk for each in City.objects.all()] == [city.pk]


@pytest.mark.browser
@pytest.mark.parametrize("address", ["http://portal.example/", "http://192.0.2.1/"])
def test_no_page_leaves_this_machine(page, live_server, address):
    from playwright.sync_api import Error

    assert page.goto(f"{live_server.url}/healthz").status == 200
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto(address)


@pytest.mark.browser
def test_the_accessibility_check_finds_a_fault(page, axe):
    page.set_content("<html lang=en><title>Page</title><main><h1>Page</h1><img src='data:,'></main>")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)
    page.set_content("<html lang=en><title>Page</title><main><h1>Page</h1><img src='data:,' alt='A dot'></main>")
    axe(page)

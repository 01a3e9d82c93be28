"""The people who use the portal meanwhile. Each runs in a thread until `ended` is set."""

import random
import threading
import time
import uuid

import requests
from django.test import Client

from tests.forms import fields_of
from tests.siege.count import Count

PAGES = [
    "/en/", "/fr/villes/", "/en/pledges/", "/en/practices/", "/en/changes/", "/fr/recherche/?q=police", "/en/matrix/",
    "/en/calendar.ics", "/en/changes/feed.xml", "/api/v1/pledges", "/en/charts/", "/en/declaration/", "/readyz",
]  # fmt: skip
PAUSE = 0.2


class Person(threading.Thread):
    """A person with a browser, who is signed in if there is a `user`."""

    def __init__(self, url: str, count: Count, ended: threading.Event, user=None):
        super().__init__(daemon=True)
        self.url, self.count, self.ended = url, count, ended
        self.browser = requests.Session()
        if user:
            client = Client()
            client.force_login(user)
            self.browser.cookies.set("sessionid", client.cookies["sessionid"].value)

    def run(self) -> None:
        while not self.ended.wait(PAUSE):
            self.act()

    def act(self) -> None:
        raise NotImplementedError

    def ask(self, method: str, path: str, **sent) -> requests.Response | None:
        """The answer; None if the connection was cut off."""
        began = time.monotonic()
        try:
            answer = self.browser.request(
                method, self.url + path, timeout=90, allow_redirects=False, headers={"Referer": self.url + path}, **sent
            )
        except requests.RequestException as error:
            with self.count.lock:
                self.count.cut_off[type(error).__name__] += 1
            return None
        if path != "/readyz":
            self.count.answered(answer.status_code, f"{method} {path}", began)
        return answer

    def filled_in(self, path: str, give_up_at: float | None = None) -> dict | None:
        """The fields of the form of a page, which is requested until it is there; None once the siege has ended."""
        while not self.ended.is_set():
            page = self.ask("GET", path)
            if page is not None and page.status_code == 200:
                return fields_of(page)
            if page is not None and page.status_code in (302, 404):
                return None
            time.sleep(PAUSE)
        return None

    def send(self, path: str, form: dict, **files) -> requests.Response | None:
        """Send a form again until there is a final answer, as people do who see an error page.

        The last answer; None if the siege has ended before it is known whether the form was saved.
        """
        while True:
            answer = self.ask("POST", path, data=form, **files)
            if answer is not None and answer.status_code < 500:
                return answer
            if self.ended.is_set():
                return None
            time.sleep(PAUSE)


class Reader(Person):
    def act(self) -> None:
        self.ask("GET", random.choice(PAGES))


class Writer(Person):
    """Reports on a pledge, each time in unique words; now and then with a file."""

    def __init__(self, *args, pledge: int, file: bytes, **kwargs):
        super().__init__(*args, **kwargs)
        self.path, self.file = f"/en/my-city/pledges/{pledge}/report/", file

    def act(self) -> None:
        form = self.filled_in(self.path)
        if form is None:
            return
        words = f"Siege {uuid.uuid4().hex}"
        form |= {"what_changed_en": words, "status": "under_way"}
        has_file = random.random() < 0.3
        files = {"files": {"documents": ("report.jpg", self.file)}} if has_file else {}
        answer = self.send(self.path, form, **files)
        if answer is not None and answer.status_code == 302 and "/accounts/" not in answer.headers["Location"]:
            with self.count.lock:
                self.count.writes.append(words)
        elif answer is not None and "its disk is full" in answer.text:
            assert words in answer.text, "typed words are lost"
            with self.count.lock:
                self.count.refused_for_room += 1


class Moderator(Person):
    """Publishes the texts that wait, one after the other."""

    def __init__(self, *args, waiting: list[int], **kwargs):
        super().__init__(*args, **kwargs)
        self.waiting = waiting

    def act(self) -> None:
        if not self.waiting:
            return
        path = f"/en/desk/{self.waiting[-1]}/decide/publish/"
        form = self.filled_in(path)
        answer = self.send(path, form) if form else None
        if answer is not None and answer.status_code == 302 and "/accounts/" not in answer.headers["Location"]:
            with self.count.lock:
                self.count.decisions.append(self.waiting[-1])
        self.waiting.pop()
        time.sleep(1)

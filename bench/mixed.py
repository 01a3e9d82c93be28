"""The load while memory is measured: readers, an official of a city and a moderator.

They use HTTP as browsers do: they sign in with the forms, the moderator with a code from an app, and send the forms on
the pages. Most requests are for public pages; one in five is signed in, one in twenty sends a form.
"""

import io
import itertools
import random
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import requests

from bench import production

READERS = 4
# Of a hundred requests: pages of the workspace, pages of the desk, forms, sign-ins, public pages.
SHARES = (9, 6, 4, 1, 80)
SIGN_IN = "/en/accounts/login/"
# What readers ask for besides pages: API, feeds, calendars, downloads, generated pictures.
OTHERS = (
    "/api/v1/cities", "/api/v1/practices", "/api/v1/pledges", "/api/v1/practices?q=youth", "/sitemap.xml",
    "/en/cities/map.json", "/healthz", "/readyz",
)  # fmt: skip


def public_addresses(port: int) -> list[str]:
    """All public pages in both languages, OTHERS, and what some of the pages link to, without duplicates."""
    from tests.journeys.addresses import BARE, PUBLIC

    paths = [*PUBLIC["en"], *PUBLIC["fr"], *BARE["en"], *BARE["fr"], *OTHERS]
    return [*dict.fromkeys([*paths, *linked(port, ["/en/", "/fr/", "/en/open-data/", *paths[3:20]])])]


def linked(port: int, paths: list[str]) -> list[str]:
    """The addresses of this site that the pages at `paths` link to, without static files."""
    reader = Person(port, Counter())
    pages = [reader.ask("GET", path).text for path in paths]
    found = itertools.chain.from_iterable(re.findall(r'(?:href|src)="(/[^"#]*)"', page) for page in pages)
    return [path.replace("&amp;", "&") for path in found if not path.startswith("/static/")]


class Person:
    """A person with a browser of their own. The statuses of all answers are counted in `statuses`."""

    def __init__(self, port: int, statuses: Counter):
        self.port, self.url, self.statuses = port, f"http://127.0.0.1:{port}", statuses
        self.browser = requests.Session()

    def ask(self, method: str, path: str, **sent) -> requests.Response:
        """The answer, without following redirects."""
        # From another network each time, since searches from one network are limited.
        headers = {"Referer": self.url + path, "X-Forwarded-For": f"10.{random.randrange(250)}.1.1"}
        whole: dict[str, Any] = {"headers": headers, "allow_redirects": False, "timeout": 120}
        answer = self.browser.request(method, self.url + path, **whole, **sent)
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            print(f"# {answer.status_code} to {method} {path} after {answer.elapsed.total_seconds():.1f} s", flush=True)
        return answer

    def send(self, path: str, files: dict | None = None, **typed: str) -> requests.Response:
        """Open the page, fill in its form and send it. Returns the page itself if it has no form."""
        from tests.forms import fields_of, form_of

        page = self.ask("GET", path)
        if page.status_code != 200:
            return page
        address = form_of(page).get("action") or path
        return self.ask("POST", address, data=fields_of(page) | typed, files=files)

    def sign_in(self, email: str, secret: str = "") -> bool:
        """Sign in with the password of the demo and the code of an app, if a `secret` is given. Whether it worked."""
        from scn_portal.demo.accounts import PASSWORD
        from tests.real_sign_in import code_of

        self.browser.cookies.clear()
        answer = self.send(SIGN_IN, login=email, password=PASSWORD)
        if secret:
            answer = self.send(answer.headers["Location"], code=code_of(secret))
        return answer.status_code == 302 and any("session" in each.name for each in self.browser.cookies)


class Visitors:
    """All of them together. `turns` yields the next action, in the same order in each run."""

    def __init__(self, port: int, statuses: Counter):
        self.public, self.statuses = public_addresses(port), statuses
        self.reader, self.official = Person(port, statuses), Person(port, statuses)
        self.moderator = Person(port, statuses)
        self.pages, self.forms = of_the_signed_in(), forms()
        self._sign_in_both()

    def _sign_in_both(self) -> None:
        """Raises SystemExit if somebody cannot sign in."""
        from bench.growth import OFFICIAL, STAFF

        if not (self.official.sign_in(OFFICIAL) and self.moderator.sign_in(STAFF, app_of_the_moderator())):
            raise SystemExit("Nobody is let in.")

    def turns(self, count: int) -> Iterator[Callable[[], object]]:
        chosen = random.Random(2018)
        for _number in range(count):
            yield self._turn(chosen)

    def _turn(self, chosen: random.Random) -> Callable[[], object]:
        kind = chosen.choices(("workspace", "desk", "form", "sign in", "public"), SHARES)[0]
        if kind == "sign in":
            return self.sign_in_again
        if kind == "form" and self.forms:
            path, fill = chosen.choice(self.forms)
            return lambda: self.official.send(path, **fill())
        pages = self.pages.get(kind) or self.public
        who = {"workspace": self.official, "desk": self.moderator}.get(kind, self.reader)
        path = chosen.choice(pages)
        return lambda: who.ask("GET", path)

    def sign_in_again(self) -> None:
        from bench.growth import OFFICIAL

        Person(self.official.port, self.statuses).sign_in(OFFICIAL)


def of_the_signed_in() -> dict[str, list[str]]:
    """The pages of an official of the city of `bench.growth`, and of the staff."""
    from bench import growth

    found: dict[str, list[str]] = {"workspace": [], "desk": []}
    for group, _name, address in growth.addresses():
        if group in found:
            found[group].append(address)
    return found


def forms() -> list[tuple[str, Callable[[], dict]]]:
    """Addresses with forms of the same official, and what to fill in: a pledge, a report, a picture."""
    from bench import growth

    city, rows = growth.CITY, growth.rows()
    found: list[tuple[str, Callable[[], dict]]] = [
        (f"/en/my-city/{city}/pledges/new/", a_pledge),
        (f"/en/my-city/pledges/{rows['pledge']}/report/", lambda: {"what_changed_en": words(), "status": "under_way"}),
        (f"/en/my-city/practices/{rows['practice']}/edit/story/", lambda: {"summary_en": words()}),
        (f"/en/my-city/practices/{rows['practice']}/picture/", a_picture),
    ]
    return [(path, fill) for path, fill in found if "/None/" not in path]


def words() -> str:
    return f"Measured {uuid.uuid4().hex}."


def a_pledge() -> dict[str, str]:
    return {"title_en": words(), "summary_en": words(), "commitment": "4", "due": "2030"}


def a_picture() -> dict:
    """A photograph as phones make them: 2,400 pixels wide."""
    from PIL import Image

    content = io.BytesIO()
    Image.effect_noise((2400, 1600), 40).convert("RGB").save(content, "JPEG", quality=80)
    files = {"picture": ("noise.jpg", content.getvalue(), "image/jpeg")}
    return {"picture_alt_en": "Noise", "picture_credit": "Benchmark", "files": files}


def app_of_the_moderator() -> str:
    """Give the moderator of the demo an app, with a secret that can be read with any key."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import generate_totp_secret

    from bench.growth import STAFF

    secret = generate_totp_secret()
    totp = Authenticator.objects.filter(user__email=STAFF, type=Authenticator.Type.TOTP)
    totp.update(data={"secret": secret})
    return secret


def use(visitors: Visitors, count: int, seconds: float, *, a_second: float = 0) -> None:
    """Run `count` actions, READERS at the same time, or as many as fit into `seconds`; at most `a_second`, if given."""
    turns, lock = visitors.turns(count), threading.Lock()
    begun, number = time.monotonic(), itertools.count()

    def act() -> None:
        while True:
            with lock:
                turn, due = next(turns, None), begun + (next(number) / a_second if a_second else 0)
            if turn is None or time.monotonic() > begun + seconds:
                return
            time.sleep(max(0.0, due - time.monotonic()))
            turn()

    people = [threading.Thread(target=act) for _number in range(1 if production.SMALL else READERS)]
    for each in people:
        each.start()
    for each in people:
        each.join()
